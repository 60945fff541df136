"""Drills on a live site of nodes: `hub-takeover`, `hub-frozen` and `channel-lost`.

A scratch site of the demonstration's town on files: a bureau, a hub, the People's Bank, two banks,
each with its own processes. Payments are issued steadily before, while and after the fault. At the
end the drill's own journal is held against the banks' stores, and what the stores say was paid
against the simulated cores' own books: a book that moved less counts as lost, more as doubled.
"""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from hub.clock import Clock
from hub.desks.elements import PAYMENTS
from hub.errors import StoreDown
from hub.observer import silent
from ops.clock import SystemClock
from ops.demo.ground import CHANNELS, Embedded
from ops.demo.report import CAME_BACK
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, town
from ops.demo.watch import Watch
from ops.drill import load
from ops.drill.issuing import Issuing, found_in
from ops.drill.report import FIRST_COMMIT, INJECT, Bounds, Report, Tally, tally
from ops.drill.standby import stands_by
from ops.drill.timeline import Timeline
from ops.settings import load as load_settings
from ops.wiring import Parts, held_messages, open_core_book

TAKEOVER_BOUNDS: Final = Bounds(rto_seconds=5.0, rpo_seconds=0)
CHANNEL_BOUNDS: Final = Bounds(rto_seconds=3.5, rpo_seconds=0)
READY_SECONDS: Final = 120.0
WAIT_SECONDS: Final = 60.0
BURST: Final = 60
FREEZE_SECONDS: Final = 3.0
THAW_SECONDS: Final = 0.2
LOST_CHANNEL: Final = CHANNELS[1]
HELD: Final = "held_recorded"
"""Step: everything issued before the hub was taken away is on record there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard to drill: payments a second, seconds before and after the fault, seed."""

    rate: int = 10
    before_seconds: float = 3.0
    after_seconds: float = 3.0
    seed: int = 1


class Live:
    """A running scratch site under load; a context manager: at its end nothing runs any more."""

    def __init__(self, folder: Path, clock: Clock, pace: Pace) -> None:
        self._folder = folder.resolve()
        self.clock = clock
        self._pace = pace
        self._opened = ExitStack()
        self.timeline = Timeline(clock)
        everybody = town()
        self.site = Site(self._folder, everybody, Embedded(self._folder))

    def __enter__(self) -> Self:
        """Make the site; nothing is started yet."""
        self.site.make(self.clock)
        self._opened.callback(self.site.end)
        watch = Watch(self.site, self.clock, time.sleep)
        self.watch = self._opened.enter_context(closing(watch))
        settings = load_settings(self.site.config(BUREAU_NODE))
        bureau = Parts(settings, "cli", str(self.clock.now()), silent, SystemClock())
        self._opened.enter_context(closing(bureau))
        plan = (self._pace.rate, self._pace.seed)
        journal = self._folder / "issued"
        self.issuing = Issuing(bureau, self.site.town, plan, journal, self.clock)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every process; the folder stays."""
        self._opened.close()

    def begin(self, hubs: Sequence[str]) -> None:
        """Start every node, wait until a payment went all the way and others stand by; load it."""
        for node in self.site.town.nodes:
            for machine in hubs if node == HUB_NODE else ("a",):
                self.site.start(node, machine)
        self.issuing.issue(1)
        self.until("ready", READY_SECONDS, lambda: self.watch.answered() > 0, lambda: None)
        if len(hubs) > 1:
            self.until("standby_ready", READY_SECONDS, lambda: self._ready(hubs), lambda: None)
        self.keep_going(self._pace.before_seconds)
        self.timeline.mark("loaded")

    def _ready(self, hubs: Sequence[str]) -> bool:
        """Whether every instance of the hub but the active one could take over."""
        active = self.site.active(HUB_NODE)
        children = 1 + load_settings(self.site.config(HUB_NODE)).workers
        others = [self.site.pids(HUB_NODE, hub) for hub in hubs if hub != active]
        return active in hubs and all(stands_by(pids, children) for pids in others)

    def until(
        self, step: str, seconds: float, condition: Callable[[], bool], tick: Callable[[], None]
    ) -> None:
        """Wait for a condition and mark it.

        Raises:
            TargetDown: `demo_stalled`.
        """
        self.watch.until(step, seconds, condition, tick)
        self.timeline.mark(step)

    def keep_going(self, seconds: float) -> None:
        """Issue at the pace for a time."""
        end = self.clock.monotonic() + seconds
        self.watch.until(
            "load", seconds + WAIT_SECONDS, lambda: self.clock.monotonic() >= end,
            self.issuing.tick,
        )  # fmt: skip

    def finish(
        self, drill: str, fault_at: float, bounds: Bounds, told: Mapping[str, float]
    ) -> Report:
        """Load a little more, wait until everything is answered, stop, compare."""
        self.keep_going(self._pace.after_seconds)
        rows = self.issuing.rows
        answered = self.watch.answered
        self.until("drained", WAIT_SECONDS, lambda: answered() >= rows, lambda: None)
        self.watch.quiet("quiet", WAIT_SECONDS, lambda: None)
        self.site.stop()
        counted = self._compare(fault_at)
        self.timeline.mark("compared")
        conditions = {"payments_per_second": self._pace.rate, "payment_rows": rows, **told}
        return Report(drill, "embedded", self.timeline.events, counted, bounds, conditions)

    def recorded(self, ids: Sequence[str]) -> bool:
        """Whether the hub has all of these on record."""
        return self.on_record(ids) == len(ids)

    def on_record(self, ids: Sequence[str]) -> int:
        """How many of these the hub has on record."""
        return len(self.watch.read(HUB_NODE, lambda tx: tx.layers(ids)))

    def issued(self) -> list[str]:
        """Everything acknowledged so far."""
        return sorted(load.acknowledged([self._folder / "issued"]))

    def _compare(self, fault_at: float) -> Tally:
        issued = load.acknowledged([self._folder / "issued"])
        banks = list(self.site.town.bank_nodes.values())
        with ExitStack() as opened:
            stores = [opened.enter_context(closing(self.site.store(bank))) for bank in banks]
            counted = tally(issued, found_in(stores, sorted(issued)), fault_at)
        short = over = 0
        for bank in banks:
            totals = self.watch.read(bank, lambda tx: tx.line_totals())
            paid = sum(
                total.amount_fen
                for (_, _, kind, state), total in totals.items()
                if kind in PAYMENTS and state in {"paid", "summed", "cleared", *CAME_BACK}
            )
            book = open_core_book(self.site.core(bank))
            moved = book.moved_fen((self.issuing.day,))
            short += moved < paid
            over += (moved > paid) + len(book.doubled())
        return replace(counted, lost=counted.lost + short, doubled=counted.doubled + over)


def hub_takeover(folder: Path, clock: Clock, pace: Pace) -> Report:
    """SIGKILL the active hub instance; the standby records the next voucher within the bound."""
    return _taken_over(
        "hub-takeover", lambda site, at: site.kill(HUB_NODE, at), (folder, clock, pace)
    )


def hub_frozen(folder: Path, clock: Clock, pace: Pace) -> Report:
    """The same with SIGSTOP: what the frozen processes held in their hands comes, too."""

    def freeze(site: Site, active: str) -> None:
        site.signal(HUB_NODE, active, signal.SIGSTOP)

    return _taken_over("hub-frozen", freeze, (folder, clock, pace))


class Held:
    """What had been issued when the hub went: how much of it was not on record, and until when."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._ids = live.issued()
        self.vouchers = len(self._ids) - live.on_record(self._ids)
        self.at = 0.0
        """When the last of them was seen on record, on the live site's clock; 0: not yet."""

    def beside(self, condition: Callable[[], bool]) -> Callable[[], bool]:
        """The condition; while it is not true, what is held is looked at, before it."""

        def look() -> bool:
            recorded = not self.at and self._recorded()
            found = condition()
            if recorded and not found:
                self.at = self._live.timeline.mark(HELD)
            return found

        return look

    def _recorded(self) -> bool:
        with suppress(StoreDown):  # a writer is ahead; the next look tells
            return self._live.recorded(self._ids)
        return False


def _taken_over(
    drill: str, stop: Callable[[Site, str], None], where: tuple[Path, Clock, Pace]
) -> Report:
    """Takeover, and beside it when the last voucher issued before the fault was on record.

    That moment is noted while the others are waited for: at once, where the hub had everything.
    """
    with Live(*where) as live:
        live.begin(hubs=("a", "b"))
        site, watch = live.site, live.watch
        active = site.active(HUB_NODE)
        fault_at = live.timeline.mark(INJECT)
        stop(site, active)
        before, held = watch.relayed(), Held(live)
        tick = live.issuing.tick
        live.until(
            "standby_active", WAIT_SECONDS,
            held.beside(lambda: site.active(HUB_NODE) not in {"", active}), tick,
        )  # fmt: skip
        live.until(
            FIRST_COMMIT, WAIT_SECONDS, held.beside(lambda: watch.relayed() > before), tick
        )  # fmt: skip
        watch.until(HELD, WAIT_SECONDS, held.beside(lambda: held.at > 0), tick)
        told = {
            "held_vouchers": held.vouchers,
            "held_recorded_after_seconds": round(held.at - fault_at, 3),
        }
        return live.finish(drill, fault_at, TAKEOVER_BOUNDS, told)


def fill(live: Live, channel: Path) -> None:
    """Freeze the hub and issue, until the channel holds something.

    A burst may fit into one packet, and that may go by another channel; a hub that is frozen in
    the middle of a write keeps this channel shut for everybody. So the hub is thawed for a moment
    and frozen again, with another burst.

    Raises:
        TargetDown: `demo_stalled`.
    """
    again_at = 0.0

    def freeze() -> None:
        nonlocal again_at
        if live.clock.monotonic() < again_at:
            return
        live.site.signal(HUB_NODE, "a", signal.SIGCONT)
        time.sleep(THAW_SECONDS)
        live.site.signal(HUB_NODE, "a", signal.SIGSTOP)
        live.issuing.issue(BURST)
        again_at = live.clock.monotonic() + FREEZE_SECONDS

    freeze()
    live.until("held", WAIT_SECONDS, lambda: held_messages(channel) > 0, freeze)


def channel_lost(folder: Path, clock: Clock, pace: Pace) -> Report:
    """Take a channel away with what it holds; a voucher issued afterwards goes another way.

    The hub is frozen for a moment, so that the channel really holds something when it goes.
    """
    with Live(folder, clock, pace) as live:
        live.begin(hubs=("a",))
        site, channel = live.site, folder.resolve() / "channels" / f"{LOST_CHANNEL}.sqlite"
        try:
            fill(live, channel)
            held = held_messages(channel)
            site.ground.take_away(LOST_CHANNEL)
            fault_at = live.timeline.mark(INJECT)
        finally:
            site.signal(HUB_NODE, "a", signal.SIGCONT)
        earlier = live.issued()
        live.issuing.issue(1)
        later = sorted(set(live.issued()) - set(earlier))
        tick = live.issuing.tick
        live.until(FIRST_COMMIT, WAIT_SECONDS, lambda: live.recorded(later), tick)
        live.until("held_delivered", WAIT_SECONDS, lambda: live.recorded(earlier), tick)
        return live.finish("channel-lost", fault_at, CHANNEL_BOUNDS, {"held_messages": held})
