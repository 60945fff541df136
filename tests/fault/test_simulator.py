"""Seeded runs of a whole environment: nothing lost, nothing doubled, nothing left waiting.

`make test` runs 500 seeds; `SEEDS=n` asks for more, from `SEED_FROM` on (`make seeds`).
"""

import os

import pytest

from tests.support.simulator.world import run

BLOCKS = 10
FIRST = int(os.getenv("SEED_FROM", "0"))
SEEDS = int(os.getenv("SEEDS", "500"))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_voucher_is_lost_or_doubled_under_faults(block: int) -> None:
    for seed in range(FIRST + block, FIRST + SEEDS, BLOCKS):
        world = run(seed)
        assert [] == world.problems(), f"seed {seed}"
        assert len(world.submitted) >= 20


@pytest.mark.parametrize("block", range(BLOCKS))
def test_nodes_that_go_back_to_a_backup_get_back_what_they_forgot(block: int) -> None:
    for seed in range(FIRST + block, FIRST + SEEDS // 4, BLOCKS):
        world = run(seed, restores=3)
        assert [] == world.problems(), f"seed {seed}"
        assert world.lives > 1
