"""The watch: everything that runs out is named in time, and nothing else."""

from dataclasses import replace

import pytest

from hub.clock import DAY, Instant
from hub.trust.model import Revocations
from hub.trust.watch import Level, level, watch
from hub.voucher.catalogue import Catalogue
from hub.voucher.releases import Release, Releases
from tests.support import pki
from tests.support.office import Office, ended
from tests.support.sealed import schemas


def catalogue() -> Catalogue:
    return schemas().catalogue


ALWAYS = Release(1, catalogue)


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
    assert [] == watch(trust, pins, (), ALWAYS, pki.AT)
    end = Instant(pki.AT + 5 * 365 * DAY)
    found = watch(trust, pins, (), ALWAYS, end)
    assert {"list", "pin", "seal", "certificate", "nodekey", "operator"} == {o.sort for o in found}
    assert found == sorted(found, key=lambda one: one.ends_at)
    assert Level.OVER is found[0].level


def test_a_crl_that_runs_out_is_named(office: Office) -> None:
    crl = Revocations(b"", 9, pki.AT, Instant(pki.AT + 7 * DAY), {})
    found = watch(office.made.trust, (), [crl], ALWAYS, Instant(pki.AT + 7 * DAY))
    assert [("crl", "9", Level.URGENT)] == [(one.sort, one.key, one.level) for one in found]


def test_what_has_ended_is_not_watched(office: Office) -> None:
    over = office.next_list(ended)
    end = Instant(office.made.trust.expires_at + 10 * 365 * DAY)
    assert ["list"] == [one.sort for one in watch(replace(over), (), (), ALWAYS, end)]


def a_release(number: int, begins: int, ends: int | None) -> Release:
    at = [None if days is None else Instant(pki.AT + days * DAY) for days in (begins, ends)]
    assert at[0] is not None
    return Release(number, catalogue, at[0], at[1])


@pytest.mark.parametrize(
    ("releases", "last", "near"),
    [
        ([a_release(1, -400, 20)], 1, [("release", "1", Level.WARNING)]),
        ([a_release(1, -400, None)], 1, []),
        # Its successor is here and follows without a gap: only the last end counts.
        ([a_release(1, -400, 20), a_release(2, 20, 400)], 2, []),
        ([a_release(1, -400, 1), a_release(2, 1, 6)], 2, []),  # not from its first day
        # One that begins long after the end leaves a gap.
        ([a_release(1, -400, 5), a_release(2, 90, 400)], 1, [("release", "1", Level.URGENT)]),
    ],
)
def test_a_catalogue_release_that_runs_out_without_a_successor_is_named(
    office: Office, releases: list[Release], last: int, near: list[tuple[str, str, Level]]
) -> None:
    known = Releases(releases, lambda: pki.AT)
    lasting = known.lasting(pki.AT)
    assert last == lasting.number
    found = watch(office.made.trust, (), (), lasting, pki.AT)
    assert near == [(one.sort, one.key, one.level) for one in found]
    assert [one.number for one in releases[1:]] == [one.number for one in known.coming(pki.AT)]
