"""A slow line is given more time, for as long as it is known to be slow."""

from collections.abc import Iterable

from adapters.rabbit.patience import FORGIVEN_SECONDS, Patience

FIRST, LONGEST = 0.8, 2.0


def patience() -> Patience:
    return Patience(FIRST, LONGEST)


def seconds_of(one: Patience, now: float) -> float:
    """The longest wait that is not doubted; asked in steps, so that the doubt comes last."""
    waits: Iterable[float] = (step / 10 for step in range(100))
    return next(waited for waited in waits if one.over(waited + 0.1, now))


def slow(one: Patience, now: float) -> None:
    """It is doubted and gives its word after all."""
    assert one.over(1.9, now)
    one.heard()


def test_a_word_is_overdue_after_the_first_seconds() -> None:
    assert seconds_of(patience(), 0.0) == FIRST


def test_a_line_that_was_doubted_in_vain_gets_twice_the_time_up_to_the_longest() -> None:
    one = patience()
    slow(one, 100.0)
    assert seconds_of(one, 101.0) == 2 * FIRST
    one.heard()
    assert seconds_of(one, 102.0) == LONGEST


def test_words_that_nobody_doubted_prove_nobody_slow() -> None:
    one = patience()
    slow(one, 100.0)
    one.heard()
    one.heard()
    assert seconds_of(one, 101.0) == 2 * FIRST


def test_a_connection_that_ends_in_doubt_proves_nobody_slow() -> None:
    one = patience()
    assert one.over(1.9, 100.0)
    one.ended()
    one.heard()  # the first confirm of the next connection
    assert seconds_of(one, 101.0) == FIRST


def test_a_slow_line_stays_slow_from_one_connection_to_the_next() -> None:
    one = patience()
    slow(one, 100.0)
    one.ended()
    assert seconds_of(one, 101.0) == 2 * FIRST


def test_a_slow_line_is_forgiven_a_minute_after_its_last_doubt() -> None:
    one = patience()
    slow(one, 50.0)
    slow(one, 100.0)
    assert not one.over(1.0, 100.0 + FORGIVEN_SECONDS)
    assert one.over(1.0, 100.1 + FORGIVEN_SECONDS)
