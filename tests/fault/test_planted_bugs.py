"""The simulator sees: each rule of the protocol, when broken on purpose, shows within few seeds."""

import pytest

from tests.support.simulator.machine import Machine
from tests.support.simulator.mutants import (
    AckFirst,
    ContentOnly,
    DroppedNotice,
    ForgeryOccupies,
    NoticeWithoutDigest,
    bent,
)
from tests.support.simulator.world import run

SEEDS = 60


@pytest.mark.parametrize(
    "mutant",
    [
        AckFirst,
        bent(DroppedNotice),
        bent(ContentOnly),
        bent(NoticeWithoutDigest),
        bent(ForgeryOccupies),
    ],
    ids=["ack_before_commit", "dropped_notice", "dedupe_by_content_only",
         "notice_without_digest", "number_occupied_by_a_forgery"],
)  # fmt: skip
def test_a_planted_bug_is_caught(mutant: type[Machine]) -> None:
    assert any(run(seed, machine=mutant).problems() for seed in range(SEEDS))
