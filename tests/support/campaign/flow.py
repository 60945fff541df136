"""Steady payments at the bureau, and when each is on record at the hub and at its bank.

What the bureau's store has acknowledged is in the client's own journal, a file of `id seconds`; all
that is compared afterwards is compared with it. A call that failed or whose outcome is unknown is
made again with the same numbers, as a finance system does.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from hub.clearing.calendar import Calendar
from hub.desks.bureau import PaymentRequest, payment_drafts
from hub.errors import OutcomeUnknown, StoreDown
from hub.observer import silent
from hub.parties import NodeId
from ops.clock import SystemClock
from ops.demo.day import make
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.drill.issuing import DIRECT_PAYMENT
from ops.settings import load
from ops.wiring import Parts

LOOK_SECONDS: Final = 0.02
LOOK_MAX: Final = 400
BEGIN_SECONDS: Final = 120.0


@dataclass(slots=True)
class Passage:
    """One voucher's way, on the monotonic clock; 0: not there yet."""

    bank: NodeId
    issued: float
    at_hub: float = 0.0
    at_bank: float = 0.0


class Flow:
    """Two threads: one issues, one looks; a context manager."""

    def __init__(self, site: Site, rate: float, seed: int, most: int, journal: Path) -> None:
        self._site = site
        self._rate = rate
        self._journal = journal
        self._clock = SystemClock()
        self.day: str = Calendar(frozenset()).business_day(self._clock.now())
        asked = make(site.town, most, seed, self.day).payments
        self._requests = deque(p for p in asked if p.kind == DIRECT_PAYMENT)
        self.issued: list[PaymentRequest] = []
        self.passages: dict[str, Passage] = {}
        self._open: dict[NodeId, set[str]] = {}
        self._stop = threading.Event()
        self._go = threading.Event()
        self._quiet = threading.Event()
        self.failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._guarded, args=(run,), daemon=True)
            for run in (self._issue_all, self._look_all)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def go(self) -> None:
        """Issue at the rate, not only the first one."""
        self._go.set()

    def pause(self) -> None:
        """Issue no more; what is under way is still looked at."""
        self._quiet.set()
        self._go.set()

    @property
    def rows(self) -> int:
        """Payment rows acknowledged so far."""
        return sum(len(request.payees) for request in self.issued)

    @property
    def begun(self) -> bool:
        """Whether anything was acknowledged."""
        self._require_well()
        return bool(self.issued)

    def _require_well(self) -> None:
        assert not self.failed, self.failed

    def waiting(self, before: float) -> int:
        """Vouchers issued before that moment that are not at their bank yet."""
        self._require_well()
        passages = self._open.copy()
        return sum(
            self.passages[name].issued < before
            for names in passages.values()
            for name in names.copy()
        )

    # --- issuing ---------------------------------------------------------------------------------

    def _guarded(self, run: Any) -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - told by whoever waits
            self.failed.append(error)

    def _issue_all(self) -> None:
        settings = load(self._site.config(BUREAU_NODE))
        start = str(self._clock.now())
        with (
            closing(Parts(settings, "cli", start, silent, self._clock)) as bureau,
            self._journal.open("a", buffering=1) as told,
        ):
            self._issue(bureau, [self._requests.popleft()], told)
            self._go.wait()
            next_at = time.monotonic()
            while not self._quiet.is_set() and self._requests:
                now = time.monotonic()
                due = int((now - next_at) * self._rate)
                if not due:
                    self._quiet.wait(0.01)
                    continue
                next_at = max(next_at + due / self._rate, now - 1)
                count = min(due, len(self._requests))
                self._issue(bureau, [self._requests.popleft() for _ in range(count)], told)
            assert self._quiet.is_set(), "all payments are used up: what follows is without load"

    def _issue(self, bureau: Parts, requests: list[PaymentRequest], told: Any) -> None:
        drafts = list(payment_drafts(requests, bureau.settings.env, bureau.releases.newest))
        while not self._stop.is_set():
            try:
                bureau.desk.issue(drafts)
                break
            except (StoreDown, OutcomeUnknown):
                time.sleep(0.05)  # idempotent: the same numbers again
        else:
            return
        at = time.monotonic()
        banks = self._site.town.bank_nodes
        node_of = {r.number: banks[r.bank.code] for r in requests}
        for draft in drafts:
            name, bank = str(draft.id), node_of[draft.id.voucher.number.removesuffix("-B")]
            told.write(f"{name} {at:.6f}\n")
            self.passages[name] = Passage(bank, at)
            for node in (HUB_NODE, bank):
                self._open.setdefault(node, set()).add(name)
        self.issued += requests

    # --- looking ---------------------------------------------------------------------------------

    def _look_all(self) -> None:
        stores: dict[NodeId, Any] = {}
        try:
            while not self._stop.is_set():
                for node in (HUB_NODE, *self._site.town.bank_nodes.values()):
                    with suppress(StoreDown):
                        self._look(node, stores)
                self._stop.wait(LOOK_SECONDS)
        finally:
            for store in stores.values():
                store.close()

    def _look(self, node: NodeId, stores: dict[NodeId, Any]) -> None:
        wanted = sorted(self._open.get(node, set()).copy())[:LOOK_MAX]
        if not wanted:
            return
        if node not in stores:
            stores[node] = self._site.store(node)
        with stores[node].read() as tx:
            found = list(tx.layers(wanted))
        at = time.monotonic()
        for name in found:
            passage = self.passages[name]
            passage.at_hub = passage.at_hub or at
            if node != HUB_NODE:
                passage.at_bank = at
            self._open[node].discard(name)


def between(passages: Mapping[str, Passage], first: float, last: float) -> list[Passage]:
    """Those issued in that time."""
    return [p for p in list(passages.values()) if first <= p.issued < last]
