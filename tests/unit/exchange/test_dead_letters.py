"""What a broker has given up on is kept, worked once more by its content, then forgotten there."""

from collections.abc import Sequence
from typing import Any

import pytest

from hub.errors import StoreDown
from hub.exchange.dead import Found, LetterState
from hub.exchange.dead_reading import DeadReader
from hub.exchange.model import Incoming, MessageClass
from hub.exchange.packets import encode_packet
from tests.support.plain import sealed
from tests.support.simulator.machine import Crash, Machine
from tests.support.simulator.world import BUREAU, HUB, World


class Yard:
    """A graveyard in memory that gives again what was not forgotten."""

    name = "c1"

    def __init__(self, *found: Found) -> None:
        self.lying = {one.tag: one for one in found}
        self._taken: set[int] = set()

    def reach(self) -> bool:
        return True

    def take(self, limit: int) -> list[Found]:
        found = [one for tag, one in self.lying.items() if tag not in self._taken][:limit]
        self._taken |= {one.tag for one in found}
        return found

    def forget(self, tags: Sequence[int]) -> None:
        for tag in tags:
            del self.lying[tag]

    def close(self) -> None:
        self._taken.clear()


def reader(machine: Machine) -> DeadReader[Any]:
    def record(incoming: Incoming) -> None:
        machine.exchange.receive([incoming])

    return DeadReader(machine.place, machine.store, record, machine.site.facts.append)


def packet(world: World, number: str) -> bytes:
    """A packet with one good voucher, as the bureau's node would send it."""
    return encode_packet(world.packet(sealed(world.draft(number)), BUREAU, HUB))


def states(machine: Machine) -> list[tuple[str, LetterState]]:
    with machine.store.read() as tx:
        return [(one.sender, one.state) for one in tx.letters()]


def test_a_letter_with_a_sender_is_recorded_by_its_content() -> None:
    world = World(1)
    hub = world.of(HUB)
    yard = Yard(Found(1, BUREAU, "online", "delivery_limit", packet(world, "7")))
    assert 1 == reader(hub).read(yard)
    assert {} == yard.lying
    assert [(BUREAU, LetterState.WORKED)] == states(hub)
    assert world.on_record(HUB, sealed(world.draft("7")))


def test_a_letter_without_a_sender_waits_for_an_operator_and_stays_readable() -> None:
    world = World(1)
    hub = world.of(HUB)
    yard = Yard(Found(1, "", "online", "rejected", b"whose is this"))
    reader(hub).read(yard)
    assert {} == yard.lying
    assert [("", LetterState.WAITING)] == states(hub)
    with hub.store.read() as tx:
        (one,) = tx.letters()
        assert {one.digest: b"whose is this"} == tx.messages([one.digest])


def test_rubbish_with_a_sender_is_refused_and_does_not_stop_the_next_letter() -> None:
    world = World(1)
    hub = world.of(HUB)
    good = Found(2, BUREAU, MessageClass.ONLINE.value, "delivery_limit", packet(world, "8"))
    yard = Yard(Found(1, BUREAU, "online", "delivery_limit", b"rubbish"), good)
    assert 2 == reader(hub).read(yard)
    assert [LetterState.WORKED] * 2 == [state for _, state in states(hub)]
    assert world.on_record(HUB, sealed(world.draft("8")))


@pytest.mark.parametrize("after", range(1, 25, 3))
def test_a_crash_at_any_step_loses_no_letter_and_doubles_none(after: int) -> None:
    world = World(1)
    hub = world.of(HUB)
    yard = Yard(Found(1, BUREAU, "online", "delivery_limit", packet(world, "9")))
    hub.crash_after(after)
    try:
        reader(hub).read(yard)
    except (Crash, StoreDown):
        hub.crash()
        reader(hub).read(yard)
    assert {} == yard.lying
    assert [(BUREAU, LetterState.WORKED)] == states(hub)
    assert world.on_record(HUB, sealed(world.draft("9")))
