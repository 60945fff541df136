"""Time: whole milliseconds, one writing, business days in Beijing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import (
    BEIJING,
    DAY,
    Instant,
    business_day,
    day_and_before,
    day_end,
    generalized_time,
    instant,
    is_day,
    iso,
    moment,
)

INSTANTS = st.integers(0, 4_102_444_800_000).map(Instant)


def test_a_day_ends_in_beijing() -> None:
    assert "2026-11-23T15:59:59.999" == iso(day_end("20261123"))[:23]
    assert "20261231" == business_day(day_end("20261231"))
    assert "20270101" == business_day(Instant(day_end("20261231") + 1))


@given(INSTANTS)
def test_instants_and_moments_are_inverse(at: Instant) -> None:
    assert at == instant(moment(at))
    assert at == instant(datetime.fromisoformat(iso(at)))


@given(INSTANTS, INSTANTS)
def test_the_written_order_is_the_order_of_time(one: Instant, other: Instant) -> None:
    assert (one < other) == (iso(one) < iso(other))


def test_an_instant_without_a_zone_is_a_programming_error() -> None:
    with pytest.raises(AssertionError):
        instant(datetime(2026, 11, 21))  # noqa: DTZ001 - the point of the test


def test_microseconds_are_cut_not_rounded() -> None:
    assert 999 == instant(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=999_999))


def test_one_instant_in_every_writing() -> None:
    at = instant(datetime(2026, 11, 21, 23, 30, 5, 120_000, tzinfo=BEIJING))
    assert "2026-11-21T15:30:05.120Z" == iso(at)
    assert "20261121153005Z" == generalized_time(at)
    assert "20261121" == business_day(at)


def test_the_business_day_turns_at_midnight_in_beijing() -> None:
    midnight = instant(datetime(2026, 11, 22, tzinfo=BEIJING))
    assert ("20261121", "20261122") == (business_day(Instant(midnight - 1)), business_day(midnight))
    assert "20261123" == business_day(Instant(midnight + DAY))


@given(INSTANTS)
def test_every_business_day_is_a_day_and_follows_the_days_before_it(at: Instant) -> None:
    day = business_day(at)
    before = day_and_before(day, 14)
    assert [True] * 15 == [is_day(each) for each in before]
    assert (day, business_day(Instant(at - 14 * DAY))) == (before[-1], before[0])
    assert sorted(set(before)) == before


@pytest.mark.parametrize(
    "text",
    [
        "20261399",
        "00000000",
        "20260229",
        "18991231",
        "2026112",
        "20261122\n",
        "２０２６１１２２",
        "",
    ],
)
def test_what_no_calendar_has_is_no_day(text: str) -> None:
    assert not is_day(text)
