"""Seeded runs of a whole environment: nothing lost, nothing doubled, nothing left waiting."""

import pytest

from tests.support.simulator.world import run

SEEDS_A_BLOCK = 50


@pytest.mark.parametrize("block", range(10))
def test_no_voucher_is_lost_or_doubled_under_faults(block: int) -> None:
    for seed in range(block * SEEDS_A_BLOCK, (block + 1) * SEEDS_A_BLOCK):
        world = run(seed)
        assert [] == world.problems(), f"seed {seed}"
        assert len(world.submitted) >= 20
