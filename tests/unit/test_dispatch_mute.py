"""Towards a recovering neighbour nothing is sent but beats and hop notices."""

from hub.exchange.muteness import RECOVERING
from tests.support.simulator.world import BANK, HUB, World


def set_state(world: World, state: str) -> None:
    with world.sites[HUB].store.begin() as tx:
        tx.set_peer_state(BANK, state)
        tx.commit()


def test_rows_for_a_recovering_neighbour_wait_until_it_is_opened() -> None:
    world = World(1)
    set_state(world, RECOVERING)
    for n in range(5):
        world.submit(str(n))
    world.tail()
    voucher = world.submitted[0]
    assert world.on_record(HUB, voucher)
    assert not world.on_record(BANK, voucher)
    set_state(world, "open")
    world.tail()
    assert all(world.on_record(BANK, one) for one in world.submitted)
    assert [] == world.problems()
