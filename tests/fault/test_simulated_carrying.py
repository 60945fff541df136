"""Files that people carry, mixed with channels, faults and restores: nothing lost or doubled."""

import pytest

from hub.exchange.carriage import CarriedKind
from hub.exchange.model import Closing
from tests.support.simulator.carrying import Media, Medium
from tests.support.simulator.machine import Machine
from tests.support.simulator.world import World, run

SEEDS = 12
CARRIES = 25


@pytest.mark.parametrize("restores", [0, 3])
def test_carried_and_channel_copies_lead_to_one_effect(restores: int) -> None:
    taken = 0
    for seed in range(SEEDS):
        world = run(seed, carries=CARRIES, restores=restores)
        assert [] == world.problems(), seed
        taken += world.media.taken
    assert taken > SEEDS


class Closes(Media):
    """A planted bug: what is written into a file counts as sent for good."""

    def take(self, machine: Machine, medium: Medium) -> None:
        """The file is never seen again, its rows are closed."""
        assert machine.site.node == medium.header.receiver
        if medium.header.kind is CarriedKind.ANSWER:
            return
        sender = self.stage.of(medium.header.sender)

        def close() -> None:
            with sender.store.begin() as tx:
                peer, now = medium.header.receiver, tx.now
                rows = tx.open_rows(peer, [name for name, n in tx.carriable(peer) if n])
                there = [Closing(r.delivery_id, peer, "recorded", now, 1) for r in rows]
                tx.close_hops({c: (r.message_digest,) for c, r in zip(there, rows, strict=True)})
                tx.commit()

        sender.act(close)


def lossy(seed: int) -> World:
    world = World(seed)
    world.media = Closes(world)
    for number in range(10):
        world.submit(f"{number:06d}")
        world.media.move()
        world.step()
    world.tail()
    return world


def test_an_export_that_closes_its_rows_is_caught() -> None:
    assert any(lossy(seed).problems() for seed in range(SEEDS))
