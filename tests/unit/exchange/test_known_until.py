"""A restored node asks each neighbour for what it recorded since, by the neighbour's own clock."""

import pytest

from hub.clock import DAY, HOUR, MINUTE, SECOND, Instant
from hub.exchange.muteness import OPEN, RECOVERING, SET_ASIDE
from hub.exchange.recovery import MARGIN_MS, asked_from, known_until
from hub.parties import NodeId
from tests.support.rows import AT, a_beat
from tests.support.simulator.world import BANK, BUREAU, HUB, World

BEGIN = Instant(0)


def live(world: World, rounds: int = 40) -> None:
    world.rest(rounds, 2 * SECOND, lambda: False)


@pytest.mark.parametrize("node", [BUREAU, BANK])
@pytest.mark.parametrize("other_behind", [-DAY, -HOUR, HOUR, DAY])
def test_what_was_forgotten_comes_back_whatever_the_neighbours_clock_says(
    node: NodeId, other_behind: int
) -> None:
    world = World(3)
    world.sites[HUB].clock.behind_ms = other_behind
    world.submit("1")
    live(world)
    snapshot = world.sites[node].store.snapshot()
    world.submit("2")
    live(world)
    assert [] == world.problems()
    world.sites[node].store.restore(snapshot, f"{node}-life-2")
    assert world.problems()
    live(world, 60)
    assert [] == world.problems()


def test_what_was_recorded_before_its_last_beat_is_not_asked_of_a_neighbour() -> None:
    world = World(3)
    world.sites[HUB].clock.behind_ms = HOUR
    world.clock.advance(DAY)
    live(world, 5)
    world.sites[BUREAU].store.restore(world.sites[BUREAU].store.snapshot(), "bureau-life-2")
    live(world)
    with world.sites[BUREAU].store.read() as tx:
        since = tx.resyncs()[HUB].since
    hub_now = world.sites[HUB].clock.now()
    assert hub_now - MARGIN_MS - 200 * SECOND < since < hub_now - MARGIN_MS


@pytest.mark.parametrize("state", [RECOVERING, SET_ASIDE])
def test_the_moment_stays_until_the_neighbour_is_compared(state: str) -> None:
    beat = a_beat(at=Instant(AT + HOUR))
    assert beat.at == known_until(OPEN, beat.incarnation, AT, beat)
    assert known_until(state, beat.incarnation, AT, beat) == AT


def test_another_life_or_a_clock_that_was_put_back_is_asked_from_the_beginning() -> None:
    beat = a_beat(at=Instant(AT - MARGIN_MS))
    assert known_until(RECOVERING, beat.incarnation, AT, beat) == AT
    assert known_until(RECOVERING, beat.incarnation, Instant(AT + 1), beat) == BEGIN
    assert known_until(RECOVERING, "another", AT, beat) == BEGIN


def test_what_a_neighbour_recorded_after_its_clock_was_put_right_comes_back_long_after() -> None:
    world = World(3)
    world.sites[HUB].clock.behind_ms = -2 * HOUR
    world.submit("1")
    live(world)
    snapshot = world.sites[BUREAU].store.snapshot()
    world.clock.advance(5 * MINUTE)
    world.sites[HUB].clock.behind_ms = 0
    world.submit("2")
    live(world)
    assert [] == world.problems()
    world.clock.advance(8 * HOUR)
    world.sites[BUREAU].store.restore(snapshot, "bureau-life-2")
    assert world.problems()
    live(world, 60)
    assert [] == world.problems()


def test_the_earlier_of_both_clocks_counts_and_a_backup_of_the_future_says_nothing() -> None:
    later = Instant(AT + DAY)
    assert Instant(AT - MARGIN_MS) == asked_from(AT, later, later) == asked_from(later, AT, later)
    assert BEGIN == asked_from(AT, later, AT) == asked_from(BEGIN, AT, later)
