"""The keeper's watch: every ten seconds, while it holds the lease, conditions become alarms.

It runs in a thread of its own, so that a slow hook or store never delays a renewal of the lease; it
only reads, and writes alarms under the token it had when it began to look, in the life of the store
it looked at. The hook hears nothing of who has lost the lease since: a process that was frozen and
goes on in the middle of a look ends it. What the hook has not taken stays on record as news and is
tried again; the hook itself owns the quick retries. A store that is away cannot keep an alarm: that
one goes through the hook alone. Where the store took the lease along, nobody is active: whoever was
active until then tells of it. What only looks on must not end the node: a fault of this program
here is told as a fact, and the watch goes on.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from hub.clock import HOUR, Clock, Instant, business_day
from hub.desks.model import TaskState
from hub.errors import Fenced, HubError, Misconfigured, StoreDown, TargetDown
from hub.exchange import conditions
from hub.exchange.alarm_kinds import KINDS
from hub.exchange.alarms import Alarm, AlarmState, News, Sighting, decide, told
from hub.exchange.conditions import Group
from hub.exchange.offsets import Offset
from hub.observer import Fact, Observer
from ops.alarm_messages import Who, heartbeat, message
from ops.disks import free_percent
from ops.look.conflicts import newest
from ops.settings import AlarmSettings
from ops.store_view import StoreView, view
from ops.surroundings import Surroundings
from ops.tally import Heard

EVERY_SECONDS: Final = 10.0
HOOK_REST_SECONDS: Final = 60.0
"""After its own retries have failed."""
STORE_GRACE_SECONDS: Final = 30.0
SETTLED_SECONDS: Final = 60.0
"""After a takeover or a start what runs out is not asked: workers have better to do."""
UNSEEN_WITHOUT: Final = {
    "channels": frozenset({"no_channel", "channel_down", "channel_suspect", "channel_standby"}),
    "folder": frozenset({"folder_unread"}),
    "expiry": frozenset({"expires_90", "expires_30", "expires_7", "expired", "release_begins"}),
}
"""Codes that cannot be looked at while nobody tells of these."""


class Hook(Protocol):
    """Takes messages (adapters.hooks.hook)."""

    def deliver(self, message: bytes) -> None:
        """Hand over."""
        ...


class Leader(Protocol):
    """The keeper, as far as it is watched."""

    @property
    def tenure(self) -> int | None:
        """The token this instance is active under; None: it is not."""
        ...

    @property
    def failing(self) -> Mapping[str, int]:
        """Children that die at their beginning."""
        ...


class Store(Protocol):
    """The node's store."""

    def begin(self) -> Any:  # noqa: ANN401 - a context manager over any transaction
        """A write transaction."""
        ...

    def read(self) -> Any:  # noqa: ANN401 - as above
        """A read view."""
        ...


@dataclass(frozen=True, slots=True)
class Senses:
    """What the watch looks at besides the store."""

    leader: Leader
    heard: Heard
    around: Surroundings


class Watch:
    """The loop of the watch; `step` by itself for tests."""

    def __init__(
        self, who: Who, store: Store, senses: Senses, hook: Hook | None, settings: AlarmSettings,
        clock: Clock, observe: Observer,
    ) -> None:  # fmt: skip
        self._who = who
        self._store = store
        self._senses = senses
        self._hook = hook
        self._settings = settings
        self._clock = clock
        self._observe = observe
        self._token = 0
        """Of this look."""
        self._active_since: Instant | None = None
        self._begun = 0.0
        """By the monotonic clock."""
        self._base: tuple[Offset, Offset] | None = None
        self._away_since: float | None = None
        self._away_told = False
        self._rest_until = float("-inf")
        self._beat_at = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        while not stop.wait(EVERY_SECONDS):
            try:
                self.step()
            except HubError as error:
                self._observe(Fact("watch_waits", {"code": error.code}))
            except Exception as error:  # noqa: BLE001 - what looks on must not end what works
                self._observe(Fact("watch_fault", {"reason": type(error).__name__}))

    def step(self) -> None:
        """Look once, put on record what has changed, tell the hook.

        Raises:
            HubError: the store or its fence says no; done again at the next step.
        """
        token = self._senses.leader.tenure
        if token is None:
            self._not_active()
            return
        self._token = token
        before = self._clock.monotonic()
        try:
            seen = view(self._store)
        except StoreDown:
            self._store_is_away()
            return
        apart = self._apart(seen, before)
        with self._store.read() as tx:
            tx.fence.require_token(token)
            trust_state = tx.fence.trust_state
        self._store_is_back()
        if self._active_since is None:
            self._active_since, self._begun = seen.at, before
        settled = before - self._begun >= SETTLED_SECONDS
        self._senses.around.look(trust_state, settled=settled)
        self._tell(self._recorded(seen, apart), seen.life)

    def _not_active(self) -> None:
        """Whoever was active until the store went tells of it: the lease lies in the same store."""
        if self._active_since is None and not self._away_told:
            return
        try:
            with self._store.read() as tx:
                tx.alarms()
        except StoreDown:
            self._store_is_away()
            return
        self._active_since = self._base = None
        self._store_is_back()

    def _recorded(self, seen: StoreView, apart: int) -> list[Alarm]:
        """All alarms after this look."""
        sightings, looked = self._sightings(seen, apart), self._looked()
        if not decide(seen.alarms, sightings, looked, seen.at):
            return list(seen.alarms)
        with self._store.begin() as tx:
            tx.fence.require_incarnation(seen.life)
            tx.fence.require_token(self._token)
            known: list[Alarm] = tx.alarms()
            changed = decide(known, sightings, looked, tx.now)
            tx.put_alarms(changed)
            tx.commit()
        before = {alarm.key: alarm for alarm in known}
        for alarm in changed:
            old = before.get(alarm.key)
            if alarm.news is not News.NONE and (old is None or old.news is not alarm.news):
                self._fact(alarm)
        return list({**before, **{alarm.key: alarm for alarm in changed}}.values())

    def _fact(self, alarm: Alarm) -> None:
        fields: dict[str, str | int] = {
            "code": alarm.code, "subject": alarm.subject, "state": alarm.news.value,
            "count": alarm.count,
        }  # fmt: skip
        self._observe(Fact("alarm", fields))

    def _looked(self) -> frozenset[str]:
        found = frozenset(KINDS)
        if not self._senses.heard.channels:
            found -= UNSEEN_WITHOUT["channels"]
        if self._senses.around.near is None:
            found -= UNSEEN_WITHOUT["expiry"]
        if self._senses.around.unread is None:
            found -= UNSEEN_WITHOUT["folder"]
        return found

    def _sightings(self, seen: StoreView, apart: int) -> list[Sighting]:
        heard, around, now = self._senses.heard, self._senses.around, seen.at
        assert self._active_since is not None, "only an active instance looks"
        since = self._active_since
        waiting = sum(hop.count for hop in seen.hops)
        made = seen.checkpoint.at if seen.checkpoint is not None else None
        found = [
            *conditions.channels(heard.channels, heard.changed, waiting, now, _standing(seen)),
            *conditions.lines(heard.channels, heard.changed, now, _standing(seen)),
            *conditions.happened("channel_wiped", list(heard.wiped.values())),
            *conditions.peers(seen.peers, seen.hops, now),
            *conditions.lives(seen.peers, seen.life, now),
            *conditions.journals(seen.peers),
            *conditions.parked_tasks(list(_parked(seen))),
            *conditions.late_tasks(list(_late(seen)), now),
            *conditions.breaks(list(_breaks(seen))),
            *conditions.contradicted(seen.contradicted, now),
            *conditions.happened("conflict", list(_clashes(seen))),
            *conditions.happened("rows_refused", heard.recent("row_refused")),
            *conditions.happened("messages_held", heard.recent("held")),
            *conditions.happened("trust_waiting", heard.recent("trust_waits")),
            *conditions.happened("own_entry_changed", heard.recent("trust_own_entry")),
            *conditions.happened("dead_letters", seen.dead),
            *conditions.happened("backup_failing", heard.recent("backup_waits")),
            *conditions.happened("store_damaged", heard.recent("store_damaged")),
            *conditions.happened("stamps_late", heard.recent("stamps_late")),
            *conditions.clock(apart, now),
            *conditions.checkpoint(made, since, now),
            *conditions.expiries(around.near or (), now),
            *conditions.beginnings(around.begins, now),
            *conditions.folders(around.unread or {}, now),
            *conditions.children(self._senses.leader.failing, now),
        ]
        for name, path in around.folders.items():
            found += conditions.disk(name, free_percent(path), now)
        if around.wants_backup:
            most = self._settings.backup_hours * HOUR
            found += conditions.backup(around.backup_made_at(), since, most, now)
        return found

    def _apart(self, seen: StoreView, before: float) -> int:
        """How far store's or machine's clock has moved against the monotonic one, in ms.

        The store was looked at since `before`; nothing else may lie between.
        """
        stored = Offset.read(seen.at, before, self._clock.monotonic())
        before = self._clock.monotonic()
        at = self._clock.now()
        own = Offset.read(at, before, self._clock.monotonic())
        taken_as_right = any(
            (alarm.code, alarm.state) == ("clock_suspect", AlarmState.ACKNOWLEDGED)
            for alarm in seen.alarms
        )
        if self._base is None or taken_as_right:
            self._base = stored, own
        apart = (stored.moved(self._base[0]), own.moved(self._base[1]))
        self._base = self._base[0].narrowed(stored), self._base[1].narrowed(own)
        return max(apart, key=abs)

    # --- the hook --------------------------------------------------------------------------------

    def _tell(self, alarms: Sequence[Alarm], life: str) -> None:
        news = sorted((a for a in alarms if a.news is not News.NONE), key=lambda a: a.due_at)
        if self._hook is None:
            self._took(news, life)
            return
        took = []
        for alarm in news:
            if not self._deliver(partial(self._message, alarm)):
                break
            took.append(alarm)
        self._took(took, life)
        self._beat(alarms)

    def _message(self, alarm: Alarm) -> bytes:
        with self._store.read() as tx:
            about = newest(tx, alarm)
        return message(self._who, alarm, about)

    def _took(self, delivered: Sequence[Alarm], life: str) -> None:
        if not delivered:
            return
        with self._store.begin() as tx:
            tx.fence.require_incarnation(life)
            tx.fence.require_token(self._token)
            known = {alarm.key: alarm for alarm in tx.alarms()}
            tx.put_alarms(told(known, delivered))
            tx.commit()

    def _beat(self, alarms: Sequence[Alarm]) -> None:
        every, now = self._settings.heartbeat_seconds, self._clock.monotonic()
        if every and now >= self._beat_at:
            self._beat_at = now + every
            self._deliver(lambda: heartbeat(self._who, alarms, self._clock.now()))

    def _deliver(self, made: Callable[[], bytes], *, fenced: bool = True) -> bool:
        now = self._clock.monotonic()
        if self._hook is None or now < self._rest_until:
            return False
        if fenced and self._senses.leader.tenure != self._token:
            raise Fenced("lease_lost")
        try:
            self._hook.deliver(made())
        except (TargetDown, Misconfigured) as error:
            self._rest_until = now + HOOK_REST_SECONDS
            self._observe(Fact("hook_waits", {"code": error.code}))
            return False
        return True

    def _store_is_away(self) -> None:
        now = self._clock.monotonic()
        self._away_since = self._away_since if self._away_since is not None else now
        if self._away_told or now - self._away_since < STORE_GRACE_SECONDS:
            return
        self._away_told = self._say_away(News.RAISED)

    def _store_is_back(self) -> None:
        self._away_since = None
        if self._away_told and self._say_away(News.CLEARED):
            self._away_told = False

    def _say_away(self, news: News) -> bool:
        """What this instance cannot reach it may say, whoever is active meanwhile."""
        return self._deliver(lambda: message(self._who, self._away(news)), fenced=False)

    def _away(self, news: News) -> Alarm:
        at = self._clock.now()
        due = Instant(at + KINDS["store_away"].answer_ms)
        state = AlarmState.OPEN if news is News.RAISED else AlarmState.CLEARED
        return Alarm("store_away", "store", state, 1, at, at, at, due, news=news)


def _standing(seen: StoreView) -> frozenset[tuple[str, str]]:
    return frozenset(one.key for one in seen.alarms if one.state is not AlarmState.CLEARED)


def _parked(seen: StoreView) -> Iterable[Group]:
    for group in seen.tasks:
        if group.state is TaskState.PARKED:
            yield Group(group.next_action or "unnamed", group.count, group.since)


def _late(seen: StoreView) -> Iterable[Group]:
    for group in seen.tasks:
        if group.state is TaskState.DUE:
            yield Group(group.party, group.count, group.due_at)


def _breaks(seen: StoreView) -> Iterable[Group]:
    today = business_day(seen.at)
    for (party, day), count in seen.breaks.items():
        if day < today:
            yield Group(party, count, seen.at)


def _clashes(seen: StoreView) -> Iterable[Group]:
    for clash in seen.clashes:
        yield Group(clash.sender, clash.count, clash.newest)
