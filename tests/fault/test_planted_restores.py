"""The simulator sees what goes wrong after a restore: rules of the resync, broken on purpose."""

import pytest

from adapters.cores.simulated import Trouble
from hub.errors import HubError
from tests.support.simulator import desks
from tests.support.simulator.machine import Machine
from tests.support.simulator.mutants import (
    Bent,
    ForgetsClosed,
    ForgetsOwn,
    NeverInquires,
    NeverMute,
    OldLivesHeard,
    bent,
)
from tests.support.simulator.world import run

SEEDS = 40
PLAIN = Trouble()
"""A core that answers at once."""


def _caught(seed: int, mutant: type[Machine]) -> bool:
    try:
        return bool(run(seed, machine=mutant, restores=3).problems())
    except HubError:
        return True  # two lives contradict each other aloud


@pytest.mark.parametrize(
    "bend",
    [ForgetsClosed, NeverMute, OldLivesHeard],
    ids=["closed_forgotten", "speaks_before_resync", "old_lives_heard"],
)
def test_a_planted_bug_of_the_resync_is_caught(bend: type[Bent]) -> None:
    assert any(_caught(seed, bent(bend)) for seed in range(SEEDS))


def test_own_layers_that_do_not_come_back_are_missed_in_the_books() -> None:
    assert any(
        desks.run(seed, trouble=PLAIN, machine=bent(ForgetsOwn), restores=3).problems()
        for seed in range(SEEDS)
    )


def test_a_core_called_again_after_a_restore_is_caught() -> None:
    """At a core that does not know its own keys again."""
    seeds = range(3)
    assert [[], [], []] == [moved_twice(seed, Machine) for seed in seeds]
    assert any(moved_twice(seed, bent(NeverInquires)) for seed in seeds)


def moved_twice(seed: int, machine: type[Machine]) -> list[str]:
    """What left an account more than once; what such a core leaves to an operator is none."""
    world = desks.run(
        seed, trouble=PLAIN, refuses_repeated_keys=False, machine=machine, restores=3
    )  # fmt: skip
    return [problem for problem in world.problems() if " moved " in problem]
