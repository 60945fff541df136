"""A dispatcher that is told to stop sends the notices it owes; rows wait for the next one."""

from typing import Any

import pytest

from adapters.embedded.memory_outbox import OPEN
from hub.errors import Fenced
from hub.exchange.model import RowState
from tests.support.simulator.machine import Machine
from tests.support.simulator.world import BUREAU, HUB, World


def owed(machine: Machine) -> int:
    with machine.site.store.read() as tx:
        count: int = tx.open_notices()
        return count


def row_states(machine: Machine) -> set[Any]:
    with machine.site.store.read() as tx:
        return {hop.row.state for hop in tx.rows(OPEN).values()}


def received(world: World) -> Machine:
    """The hub has recorded what the bureau sent, and has told nobody yet."""
    for n in range(5):
        world.submit(str(n))
    bureau, hub = world.of(BUREAU), world.of(HUB)
    for _ in range(3):
        bureau.dispatch()
    hub.receive(100)
    assert 5 == owed(hub)
    return hub


def test_notices_are_sent_and_forgotten_and_no_row_is_claimed() -> None:
    hub = received(World(3))
    for _ in range(5):
        if not hub.dispatcher.finish():
            break
    assert (0, 0) == (owed(hub), hub.dispatcher.outstanding)
    assert {RowState.DUE} == row_states(hub)


def test_the_sender_closes_its_rows_by_notices_of_a_node_that_is_stopping() -> None:
    world = World(3)
    hub, bureau = received(world), world.of(BUREAU)
    while hub.dispatcher.finish():
        pass
    hub.crash()
    bureau.receive(100)
    assert set() == row_states(bureau)


def test_nothing_is_waited_for_when_no_channel_is_there() -> None:
    world = World(3)
    hub = received(world)
    for broker in world.brokers:
        broker.down()
    assert not hub.dispatcher.finish()
    assert 5 == owed(hub)


def test_outcomes_of_a_life_that_is_over_are_not_written_into_the_next_one() -> None:
    world = World(3)
    world.submit("1")
    bureau = world.of(BUREAU)
    bureau.dispatch()
    assert {RowState.CLAIMED} == row_states(bureau)
    bureau.site.store.restore(bureau.site.store.snapshot(), "bureau-life-2")
    with pytest.raises(Fenced, match="other_incarnation"):
        bureau.dispatcher.settle()
    assert {RowState.CLAIMED} == row_states(bureau)
