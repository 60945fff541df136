"""A delay is no movement of a clock; a movement that is longer than all delays is seen."""

from hypothesis import given
from hypothesis import strategies as st

from hub.clock import SECOND, Instant
from hub.exchange.offsets import Offset

START = 1_790_000_000_000
delays = st.integers(0, 3_600_000)


def reading(lived_ms: int, early_ms: int, late_ms: int, ahead_ms: int = 0) -> Offset:
    """The clock is read `early_ms` after the first look and `late_ms` before the second."""
    at = Instant(START + lived_ms + early_ms + ahead_ms)
    return Offset.read(at, lived_ms / SECOND, (lived_ms + early_ms + late_ms) / SECOND)


@given(st.lists(st.tuples(delays, delays, delays), min_size=1, max_size=20))
def test_no_delay_is_taken_for_a_movement(steps: list[tuple[int, int, int]]) -> None:
    known, lived = reading(0, 0, 0), 0
    for pause, early, late in steps:
        lived += pause
        found = reading(lived, early, late)
        assert abs(found.moved(known)) <= 1  # rounding
        known = known.narrowed(found)
        lived += early + late


@given(delays, delays, delays, delays, st.integers(-(10**8), 10**8))
def test_a_movement_shows_but_for_what_the_delays_may_hide(
    e1: int, l1: int, e2: int, l2: int, by: int
) -> None:
    moved = reading(10**8, e2, l2, by).moved(reading(0, e1, l1))
    hidden = e1 + l1 + e2 + l2
    assert abs(by) - hidden - 2 <= abs(moved) <= abs(by) + 2
