"""A restored node asks each neighbour for what it recorded since, by the neighbour's own clock."""

import pytest

from hub.clock import DAY, HOUR, SECOND, Instant
from hub.exchange.muteness import OPEN, RECOVERING, SET_ASIDE
from hub.exchange.recovery import MARGIN_MS, known_until
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
