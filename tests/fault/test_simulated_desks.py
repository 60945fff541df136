"""Seeded days of real desks over the simulated exchange: money moves once, all books agree."""

import os

import pytest

from hub.exchange.muteness import OPEN
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


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_party_that_goes_on_without_the_hub_is_compared_with_it_to_the_end(block: int) -> None:
    for seed in range(block, SEEDS // 4, BLOCKS):
        world = run(seed, restores=2, impatient=True)
        assert [] == world.problems(), f"seed {seed}"
        assert {OPEN} == world.standings(), f"seed {seed}"
