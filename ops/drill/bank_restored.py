"""Drill `bank-restored`: a bank loses its disk, and its backup is older than what it has paid.

On a live scratch site under steady issuing. A set is made and payments go on; then the bank is
killed in the middle of them, and its store with everything since the set is gone. Its neighbour,
the hub, goes away as well. Restored, the bank has another incarnation and is mute: payments are
still issued, but it moves no money and says nothing, until the guarded act sets the absent hub
aside. When the hub is back both are compared: the bank gets what it had received and its own
receipts, inquires its core about everything, and goes on. Nothing may be lost, and no key may have
moved money twice in the core's own book.

RTO: from the fault to the first payment that the bank has finished beyond those of before. RPO is
judged over the whole site: what the bank's backup lacks must have come back from its neighbour.
"""

from contextlib import closing
from pathlib import Path
from typing import Any, Final

from hub.clock import Clock, Instant
from hub.desks.elements import PAYMENTS
from hub.errors import Damaged
from hub.exchange.muteness import OPEN
from hub.observer import silent
from hub.parties import NodeId
from ops.clock import SystemClock
from ops.demo.town import HUB_NODE
from ops.drill.live import WAIT_SECONDS, Live, Pace
from ops.drill.report import FIRST_COMMIT, INJECT, Bounds, Report
from ops.guarded import Consent
from ops.node_backup import backups
from ops.resync import set_aside
from ops.settings import load
from ops.wiring import Parts, open_core_book

DRILL: Final = "bank-restored"
BOUNDS: Final = Bounds(rto_seconds=60.0, rpo_seconds=0)
BURST: Final = 20
MUTE_SECONDS: Final = 5.0
"""So long the mute bank is watched while payments are issued."""
_DONE: Final = frozenset({"paid", "failed", "returned", "summed", "cleared"})


def bank_restored(folder: Path, clock: Clock, pace: Pace) -> Report:
    """Restore a bank to before its last payments; all of them come back, paid once."""
    with Live(folder, clock, pace) as live:
        bank = min(live.site.town.bank_nodes.values())
        drilled = _Drilled(live, bank, folder.resolve(), clock)
        drilled.enable_backups()
        live.begin(hubs=("a",))
        told = drilled.lose_and_restore()
        drilled.watch_mute()
        drilled.open()
        live.site.start(HUB_NODE)
        live.until("comparison_done", WAIT_SECONDS, drilled.compared, live.issuing.tick)
        live.until(FIRST_COMMIT, WAIT_SECONDS, drilled.beyond, live.issuing.tick)
        told["layers_recovered"] = drilled.recovered()
        return live.finish(DRILL, drilled.fault_at, BOUNDS, told)


class _Drilled:
    """The bank that is drilled."""

    def __init__(self, live: Live, bank: NodeId, folder: Path, clock: Clock) -> None:
        self._live = live
        self._bank = bank
        self._folder = folder
        self._clock = clock
        self._config = live.site.config(bank)
        self._done_before = 0
        self.fault_at = 0.0

    def enable_backups(self) -> None:
        """Have the bank ship its copies, as its settings say."""
        with self._config.open("a", encoding="utf-8") as settings:
            settings.write(f'\n[backup]\ntarget = "{self._folder / "copies"}"\n')

    def lose_and_restore(self) -> dict[str, int]:
        """A set, payments, the fault, the restored store in its place; what it has forgotten."""
        live, site, bank = self._live, self._live.site, self._bank
        service = backups(load(self._config), self._config, self._clock)
        service.now()
        until, done = Instant(self._clock.now()), self._done()
        live.timeline.mark("backup_set")
        live.issuing.issue(BURST)
        rows = live.issuing.rows

        def paid() -> bool:
            return self._done() > done and live.watch.answered() >= rows

        live.until("paid_since", WAIT_SECONDS, paid, live.issuing.tick)
        life = self._life()
        self._done_before = self._done()
        self.fault_at = live.timeline.mark(INJECT)
        site.kill(bank, "a")
        site.kill(HUB_NODE, "a")
        self._done_before = max(self._done_before, self._done())
        store, lease = _file(site.ground.store(bank)), _file(site.ground.lease(bank))
        for gone in (store, lease):
            for file in gone.parent.glob(f"{gone.name}*"):
                file.unlink()
        live.issuing.issue(BURST)
        restored = service.restore(self._folder / "restored", until=until)
        restored.data.rename(store)
        live.watch.reopen(bank)
        live.timeline.mark("restored")
        if self._life() == life:
            raise Damaged("drill_same_life")
        return {"rows_forgotten": self._done_before - self._done()}

    def watch_mute(self) -> None:
        """The bank runs, payments are issued, and it does nothing about anything.

        Raises:
            Damaged: `drill_not_mute`.
        """
        live, site = self._live, self._live.site
        before = self._moved(), self._done()
        site.start(self._bank)
        live.until("mute", WAIT_SECONDS, lambda: bool(site.active(self._bank)), live.issuing.tick)
        live.keep_going(MUTE_SECONDS)
        mute = live.watch.read(self._bank, lambda tx: tx.restore().mute)
        if not mute or before != (self._moved(), self._done()):
            raise Damaged("drill_not_mute")

    def open(self) -> None:
        """Set the absent hub aside: the guarded act; the scratch site's is a name typed."""
        settings = load(self._config)
        parts = Parts(settings, "cli", str(self._clock.now()), silent, SystemClock())
        with closing(parts):
            set_aside(parts, HUB_NODE, Consent(typed=str(self._bank)))
        self._live.timeline.mark("opened")

    def compared(self) -> bool:
        """Whether bank and hub have nothing more to ask each other."""
        states = self._live.watch.read(self._bank, lambda tx: tx.peers())
        return HUB_NODE in states and states[HUB_NODE].state == OPEN

    def beyond(self) -> bool:
        """Whether more is finished than when the fault came."""
        return self._done() > self._done_before

    def recovered(self) -> int:
        """Layers that the hub has handed back, or sent again."""
        progress = self._live.watch.read(self._bank, lambda tx: tx.resyncs())
        recovered: int = progress[HUB_NODE].recovered
        return recovered

    def _life(self) -> str:
        life: str = self._live.watch.read(self._bank, lambda tx: tx.fence.incarnation)
        return life

    def _done(self) -> int:
        """Payment rows that have their outcome, by the books in the bank's place now."""
        totals: Any = self._live.watch.read(self._bank, lambda tx: tx.line_totals())
        return sum(
            total.count
            for (*_, kind, state), total in totals.items()
            if kind in PAYMENTS and state in _DONE
        )

    def _moved(self) -> int:
        book = open_core_book(self._live.site.core(self._bank))
        return book.moved_fen((self._live.issuing.day,))


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
