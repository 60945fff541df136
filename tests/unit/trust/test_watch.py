"""The watch: everything that runs out is named in time, and nothing else."""

from dataclasses import replace

import pytest

from hub.clock import DAY, Instant
from hub.trust.model import Revocations
from hub.trust.watch import Level, level, watch
from tests.support import pki
from tests.support.office import Office, ended


@pytest.mark.parametrize(
    ("expected", "days"),
    [
        (Level.FAR, 91), (Level.NOTICE, 90), (Level.NOTICE, 31), (Level.WARNING, 30),
        (Level.URGENT, 7), (Level.URGENT, 0), (Level.OVER, -1),
    ],
)  # fmt: skip
def test_levels_of_a_long_life_are_90_30_and_7_days(expected: Level, days: int) -> None:
    ends = Instant(pki.AT + 1000 * DAY)
    assert expected is level(pki.AT, ends, Instant(ends - days * DAY))


def test_a_short_life_does_not_warn_from_its_first_day() -> None:
    ends = Instant(pki.AT + 8 * DAY)
    levels = [level(pki.AT, ends, Instant(pki.AT + day * DAY)) for day in range(10)]
    assert [0, 0, 0, 0, 1, 1, 2, 3, 3, 4] == levels


def test_nothing_is_near_at_first_and_everything_at_the_end(office: Office) -> None:
    trust, pins = office.made.trust, office.made.pins
    assert [] == watch(trust, pins, (), pki.AT)
    end = Instant(pki.AT + 5 * 365 * DAY)
    found = watch(trust, pins, (), end)
    assert {"list", "pin", "seal", "certificate", "nodekey", "operator"} == {o.sort for o in found}
    assert found == sorted(found, key=lambda one: one.ends_at)
    assert Level.OVER is found[0].level


def test_a_crl_that_runs_out_is_named(office: Office) -> None:
    crl = Revocations(b"", 9, pki.AT, Instant(pki.AT + 7 * DAY), {})
    found = watch(office.made.trust, (), [crl], Instant(pki.AT + 7 * DAY))
    assert [("crl", "9", Level.URGENT)] == [(one.sort, one.key, one.level) for one in found]


def test_what_has_ended_is_not_watched(office: Office) -> None:
    over = office.next_list(ended)
    end = Instant(office.made.trust.expires_at + 10 * 365 * DAY)
    assert ["list"] == [one.sort for one in watch(replace(over), (), (), end)]
