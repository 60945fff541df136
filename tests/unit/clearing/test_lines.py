"""Line states, quota keys, the calendar."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from hub.clearing.calendar import CUTOFFS, Calendar
from hub.clearing.model import BANK, ISSUED, TREASURY, LineState, move, quota_key
from hub.clock import BEIJING, Instant, instant
from hub.errors import Malformed, Misconfigured, RuleBroken
from tests.support.lines import KEY, a_line

TABLES = {"bank": BANK, "treasury": TREASURY, "issued": ISSUED}


def at(text: str) -> Instant:
    return instant(datetime.strptime(text, "%Y%m%d %H:%M").replace(tzinfo=BEIJING))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_pair_of_states_is_legal_or_refused(
    table: Mapping[LineState, frozenset[LineState]],
) -> None:
    for before in LineState:
        for after in LineState:
            line = replace(a_line(), state=before)
            if after in table.get(before, frozenset()):
                assert after is move(table, line, after, "20261124").state
            else:
                with pytest.raises(RuleBroken, match="line_state"):
                    move(table, line, after)


def test_money_that_may_have_moved_is_never_forgotten() -> None:
    assert LineState.NEW not in {s for table in (BANK, TREASURY) for t in table.values() for s in t}
    assert LineState.RECALLED not in BANK[LineState.EXECUTING]


def test_a_quota_key_is_read_as_written() -> None:
    assert KEY == quota_key(str(KEY))
    with pytest.raises(Malformed, match="quota_key_format"):
        quota_key("1/2")


CALENDAR = Calendar(
    frozenset({"2026"}), frozenset({"20261123", "20261001"}), frozenset({"20261122"})
)


def test_weekends_and_holidays_are_free_and_moved_days_are_worked() -> None:
    assert not CALENDAR.is_business_day("20261121")
    assert not CALENDAR.is_business_day("20261123")
    assert CALENDAR.is_business_day("20261122")
    assert CALENDAR.is_business_day("20261124")


def test_a_free_day_counts_for_the_next_business_day() -> None:
    assert "20261122" == CALENDAR.business_day(at("20261121 10:00"))
    assert "20261124" == CALENDAR.business_day(at("20261123 10:00"))
    assert "20261124" == CALENDAR.next_business_day("20261122")


def test_a_year_that_is_not_loaded_is_refused() -> None:
    with pytest.raises(Misconfigured, match="calendar_unknown"):
        CALENDAR.is_business_day("20270104")


def test_the_cut_off_is_passed_at_its_minute_and_never_by_a_suspect_clock() -> None:
    hour = CUTOFFS["cutoff"]
    assert not CALENDAR.past("cutoff", "20261124", at("20261124 18:29"))
    assert CALENDAR.past("cutoff", "20261124", at(f"20261124 {hour}"))
    assert CALENDAR.past("cutoff", "20261124", at("20261125 00:01"))
    assert not CALENDAR.past("cutoff", "20261124", at("20261125 00:01"), clock_suspect=True)
