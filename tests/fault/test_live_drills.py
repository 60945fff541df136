"""Drills on a live site of nodes.

What is lost or doubled is judged here. How long it took is judged by `make drills`, which runs
alone: beside other tests the time says nothing about the takeover.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.clock import Clock
from ops.clock import SystemClock
from ops.drill.bank_restored import bank_restored
from ops.drill.live import Pace, channel_lost, hub_frozen, hub_takeover
from ops.drill.report import Report

PACE = Pace(rate=5, before_seconds=1, after_seconds=1)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="drill-"))
    yield made
    shutil.rmtree(made)


def steps(report: Report) -> list[str]:
    return [event.name for event in report.events]


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("drill", [hub_takeover, hub_frozen])
def test_no_issued_payment_is_lost_or_doubled_with_the_active_hub(
    folder: Path, drill: Callable[[Path, Clock, Pace], Report]
) -> None:
    found = drill(folder, SystemClock(), PACE)
    assert found.tally.acknowledged > 5
    assert (0, 0) == (found.tally.lost, found.tally.doubled)
    told = steps(found)
    assert ["ready", "standby_ready", "loaded", "inject"] == told[:4]
    assert {"standby_active", "first_commit", "held_recorded"} == set(told[4:7])
    assert "drained" == told[7]
    held_at_the_fault = int(found.conditions["held_vouchers"]) > 0
    assert held_at_the_fault == (told.index("held_recorded") > told.index("standby_active")), (
        "what the hub held, only the other instance can have recorded"
    )


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_a_lost_channel_held_goes_another_way(folder: Path) -> None:
    found = channel_lost(folder, SystemClock(), PACE)
    assert int(found.conditions["held_messages"]) > 0
    assert found.tally.acknowledged > 60
    assert (0, 0) == (found.tally.lost, found.tally.doubled)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_bank_restored_to_before_its_payments_is_mute_until_opened_and_pays_none_again(
    folder: Path,
) -> None:
    found = bank_restored(folder, SystemClock(), PACE)
    assert int(found.conditions["rows_forgotten"]) > 0
    assert int(found.conditions["layers_recovered"]) > 0
    assert (0, 0) == (found.tally.lost, found.tally.doubled)
    assert ["inject", "restored", "mute", "opened", "comparison_done", "first_commit"] == (
        steps(found)[4:10]
    )
