"""The day's phases by the clock, and the minute's checkpoint; ticked by the lease's holder.

APScheduler's cron triggers serve as calculators only: a job store of its own would be blind to the
lease. Weekdays are names, mon to sun, or 0 (Monday) to 6. A phase whose hour passed while nobody
held the lease is run at the first tick of its day: phases are idempotent. One that could not be run
on its day is not run under the next day's date: it is due then at its hour. On days that are no
business days nothing runs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from apscheduler.triggers.cron import CronTrigger

from hub.clearing.calendar import Calendar
from hub.clock import BEIJING, MINUTE, Clock, Instant, business_day, moment
from hub.errors import Fenced, HubError, Misconfigured, NotActive
from hub.observer import Fact, Observer

CHECKPOINT_MS: Final = MINUTE
RETRY_MS: Final = 30_000
SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=BEIJING)
"""From which on a cron line must name an instant."""


class Checkpoints(Protocol):
    """Makes a checkpoint of all lanes and keeps its number outside the store."""

    def make(self, token: int) -> None:
        """One checkpoint.

        Raises:
            StoreDown: try again later.
            Fenced: the lease is lost.
        """
        ...


class PhaseSchedule:
    """Phases and checkpoints of one node instance."""

    def __init__(
        self,
        phases: Mapping[str, str],
        run: Callable[[str, str, int], int],
        checkpoints: Checkpoints,
        calendar: Calendar,
        clock: Clock,
        observe: Observer,
        suspect: Callable[[], bool] = lambda: False,
    ) -> None:
        """`run(phase, day, token)` plans a phase; `phases` maps names to cron lines.

        While clocks are `suspect` no phase begins; checkpoints go on.

        Raises:
            Misconfigured: `schedule_invalid`, with the phase.
        """
        self._triggers = triggers(phases)
        self._run = run
        self._checkpoints = checkpoints
        self._calendar = calendar
        self._clock = clock
        self._observe = observe
        self._suspect = suspect
        self._next: dict[str, datetime | None] = {}
        self._not_before: dict[str, Instant] = {}

    def tick(self, token: int) -> None:
        """Start what is due."""
        now = self._clock.now()
        if self._ready("checkpoint", now):
            self._not_before["checkpoint"] = Instant(now + CHECKPOINT_MS)
            self._guarded("checkpoint", now, lambda: self._checkpoints.make(token))
        for name, trigger in self._triggers.items():
            local = moment(now).astimezone(BEIJING)
            due = self._next.get(name)
            if due is None or due.date() < local.date():
                due = _first_of_day(trigger, local)
            if due is None or due > local or not self._ready(name, now):
                continue
            if self._phase(name, business_day(now), now, token):
                self._next[name] = trigger.get_next_fire_time(local, local)

    def _phase(self, name: str, day: str, now: Instant, token: int) -> bool:
        """Whether the phase is over for today: run, or a free day."""
        if not self._calendar.is_business_day(day):
            return True
        return self._guarded(name, now, lambda: self._planned(name, day, token))

    def _planned(self, name: str, day: str, token: int) -> int:
        if self._suspect():
            raise NotActive("clock_suspect")
        return self._run(name, day, token)

    def _ready(self, name: str, now: Instant) -> bool:
        return now >= self._not_before.get(name, Instant(0))

    def _guarded(self, name: str, now: Instant, act: Callable[[], object]) -> bool:
        try:
            act()
        except Fenced:
            self._observe(Fact("phase_fenced", {"phase": name}))
            return False
        except HubError as error:
            self._observe(Fact("phase_waits", {"phase": name, "code": error.code}))
            self._not_before[name] = Instant(now + RETRY_MS)
            return False
        return True


def _first_of_day(trigger: CronTrigger, local: datetime) -> datetime | None:
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found: datetime | None = trigger.get_next_fire_time(None, start)
    return found


def triggers(phases: Mapping[str, str]) -> dict[str, CronTrigger]:
    """The triggers of cron lines, by phase.

    Raises:
        Misconfigured: `schedule_invalid`, with the phase: no cron line, or one of no day at all.
    """
    return {name: _trigger(name, line) for name, line in phases.items()}


def _trigger(name: str, line: str) -> CronTrigger:
    try:
        found = CronTrigger.from_crontab(line, timezone=BEIJING)
    except ValueError as error:
        raise Misconfigured("schedule_invalid", phase=name, reason=str(error)[:100]) from error
    if found.get_next_fire_time(None, SOME_DAY) is None:
        raise Misconfigured("schedule_invalid", phase=name, reason="no day is like this")
    return found
