"""What a drill counts."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ops.drill.report import Bounds, Event, Report, Tally, tally

EVENTS = [Event("ready", 1.0), Event("inject", 5.0), Event("first_commit", 7.5)]
WHOLE = Tally(acknowledged=2, present=2, lost=0, doubled=0, rpo_seconds=0.0)


def report(counted: Tally, bounds: Bounds) -> Report:
    return Report("restore", "sqlite", EVENTS, counted, bounds, {"writers": 2})


def test_a_lost_acknowledgement_shows_with_its_age() -> None:
    counted = tally({"a": 1.0, "b": 3.0, "c": 4.5}, ["a", "d"], fault_at=5.0)
    assert Tally(acknowledged=3, present=2, lost=2, doubled=0, rpo_seconds=2.0) == counted


def test_what_is_there_twice_shows() -> None:
    assert 1 == tally({"a": 1.0}, ["a", "a", "b"], 2.0).doubled


NAMES = st.text("abé", max_size=3)
"""Names are only compared: a few signs make repetitions likelier, and cost no table of all."""


@given(st.dictionaries(NAMES, st.floats(0, 100)), st.lists(NAMES))
def test_nothing_is_lost_when_all_is_present(told: dict[str, float], more: list[str]) -> None:
    counted = tally(told, [*told, *more], 100.0)
    assert (0, 0.0) == (counted.lost, counted.rpo_seconds)


def test_a_bound_that_is_missed_fails_the_drill() -> None:
    kept = Bounds(rto_seconds=2.5, rpo_seconds=0.0)
    assert report(WHOLE, kept).kept
    assert not report(WHOLE, Bounds(rto_seconds=2.4, rpo_seconds=0.0)).kept
    assert not report(Tally(2, 1, 1, 0, 0.1), kept).kept
    assert not report(Tally(2, 2, 0, 1, 0.0), kept).kept


def test_a_report_is_one_json_object() -> None:
    said = json.loads(json.dumps(report(WHOLE, Bounds(3, 0)).as_json()))
    assert (1, 2.5, 0, True) == (said["schema"], said["rto_seconds"], said["lost"], said["kept"])
    assert {"step": "inject", "at_seconds": 5.0} in said["timeline"]
