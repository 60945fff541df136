"""Alarms: something a person must do, raised once, answered by a deadline, cleared by itself. Pure.

Rules of this file:
- An alarm is one (code, subject). Seeing its condition again changes nothing but the count.
- An open alarm that nobody acknowledged by its deadline is escalated, once.
- A *lasting* condition clears its alarm when it has been gone for a while (`QUIET_MS`), so that one
  that comes and goes is one alarm. What could not be looked at is not taken to be gone.
- An *occurrence* (a conflict, a wiped disk) is over as it happens: it is cleared by whoever
  acknowledges it, and raised again only by a newer one.
- Every change is news for the hook until the hook has taken it; only the newest news is told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from hub.clock import MINUTE, SECOND, Instant
from hub.errors import RuleBroken
from hub.exchange.alarm_kinds import KINDS

QUIET_MS: Final = MINUTE
REFRESH_MS: Final = 30 * SECOND
"""How old `seen_at` may grow on record; less than `QUIET_MS`."""
NEVER: Final = Instant(0)


class AlarmState(StrEnum):
    """Where an alarm stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    """Somebody has taken it on; the condition is still there."""
    CLEARED = "cleared"


class News(StrEnum):
    """What the hook is still to be told."""

    NONE = ""
    RAISED = "raised"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A condition as it is now: what, about whom, how many vouchers or things, since when."""

    code: str
    subject: str
    """An id or code: channel, peer, party, key; never a name."""
    count: int
    since: Instant
    """Of a lasting condition its beginning, of an occurrence the newest one."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm on record; (code, subject) is unique."""

    code: str
    subject: str
    state: AlarmState
    count: int
    since: Instant
    seen_at: Instant
    raised_at: Instant
    due_at: Instant
    """By then somebody has acknowledged it, or it is escalated."""
    escalated_at: Instant = NEVER
    acknowledged_at: Instant = NEVER
    acknowledged_by: str = ""
    """Id of an operator or account."""
    cleared_at: Instant = NEVER
    news: News = News.NONE

    @property
    def key(self) -> tuple[str, str]:
        """What makes two sightings the same alarm."""
        return self.code, self.subject


class Alarming(Protocol):
    """The verbs of a transaction that alarms rest on."""

    def alarms(self) -> list[Alarm]:
        """All on record, by code and subject; held against change until the end."""
        ...

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Record them; one of the same code and subject is replaced."""
        ...


def decide(
    known: Sequence[Alarm], seen: Sequence[Sighting], looked: Collection[str], now: Instant
) -> list[Alarm]:
    """The alarms that change; `looked` names the codes whose conditions could be looked at."""
    rows = {alarm.key: alarm for alarm in known}
    sightings = {(one.code, one.subject): one for one in seen}
    changed = []
    for key in sorted(rows.keys() | sightings.keys()):
        row, one = rows.get(key), sightings.get(key)
        if one is not None:
            new = _seen(row, one, now)
        else:
            assert row is not None, "a key comes from somewhere"
            new = _unseen(row, now) if row.code in looked else row
        new = _escalated(new, now)
        if new != row:
            changed.append(new)
    return changed


def acknowledge(alarm: Alarm, by: str, now: Instant) -> Alarm:
    """Somebody takes it on; an occurrence is cleared by that.

    Raises:
        RuleBroken: `alarm_cleared`: there is nothing to take on any more.
    """
    assert by, "whoever acknowledges has a name"
    if alarm.state is AlarmState.CLEARED:
        raise RuleBroken("alarm_cleared")
    if alarm.state is AlarmState.ACKNOWLEDGED:
        return alarm
    taken = replace(
        alarm,
        state=AlarmState.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=by,
        news=News.ACKNOWLEDGED,
    )
    if KINDS[alarm.code].lasting:
        return taken
    return replace(taken, state=AlarmState.CLEARED, cleared_at=now)


def told(known: Mapping[tuple[str, str], Alarm], delivered: Sequence[Alarm]) -> list[Alarm]:
    """The rows whose news the hook has taken; newer news stays to be told."""
    return [
        replace(row, news=News.NONE)
        for one in delivered
        if (row := known.get(one.key)) is not None and row.news is one.news
    ]


def _seen(row: Alarm | None, one: Sighting, now: Instant) -> Alarm:
    kind = KINDS[one.code]
    if row is not None and not kind.lasting and one.since <= row.acknowledged_at:
        return row  # somebody has seen to all of these
    if row is None or row.state is AlarmState.CLEARED:
        return Alarm(
            one.code, one.subject, AlarmState.OPEN, one.count, one.since, now, now,
            Instant(now + kind.answer_ms), news=News.RAISED,
        )  # fmt: skip
    since = row.since if kind.lasting else one.since
    fresh = not kind.lasting or now - row.seen_at < REFRESH_MS
    if fresh and (row.count, row.since) == (one.count, since):
        return row
    return replace(row, count=one.count, since=since, seen_at=now)


def _unseen(row: Alarm, now: Instant) -> Alarm:
    if row.state is AlarmState.CLEARED or not KINDS[row.code].lasting:
        return row
    if now - row.seen_at < QUIET_MS:
        return row
    return replace(row, state=AlarmState.CLEARED, cleared_at=now, news=News.CLEARED)


def _escalated(row: Alarm, now: Instant) -> Alarm:
    if row.state is not AlarmState.OPEN or row.escalated_at != NEVER or now < row.due_at:
        return row
    return replace(row, escalated_at=now, news=News.ESCALATED)
