"""Lives of a neighbour's store follow each other; what an earlier one has said changes nothing."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hub.clock import HOUR, MINUTE, Instant
from hub.exchange.model import Beat
from hub.exchange.succession import UNHEARD, Present, heard
from tests.support.rows import AT, a_beat

LIVES = ("first", "second", "third")
TEN_SECONDS = 10_000


def said(life: int, n: int) -> Beat:
    """The n-th beat of a life; a life begins when the one before has said its hundredth."""
    at = Instant(AT + (100 * life + n) * TEN_SECONDS)
    return replace(a_beat(at=at), incarnation=LIVES[life])


def listen(
    beats: Sequence[Beat], known: Present = UNHEARD, former: frozenset[str] = frozenset()
) -> tuple[Present, frozenset[str]]:
    """Hear them one by one, at some moment after all of them."""
    for beat in beats:
        one = heard(known, former, [beat], Instant(AT + HOUR))
        known, former = one.present, former | one.over
    return known, former


words = st.builds(said, st.integers(0, 2), st.integers(0, 99))


@given(st.lists(words, max_size=30), words)
def test_the_life_that_speaks_now_is_heard_whatever_came_late_before(
    late: list[Beat], word: Beat
) -> None:
    life = LIVES.index(word.incarnation)
    earlier = [beat for beat in late if LIVES.index(beat.incarnation) <= life]
    known, _ = listen([*earlier, said(life, 100)])
    assert word.incarnation == known.life


@given(st.lists(words, max_size=30))
def test_one_batch_comes_to_the_same_as_its_beats_in_order(beats: list[Beat]) -> None:
    now = Instant(AT + HOUR)
    whole = heard(UNHEARD, (), beats, now)
    present, former = listen(sorted(beats, key=lambda beat: beat.at))
    assert (present, former) == (whole.present, whole.over)


@given(st.lists(words, max_size=30), st.permutations(range(30)))
def test_a_life_that_was_followed_never_comes_back(beats: list[Beat], order: list[int]) -> None:
    mixed = [beats[n] for n in order if n < len(beats)]
    known, former = listen(mixed)
    again, _ = listen([said(LIVES.index(life), 99) for life in sorted(former)], known, former)
    assert known.life == again.life


def test_a_restored_store_that_forgot_which_life_is_over_does_not_believe_it_again() -> None:
    known, former = listen([said(1, 5), said(0, 99)])
    assert (LIVES[1], frozenset()) == (known.life, former)
    assert LIVES[1] == listen([said(1, 6)], known, former)[0].life


def test_after_a_clock_that_was_ahead_the_next_life_is_heard_within_a_minute() -> None:
    ahead = replace(said(0, 0), at=Instant(AT + 9 * HOUR))
    known = heard(UNHEARD, (), [ahead], AT).present
    new = replace(said(1, 0), at=Instant(AT + MINUTE + 1))
    assert LIVES[1] == heard(known, (), [new], new.at).present.life
