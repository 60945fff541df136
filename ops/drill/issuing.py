"""Steady issuing of payments at the drill's bureau, with a journal outside of every store.

One line `id seconds` for each voucher, written after the desk said that it is posted, on the clock
that never goes back: what the drill holds the stores and the cores' books against afterwards.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from hub.clearing.calendar import Calendar
from hub.clock import Clock
from hub.desks.bureau import PaymentRequest, payment_drafts
from hub.errors import StoreDown
from hub.voucher.model import Voucher
from ops.demo.day import make
from ops.demo.town import Town
from ops.wiring import Parts

PAYMENTS_MAX: Final = 4000
BATCH_MAX: Final = 50
DIRECT_PAYMENT: Final = "5201"
"""The bureau's own: a unit's payment would wait at its bank for the unit's quota."""


class Issuing:
    """Issues when ticked, as many as are due by then; `rows` counts payment rows issued."""

    def __init__(
        self, bureau: Parts, town: Town, plan: tuple[int, int], journal: Path, clock: Clock
    ) -> None:
        """`plan`: payments a second, and the seed of what is paid."""
        self._rate, seed = plan
        self._bureau = bureau
        self._journal = journal
        self._clock = clock
        day = Calendar(frozenset()).business_day(clock.now())
        asked = make(town, PAYMENTS_MAX, seed, day).payments
        self._requests = deque(p for p in asked if p.kind == DIRECT_PAYMENT)
        self._next_at = clock.monotonic()
        self.rows = 0
        self.day = day

    def tick(self) -> None:
        """Issue what is due since the last tick; a store that is busy makes it late, not lost."""
        due = int((self._clock.monotonic() - self._next_at) * self._rate)
        if due > 0:
            self.issue(min(due, BATCH_MAX))
            self._next_at = max(
                self._next_at + due / self._rate, self._clock.monotonic() - 1 / self._rate
            )

    def issue(self, count: int) -> None:
        """Issue this many payments now."""
        requests = [self._requests.popleft() for _ in range(min(count, len(self._requests)))]
        if not requests:
            return
        try:
            posted = self._post(requests)
        except StoreDown:
            self._requests.extendleft(reversed(requests))  # idempotent: the same numbers again
            return
        at = self._clock.monotonic()
        with self._journal.open("a") as told:
            told.writelines(f"{voucher.top.id} {at:.6f}\n" for voucher in posted)
        self.rows += sum(len(request.payees) for request in requests)

    def _post(self, requests: Sequence[PaymentRequest]) -> list[Voucher]:
        settings, cat = self._bureau.settings, self._bureau.releases.newest
        made: list[Voucher] = self._bureau.desk.issue(payment_drafts(requests, settings.env, cat))
        return made


def found_in(stores: Iterable[Any], ids: Sequence[str]) -> list[str]:
    """Every id as often as it stands in these stores."""
    found: list[str] = []
    for store in stores:
        with store.read() as tx:
            found += tx.layers(ids)
    return found
