"""The keeper of a node instance: holds the lease, leads its children, ticks the schedule.

One keeper, one dispatcher, W workers; they share only the store (protocol 6). The keeper tells
its children when they may act and when not; when it ends, their leashes end with it. Before an
instance takes over on one machine it ends every process of the old one, or it does not take over.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Clock
from hub.errors import Fenced, Misconfigured, OutcomeUnknown, StoreDown
from hub.lease.ports import LeaseState, LeaseStore
from hub.lease.tenancy import Standing, Tenancy
from hub.observer import Fact, Observer
from ops.leash import Child

AWAY: Final = (StoreDown, OutcomeUnknown, Misconfigured)
"""The store or the lease cannot be asked now: it is away, its answer was lost, or its file is."""
STOP_SECONDS: Final = 10.0
RESTART_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses before a child that ended is begun again: after the first death, the second, …"""
OLD_SECONDS: Final = 60.0
"""A child that lived so long has not failed at its beginning."""
ALARM_COUNT: Final = 3
"""Early deaths in a row that are an alarm."""


class Schedule(Protocol):
    """Phases of the day; ticked only by the holder."""

    def tick(self, token: int) -> None:
        """Start what is due."""
        ...


class Neighbours(Protocol):
    """The other instances of this node on this machine, by their processes."""

    def end(self, holder: str) -> bool:
        """End every process of the old holder; False: it cannot be done, so do not take over."""
        ...


class Fencing(Protocol):
    """The store's fence, as a keeper moves it."""

    def raise_to(self, token: int) -> None:
        """Fence older holders; nothing happens when this token stands there already.

        Raises:
            Fenced: a newer token stands there.
            StoreDown: cannot be done now.
        """
        ...


class Watch(Protocol):
    """Who stands still while holding what everybody needs."""

    def stuck(self, pids: Collection[int], now: float) -> Sequence[int]:
        """Those of these processes; looked at in every step."""
        ...


class NoWatch:
    """A store that ends idle transactions by itself."""

    def stuck(self, pids: Collection[int], now: float) -> Sequence[int]:
        """Nobody."""
        assert now or not pids
        return ()


@dataclass(frozen=True, slots=True)
class Guards:
    """What keeps processes apart: lease, fence, the end of the other's, and of own frozen ones."""

    lease: LeaseStore
    fencing: Fencing
    neighbours: Neighbours
    watch: Watch


class Keeper:
    """The loop of a keeper process."""

    def __init__(
        self,
        tenancy: Tenancy,
        guards: Guards,
        start: Sequence[Callable[[], Child]],
        schedule: Schedule,
        clock: Clock,
        observe: Observer,
    ) -> None:
        self._tenancy = tenancy
        self._lease = guards.lease
        self._start = start
        self._schedule = schedule
        self._fencing = guards.fencing
        self._neighbours = guards.neighbours
        self._watch = guards.watch
        self._clock = clock
        self._observe = observe
        self._children: list[Child | None] = [None] * len(start)
        self._names: dict[int, str] = {}
        self._early = [0] * len(start)
        self._begun_at = [float("-inf")] * len(start)
        self._not_before = [float("-inf")] * len(start)
        self._standing = Standing.STANDBY
        self._fence = 0

    @property
    def standing(self) -> Standing:
        """What this instance may do now."""
        return self._standing

    @property
    def token(self) -> int:
        """Of the lease, as last told."""
        return self._tenancy.token

    @property
    def tenure(self) -> int | None:
        """The token this instance is active under, as the store has noted it; None: it is not.

        The token last told may be another's; and a process that stood still is not active any more
        when its deadline has passed, whatever it last knew.
        """
        now = self._clock.monotonic()
        active = self._standing is Standing.ACTIVE and self._tenancy.standing(now) is self._standing
        return self._fence if active else None

    @property
    def failing(self) -> Mapping[str, int]:
        """Children that die at their beginning, again and again: how often in a row."""
        now = self._clock.monotonic()
        return {
            name: self._early[slot]
            for slot, name in self._names.items()
            if self._early[slot] >= ALARM_COUNT and now - self._begun_at[slot] < OLD_SECONDS
        }

    @property
    def children(self) -> Mapping[str, bool]:
        """Every child begun so far, and whether it lives."""
        found = {}
        for slot, name in sorted(self._names.items()):
            child = self._children[slot]
            found[name] = child is not None and child.alive
        return found

    @property
    def pids(self) -> list[int]:
        """Processes this keeper leads."""
        return [child.pid for child in self._children if child is not None]

    def step(self) -> None:
        """Renew, judge, tell the children, restart the dead, tick."""
        self._renew()
        standing = self._tenancy.standing(self._clock.monotonic())
        if standing is Standing.ACTIVE and not self._fenced():
            standing = Standing.STANDBY
        if standing is not self._standing:
            self._standing = standing
            told = {"state": str(standing), "node": self._tenancy.me}
            self._observe(Fact("standing", told))
            self._tell()
        self._end_stuck()
        self._restart()
        if standing is Standing.ACTIVE:
            self._schedule.tick(self._tenancy.token)

    def listen(self, hear: Callable[[str, str], None]) -> None:
        """Pass on what the children have said since the last call: (child, line)."""
        for child in self._children:
            if child is not None:
                for line in child.heard():
                    hear(child.name, line)

    def stop(self) -> None:
        """End the children in order, the first of them last, then give the lease back.

        The first is the dispatcher: it still sends what the others have left.
        """
        for some in (self._children[1:], self._children[:1]):
            living = [child for child in some if child is not None]
            for child in living:
                child.say("stop")
            for child in living:
                child.end(STOP_SECONDS)
        try:
            self._lease.release(self._tenancy.me)
        except AWAY:
            self._observe(Fact("lease_unsure", {"node": self._tenancy.me}))

    def _renew(self) -> None:
        asked_at = self._clock.monotonic()
        try:
            if self._standing is Standing.STANDBY and not self._may_take(self._lease.read()):
                return
            state = self._lease.renew(self._tenancy.me, int(self._tenancy.ttl_seconds * 1000))
        except AWAY as error:
            self._observe(Fact("lease_unsure", {"node": self._tenancy.me, "code": error.code}))
            return
        self._tenancy = self._tenancy.answered(asked_at, state)

    def _may_take(self, state: LeaseState) -> bool:
        if state.holder in {"", self._tenancy.me}:
            return True
        if state.now < state.expires_at:
            return False
        return self._neighbours.end(state.holder)

    def _fenced(self) -> bool:
        """Whether the store knows this token: older holders cannot run singletons any more."""
        if self._fence == self._tenancy.token:
            return True
        try:
            self._fencing.raise_to(self._tenancy.token)
        except (*AWAY, Fenced) as error:
            self._observe(Fact("fence_waits", {"node": self._tenancy.me, "code": error.code}))
            return False
        self._fence = self._tenancy.token
        return True

    def _tell(self) -> None:
        for child in self._children:
            if child is not None:
                child.say(str(self._standing))

    def _end_stuck(self) -> None:
        """A frozen child that holds the store's write lock would stop everybody (protocol 6)."""
        stuck = self._watch.stuck(self.pids, self._clock.monotonic())
        for child in self._children:
            if child is not None and child.pid in stuck:
                child.kill()
                told = {"node": self._tenancy.me, "task": child.name}
                self._observe(Fact("child_stuck", told))

    def _restart(self) -> None:
        now = self._clock.monotonic()
        for slot, child in enumerate(self._children):
            if child is not None and child.alive:
                continue
            if child is not None:
                self._buried(slot, child, now)
            if now >= self._not_before[slot]:
                self._begin(slot, now)

    def _buried(self, slot: int, child: Child, now: float) -> None:
        """One that died young, again and again, is begun ever later, and people are told."""
        self._children[slot] = None
        if now - self._begun_at[slot] >= OLD_SECONDS:
            self._early[slot] = 0
        self._early[slot] += 1
        count = self._early[slot]
        told = {"node": self._tenancy.me, "task": child.name, "state": str(child.exit_code)}
        self._observe(Fact("child_ended", {**told, "count": count}))
        if count >= ALARM_COUNT:
            self._observe(Fact("child_fails", {**told, "count": count}))
        child.end(0)  # its end of the leash is closed
        self._not_before[slot] = now + RESTART_SECONDS[min(count, len(RESTART_SECONDS)) - 1]

    def _begin(self, slot: int, now: float) -> None:
        self._begun_at[slot] = now
        try:
            fresh = self._start[slot]()
        except OSError as error:  # no process, no memory: the keeper lives on
            told = {"node": self._tenancy.me, "reason": type(error).__name__}
            self._observe(Fact("child_unstartable", told))
            self._not_before[slot] = now + RESTART_SECONDS[-1]
            return
        fresh.say(str(self._standing))
        self._children[slot] = fresh
        self._names[slot] = fresh.name
