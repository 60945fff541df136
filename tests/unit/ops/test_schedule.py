"""Phases run once at their hour, are caught up after a takeover, and never on a free day."""

import pytest

from hub.clearing.calendar import Calendar
from hub.clock import DAY, HOUR, Instant
from hub.errors import Fenced, Misconfigured, StoreDown
from hub.observer import Fact
from ops.schedule import SOME_DAY, PhaseSchedule, triggers

MONDAY_NOON = Instant(1_795_406_400_000)  # 2026-11-23T12:00 in Beijing


class Clock:
    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> Instant:
        return Instant(self.at)

    def monotonic(self) -> float:
        return self.at / 1000


class Record:
    """Counts checkpoints and phases; may fail once."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, str]] = []
        self.checkpoints = 0
        self.failure: Exception | None = None
        self.facts: list[Fact] = []

    def make(self, token: int) -> None:
        assert token == 7
        self.checkpoints += 1

    def run(self, phase: str, day: str, token: int) -> int:
        assert token == 7
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.phases.append((phase, day))
        return 1


def a_schedule(clock: Clock, record: Record) -> PhaseSchedule:
    return PhaseSchedule(
        {"sum_up": "0 18 * * *"}, record.run, record, Calendar(frozenset()), clock,
        record.facts.append,
    )  # fmt: skip


def test_a_phase_runs_once_when_its_hour_has_come() -> None:
    clock, record = Clock(MONDAY_NOON), Record()
    schedule = a_schedule(clock, record)
    schedule.tick(7)
    assert [] == record.phases
    clock.at += 6 * HOUR
    schedule.tick(7)
    schedule.tick(7)
    assert [("sum_up", "20261123")] == record.phases


def test_an_hour_that_passed_without_a_holder_is_caught_up_the_same_day() -> None:
    record = Record()
    a_schedule(Clock(MONDAY_NOON + 9 * HOUR), record).tick(7)
    assert [("sum_up", "20261123")] == record.phases


def test_nothing_runs_on_a_free_day() -> None:
    clock, record = Clock(MONDAY_NOON - DAY + 9 * HOUR), Record()
    a_schedule(clock, record).tick(7)
    assert [] == record.phases


def test_a_phase_that_cannot_run_now_is_tried_again() -> None:
    clock, record = Clock(MONDAY_NOON + 7 * HOUR), Record()
    schedule = a_schedule(clock, record)
    record.failure = StoreDown("store_away")
    schedule.tick(7)
    schedule.tick(7)
    assert [] == record.phases
    clock.at += 31_000
    schedule.tick(7)
    assert [("sum_up", "20261123")] == record.phases


def test_a_fenced_holder_runs_nothing_and_says_so() -> None:
    record = Record()
    record.failure = Fenced("lease_lost")
    a_schedule(Clock(MONDAY_NOON + 7 * HOUR), record).tick(7)
    assert [] == record.phases
    assert ["phase_fenced"] == [fact.name for fact in record.facts]


def test_a_checkpoint_is_made_every_minute() -> None:
    clock, record = Clock(MONDAY_NOON), Record()
    schedule = a_schedule(clock, record)
    for _ in range(121):
        schedule.tick(7)
        clock.at += 1000
    assert 3 == record.checkpoints


@pytest.mark.parametrize(
    ("line", "weekday"),
    [("0 18 * * 0", 0), ("0 18 * * mon", 0), ("0 18 * * Sun", 6), ("0 18 * * 6", 6),
     ("0 18 * * tue-thu", 1), ("0 18 * * wed,fri", 2)],
)  # fmt: skip
def test_weekdays_are_names_or_count_from_monday(line: str, weekday: int) -> None:
    trigger = triggers({"sum_up": line})["sum_up"]
    saturday = SOME_DAY.replace(day=3)
    found = trigger.get_next_fire_time(None, saturday)
    assert weekday == found.weekday()


@pytest.mark.parametrize("line", ["0 18 * * 7", "0 18 * * monday-ish", "0 18 * *"])
def test_a_weekday_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(Misconfigured, match=r"^schedule_invalid "):
        triggers({"sum_up": line})


def test_what_could_not_be_run_on_its_day_is_not_run_early_on_the_next() -> None:
    clock, record = Clock(MONDAY_NOON + 6 * HOUR), Record()
    schedule = a_schedule(clock, record)
    schedule.tick(7)
    clock.at += DAY
    record.failure = StoreDown("store_away")
    schedule.tick(7)
    clock.at += 7 * HOUR  # one in the morning
    schedule.tick(7)
    assert [("sum_up", "20261123")] == record.phases
    clock.at += 17 * HOUR
    schedule.tick(7)
    assert [("sum_up", "20261123"), ("sum_up", "20261125")] == record.phases
