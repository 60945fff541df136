"""The simulator sees: each rule of the protocol, when broken on purpose, shows within few seeds."""

import pytest

from adapters.cores.simulated import Trouble
from hub.errors import Conflict
from tests.support.simulator import desks
from tests.support.simulator.doubts import Reentering, TakenAsDelivered, TakenAsRefused
from tests.support.simulator.machine import Machine
from tests.support.simulator.mutants import (
    AckFirst,
    ContentOnly,
    DroppedNotice,
    ForgeryOccupies,
    Impatient,
    InOrder,
    MissingFence,
    NoticeWithoutDigest,
    bent,
)
from tests.support.simulator.world import World, run

SEEDS = 60
SILENT = Trouble(silent=0.5)
"""A core whose answers are lost after it has paid, and that does not know its own keys."""


@pytest.mark.parametrize(
    "mutant",
    [
        AckFirst,
        bent(DroppedNotice),
        bent(ContentOnly),
        bent(NoticeWithoutDigest),
        bent(ForgeryOccupies),
        InOrder,
    ],
    ids=["ack_before_commit", "dropped_notice", "dedupe_by_content_only",
         "notice_without_digest", "number_occupied_by_a_forgery", "sequence_that_blocks"],
)  # fmt: skip
def test_a_planted_bug_is_caught(mutant: type[Machine]) -> None:
    assert any(run(seed, machine=mutant).problems() for seed in range(SEEDS))


def test_a_missing_fence_is_caught_when_a_node_was_restored() -> None:
    """Processes of the life before must end; without the fence they write into the new one."""
    seeds = range(12)
    assert [] == [i for seed in seeds for i in run(seed, restores=4).intruders()]
    assert any(_intrudes(seed) for seed in seeds)


def _intrudes(seed: int) -> bool:
    try:
        return bool(run(seed, machine=bent(MissingFence), restores=4).intruders())
    except Conflict:
        return True  # it numbered a document of the new life by the name of the old one


@pytest.mark.parametrize(
    ("mutant", "people"),
    [(TakenAsRefused, Reentering), (TakenAsDelivered, World)],
    ids=["unknown_taken_as_refused", "unknown_taken_as_delivered"],
)
def test_a_mind_made_up_in_doubt_is_caught_where_lines_fall_silent(
    mutant: type[Machine], people: type[World]
) -> None:
    """What no line has in it can neither arrive late nor be lost with it."""
    seeds = range(24)
    assert not any(run(s, machine=mutant, people=people, hushes=0).problems() for s in seeds)
    assert not any(run(s, people=people).problems() for s in seeds)
    assert any(run(s, machine=mutant, people=people).problems() for s in seeds)


def test_a_core_called_again_after_an_unknown_outcome_is_caught() -> None:
    seeds = range(3)
    honest = [
        desks.run(seed, trouble=SILENT, refuses_repeated_keys=False).problems() for seed in seeds
    ]
    assert [[], [], []] == honest
    bent_ones = [
        desks.run(seed, trouble=SILENT, refuses_repeated_keys=False, between=Impatient).problems()
        for seed in seeds
    ]
    assert all(any("moved" in problem for problem in found) for found in bent_ones)
