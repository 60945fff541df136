"""Any mixture of carried files and channels, in any order and number, leads to one record."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.simulator.carrying import Medium
from tests.support.simulator.world import BUREAU, HUB, World

MOVES = ("channels", "out", "in", "in_twice", "answer", "lose")


def _oldest(world: World, receiver: str) -> Medium | None:
    return next((m for m in world.media.shelf if m.header.receiver == receiver), None)


def _take(world: World, receiver: str, times: int = 1, *, drop: bool = False) -> None:
    medium = _oldest(world, receiver)
    if medium is None:
        return
    for _ in range(times):
        world.media.take(world.of(medium.header.receiver), medium)
    if drop:
        world.media.shelf.remove(medium)


def _live(world: World) -> None:
    for _ in range(5):
        world.step()


@settings(max_examples=25, deadline=None)
@given(
    moves=st.lists(st.sampled_from(MOVES), max_size=24),
    channels=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_mixture_of_carried_and_channel_copies_leads_to_one_record(
    moves: list[str],
    channels: bool,  # noqa: FBT001 - hypothesis hands it over by name
    seed: int,
) -> None:
    world = World(seed)
    if not channels:
        for broker in world.brokers:
            broker.down()
    for number in range(4):
        world.submit(f"{number:06d}")
    acts: dict[str, Callable[[], object]] = {
        "channels": lambda: _live(world),
        "out": lambda: world.media.write(world.of(BUREAU), HUB),
        "in": lambda: _take(world, HUB, drop=True),
        "in_twice": lambda: _take(world, HUB, 2),
        "answer": lambda: _take(world, BUREAU, drop=True),
        "lose": lambda: world.media.shelf and world.media.shelf.pop(0),
    }
    for move in moves:
        acts[move]()
    world.tail()
    assert [] == world.problems()


def test_without_any_channel_carried_files_close_every_row_of_the_bureau() -> None:
    world = World(7)
    for broker in world.brokers:
        broker.down()
    for number in range(4):
        world.submit(f"{number:06d}")
    world.media.write(world.of(BUREAU), HUB)
    _take(world, HUB, 2, drop=True)
    assert len(world.media.shelf) == 2, "each time it is answered"
    _take(world, BUREAU, drop=True)
    with world.sites[BUREAU].store.read() as tx:
        assert 0 == tx.open_hops(HUB)
