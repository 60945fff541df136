"""A channel that refuses is left alone, a little longer each time, and never for good."""

from hub.exchange.model import ChannelHealth, ChannelState
from hub.exchange.suspicion import LONGEST_SECONDS, RETURN_SECONDS, Returned, Suspicions


def health(name: str, state: ChannelState = ChannelState.UP) -> ChannelHealth:
    return ChannelHealth(name, state, "i", 0)


def names(suspicions: Suspicions, now: float, *healths: ChannelHealth) -> list[str]:
    return [h.name for h in suspicions.usable(healths, now)]


def test_a_refusal_makes_a_channel_suspect_for_a_while() -> None:
    one, two = health("one"), health("two")
    suspicions = Suspicions()
    assert 0.5 == suspicions.refused("one", 10.0)
    assert ["two"] == names(suspicions, 10.4, one, two)
    assert ["one", "two"] == names(suspicions, 10.5, one, two)


def test_refusals_during_a_pause_are_the_same_refusal() -> None:
    suspicions = Suspicions()
    assert 0.5 == suspicions.refused("one", 10.0)
    assert 0.0 == suspicions.refused("one", 10.4)
    assert 1.0 == suspicions.refused("one", 10.5)


def test_pauses_grow_to_a_limit_and_a_confirm_ends_the_row() -> None:
    suspicions, now = Suspicions(), 0.0
    pauses = []
    for _ in range(8):
        pauses.append(suspicions.refused("one", now))
        now += pauses[-1]
    assert [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] == pauses
    suspicions.confirmed("one", now)
    assert 0.5 == suspicions.refused("one", now)
    assert LONGEST_SECONDS == 30.0


def test_a_confirm_of_what_was_sent_before_the_refusal_clears_nothing() -> None:
    suspicions = Suspicions()
    suspicions.refused("one", 10.0)
    suspicions.confirmed("one", 10.1)
    assert 1.0 == suspicions.refused("one", 11.0)


def test_when_all_are_suspect_the_one_whose_pause_ends_first_is_used() -> None:
    suspicions = Suspicions()
    suspicions.refused("one", 10.0)
    suspicions.refused("two", 10.1)
    away = health("three", ChannelState.OPEN)
    assert ["one"] == names(suspicions, 10.2, health("two"), health("one"), away)
    assert [] == names(suspicions, 10.2, away)


def test_a_path_is_left_alone_ever_longer_and_forgotten_when_it_has_served_as_long() -> None:
    paths = Suspicions.of_paths()
    assert 4.0 == paths.refused("one", 10.0)
    assert 8.0 == paths.refused("one", 15.0)
    assert 16.0 == paths.refused("one", 30.0)
    assert 4.0 == paths.refused("one", 100.0)


def stable(returned: Returned, now: float, *healths: ChannelHealth) -> list[str]:
    returned.look(healths, now)
    return [h.name for h in returned.stable(healths, now)]


def test_a_channel_that_has_come_back_is_stable_after_a_while() -> None:
    returned, one, two = Returned(), health("one"), health("two")
    assert [] == stable(returned, 0.0, one, two)
    assert ["one", "two"] == stable(returned, RETURN_SECONDS, one, two)
    assert ["one"] == stable(returned, 10.0, one, health("two", ChannelState.OPEN))
    assert ["one"] == stable(returned, 11.0, one, health("two", ChannelState.HALF_OPEN))
    assert ["one"] == stable(returned, 10.9 + RETURN_SECONDS, one, two)
    assert ["one", "two"] == stable(returned, 11.0 + RETURN_SECONDS, one, two)
