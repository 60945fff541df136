"""Lives of a neighbour's store follow each other, whatever clocks say, however late words come."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import HOUR, Instant
from hub.exchange.beats import Beat, Hearing
from hub.exchange.succession import heard
from tests.support.rows import AT, a_beat

OWN = "own"
ROUNDS = 200
"""More than all that old beats say, so that each has its turn."""


@dataclass
class Ear:
    """What one store knows of its neighbour's lives."""

    life: str
    known: str = ""
    former: frozenset[str] = frozenset()
    last: str = ""
    said: str = ""

    def listen(self, beats: Sequence[Beat]) -> None:
        found = heard(self.known, self.former, beats, self.life, (self.last, self.said))
        self.known, self.former = found.life, self.former | found.over
        if found.last is not None:
            self.last = found.last.incarnation
            self.said = found.last.hearing.life if found.last.hearing else ""

    def beat(self, at: int) -> Beat:
        told = Hearing(self.known, self.last, self.said)
        return replace(a_beat(at=Instant(at)), incarnation=self.life, hearing=told)


@dataclass
class Pair:
    """Two stores, what is under way between them, and their backups."""

    chance: Random
    lives: int = 2
    ends: list[Ear] = field(default_factory=lambda: [Ear("1"), Ear("2")])
    way: tuple[list[Beat], list[Beat]] = field(default_factory=lambda: ([], []))
    kept: tuple[list[Ear], list[Ear]] = field(default_factory=lambda: ([], []))

    def act(self, what: str) -> None:
        end = self.chance.randrange(2)
        if what == "beat":  # clocks are anything
            self.way[1 - end].append(self.ends[end].beat(AT + self.chance.randrange(10 * HOUR)))
        elif what == "hear" and self.way[end]:  # late, twice, in any order, several at once
            beats = [self.chance.choice(self.way[end]) for _ in range(self.chance.randrange(1, 4))]
            self.ends[end].listen(beats)
        elif what == "keep":
            self.kept[end].append(replace(self.ends[end]))
        elif what == "restore" and self.kept[end]:
            self.lives += 1
            self.ends[end] = replace(self.chance.choice(self.kept[end]), life=str(self.lives))

    def talk(self) -> None:
        """A beat each way, heard at once, by slow clocks."""
        for end in (0, 1):
            self.ends[1 - end].listen([self.ends[end].beat(AT - HOUR)])

    def talk_over_echoes(self, echoes: Sequence[Sequence[Beat]]) -> None:
        """A beat each way, by slow clocks; a channel brings all that was said before with it."""
        for end in (0, 1):
            self.ends[1 - end].listen([self.ends[end].beat(AT - HOUR), *echoes[1 - end]])


PLAN = st.lists(st.sampled_from(["beat", "beat", "hear", "hear", "keep", "restore"]), max_size=120)


@settings(max_examples=300)
@given(PLAN, st.integers(0, 2**32))
def test_no_late_word_ends_the_life_that_lives_and_both_hear_each_other_soon(
    plan: list[str], seed: int
) -> None:
    pair = Pair(Random(seed))
    for what in plan:
        pair.act(what)
        one, other = pair.ends
        assert other.life not in one.former
        assert one.life not in other.former
    for _ in range(3):
        pair.talk()
    assert (one := pair.ends[0]).known == pair.ends[1].life
    assert pair.ends[1].known == one.life


@settings(max_examples=300)
@given(PLAN, st.integers(0, 2**32))
def test_both_hear_each_other_though_old_words_by_clocks_that_were_ahead_come_with_every_beat(
    plan: list[str], seed: int
) -> None:
    pair = Pair(Random(seed))
    for what in plan:
        pair.act(what)
    echoes = [list(way) for way in pair.way]
    for _ in range(ROUNDS):
        pair.talk_over_echoes(echoes)
    assert (one := pair.ends[0]).known == pair.ends[1].life
    assert pair.ends[1].known == one.life


def test_a_neighbour_restored_on_a_slow_clock_is_heard_when_it_has_answered() -> None:
    ear = Ear(OWN)
    ear.listen([replace(a_beat(at=AT), incarnation="first")])
    slow = replace(a_beat(at=Instant(AT - 9 * HOUR)), incarnation="second")
    ear.listen([replace(slow, hearing=Hearing("", "", ""))])
    assert ("first", "second") == (ear.known, ear.last)
    ear.listen([replace(slow, hearing=Hearing(OWN, OWN, "first"))])
    assert ("second", frozenset({"first"})) == (ear.known, ear.former)


def test_a_late_beat_of_a_forgotten_life_ends_nothing_though_its_clock_was_ahead() -> None:
    ear = Ear(OWN)
    ear.listen([replace(a_beat(at=AT), incarnation="second")])
    late = replace(a_beat(at=Instant(AT + HOUR)), incarnation="first")
    for hearing in (None, Hearing("", "", ""), Hearing("o", "o", "x"), Hearing(OWN, OWN, "x")):
        ear.listen([replace(late, hearing=hearing)])
    assert ("second", frozenset()) == (ear.known, ear.former)


def test_a_life_that_was_followed_never_comes_back() -> None:
    ear = Ear(OWN, "second", frozenset({"first"}))
    back = replace(a_beat(), incarnation="first", hearing=Hearing(OWN, OWN, "second"))
    ear.listen([back])
    assert ("second", "") == (ear.known, ear.last)


def test_of_one_batch_the_newest_beat_of_the_present_life_counts() -> None:
    beats = [replace(a_beat(at=Instant(AT + n)), incarnation="one") for n in (2, 0, 1)]
    found = heard("", (), beats, OWN, ("", ""))
    assert (beats[0], beats[0], "one") == (found.beat, found.last, found.life)
