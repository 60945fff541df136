"""Seeded days of real desks over the simulated exchange: money moves once, all books agree."""

import os

import pytest

from tests.support.simulator.desks import run

BLOCKS = 4
SEEDS = int(os.getenv("SEEDS", "500")) // 25


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_day_under_faults_ends_with_books_that_agree(block: int) -> None:
    for seed in range(block, SEEDS, BLOCKS):
        world = run(seed)
        assert [] == world.problems(), f"seed {seed}"
        assert 20 == world.faults


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_day_with_restored_nodes_ends_with_books_that_agree(block: int) -> None:
    for seed in range(block, SEEDS // 2, BLOCKS):
        world = run(seed, restores=2)
        assert [] == world.problems(), f"seed {seed}"
        assert world.lives > 1
