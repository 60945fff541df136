"""A small day on real node processes: the demonstration's site, driven step by step by a test."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.desks.bureau import PaymentRequest, payment, payment_drafts
from hub.desks.elements import PAYMENTS
from hub.parties import NodeId
from hub.voucher.model import Voucher
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.run import Demo, Options
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, town
from ops.demo.watch import Watch
from ops.wiring import open_core_book
from tests.support.processes import by_role

WAIT_SECONDS = 240.0
"""A condition's deadline; reached only where something is wrong, or a machine is very busy."""


class Quiet:
    """Progress nobody looks at."""

    def stage(self, name: str, total: int) -> None:
        """Nothing."""

    def reached(self, count: int) -> None:
        """Nothing."""


class SmallDay:
    """Nodes that run, and a client that remembers what it has issued."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.watch: Watch = demo.watch
        self.site = demo.site
        self.journal: list[PaymentRequest] = []
        """What the client was told is recorded: nothing of it may be lost."""

    def quota(self) -> None:
        """The day's notices, which the clearing will need."""
        self.demo._issue(self.demo._notices(), "")

    def issue(self, count: int) -> None:
        """The next payments of the day."""
        start = len(self.journal)
        requests = self.demo.day.payments[start : start + count]
        settings = self.demo.bureau.settings
        self.demo._issue(payment_drafts(requests, settings.env, self.demo._cat), "")
        self.journal += requests

    def sealed(self, request: PaymentRequest) -> Voucher:
        """A payment's voucher, not recorded anywhere."""
        sealer = self.demo.bureau.sealer
        return sealer.seal([payment(request, self.demo.bureau.settings.env, self.demo._cat)])[0]

    def recorded(self, request: PaymentRequest) -> Voucher:
        """A payment's voucher as the bureau has recorded it."""
        return self.demo._recorded(payment(request, self.demo.bureau.settings.env, self.demo._cat))

    @property
    def rows(self) -> int:
        """Rows of all payments issued so far."""
        return sum(len(request.payees) for request in self.journal)

    def until_answered(self) -> None:
        """Every row has its final answer at the bureau."""
        self.watch.until(
            "answers", WAIT_SECONDS, lambda: self.watch.answered() >= self.rows, lambda: None
        )

    def until(self, what: str, condition: Any) -> None:
        """Wait for a condition."""
        self.watch.until(what, WAIT_SECONDS, condition, lambda: None)

    def processes(self, instance: str) -> dict[str, int]:
        """Pids of an instance by what they do: keep, send-d, work-w0."""
        return by_role(self.site.processes[instance].pid)

    def signal(self, instance: str, name: str, number: signal.Signals) -> int:
        """Send a signal to one process of an instance, when it has come up; its pid."""
        self.until(f"{instance} {name}", lambda: name in self.processes(instance))
        pid = self.processes(instance)[name]
        os.kill(pid, number)
        return pid

    def active_hub(self) -> str:
        """The hub's instance that holds the lease."""
        self.until("an active hub", lambda: self.site.active(HUB_NODE))
        return f"{HUB_NODE}-{self.site.active(HUB_NODE)}"

    # --- what must hold at the end --------------------------------------------------------------

    def problems(self) -> list[str]:
        """Lost, doubled, or told differently by anybody; empty when all is well."""
        banks = self.site.town.bank_nodes
        found: list[str] = []
        paid: dict[NodeId, int] = dict.fromkeys(banks.values(), 0)
        for request in self.journal:
            told = self._lines(BUREAU_NODE, request)
            if len(told) != len(request.payees):
                found.append(f"lost at the bureau: {request.number}")
            if any(line.state == "new" for line in told):
                found.append(f"without an answer: {request.number}")
            node: NodeId = banks[request.bank.code]
            sums = [
                sum(line.amount_fen for line in rows if line.state in ("paid", "summed", "cleared"))
                for rows in (told, self._lines(node, request))
            ]
            if sums[0] != sums[1]:
                found.append(f"told differently: {request.number}")
            paid[node] += sums[0]
        days = (self.demo.day.business_day,)
        for node, amount in paid.items():
            book = open_core_book(self.site.core(node))
            found += [f"moved twice by {node}: {name}" for name in book.doubled()]
            if book.moved_fen(days) != amount or book.balance_fen():
                found.append(f"the core of {node} moved another amount than was told")
        return found

    def _lines(self, node: Any, request: PaymentRequest) -> list[Any]:
        bank = node != BUREAU_NODE
        party = str(request.bank.party if bank else request.issuer)
        env = self.demo.bureau.settings.env
        names = [
            f"{env}/{request.division}/{request.year}/{kind}/{request.issuer}/{request.number}"
            for kind in PAYMENTS
        ]
        lines = self.watch.read(node, lambda tx: tx.lines_of(party, names))
        return [line for rows in lines.values() for line in rows]


@contextmanager
def small_day(
    folder: Path, payments: int, seed: int = 1, site: Site | None = None
) -> Iterator[SmallDay]:
    """A site with all its processes started; all are ended afterwards, whatever happens."""
    clock = SystemClock()
    site = site or Site(folder, town(), Embedded(folder))
    with Demo(Options(payments, seed), site, clock, time.sleep, Quiet()) as demo:
        demo.prepare()
        yield SmallDay(demo)
