"""Which release counts when: its moment, 72 hours for its predecessor, 72 hours after its end."""

from dataclasses import replace

import pytest

from hub.clock import DAY, HOUR, SECOND, Instant
from hub.errors import Misconfigured
from hub.voucher.releases import Release, Releases, always
from tests.support.sealed import NOW, schemas

CATALOGUE = schemas().catalogue
SECOND_AT, THIRD_AT = NOW, Instant(NOW + 10 * DAY)
ENDS_AT = Instant(NOW + 100 * DAY)


def a_release(number: int, at: int = 0, ends: int | None = None) -> Release:
    catalogue = replace(CATALOGUE, release=number)
    end = None if ends is None else Instant(ends)
    return Release(number, lambda: catalogue, Instant(at), end)


def three() -> list[Release]:
    return [a_release(1), a_release(2, SECOND_AT, ENDS_AT), a_release(3, THIRD_AT, ENDS_AT)]


def releases(now: int = NOW) -> Releases:
    return Releases(three(), lambda: Instant(now))


@pytest.mark.parametrize(
    ("now", "number"),
    [(0, 1), (SECOND_AT - 1, 1), (SECOND_AT, 2), (THIRD_AT - 1, 2), (THIRD_AT, 3), (2**50, 3)],
)
def test_a_release_is_sealed_under_from_its_moment_on(now: int, number: int) -> None:
    assert number == releases(now).newest


@pytest.mark.parametrize(
    ("number", "from_", "until"),
    [
        (1, 0, SECOND_AT + 72 * HOUR),
        (2, SECOND_AT - 300 * SECOND, THIRD_AT + 72 * HOUR),
        (3, THIRD_AT - 300 * SECOND, ENDS_AT + 72 * HOUR),
    ],
)
def test_a_proof_time_is_good_between_the_two_ends(number: int, from_: int, until: int) -> None:
    here = releases()
    for at, good in ((from_ - 1, from_ == 0), (from_, True), (until, True), (until + 1, False)):
        assert good is here.in_force(number, Instant(at)), at


def test_an_unknown_release_is_neither_here_nor_in_force() -> None:
    here = releases()
    assert here.release(4) is None
    assert not here.in_force(4, NOW)
    with pytest.raises(Misconfigured, match="catalogue_missing"):
        here.schemas(4)


def test_a_release_that_is_taken_in_replaces_none_that_is_here() -> None:
    here = Releases([a_release(1)], lambda: NOW)
    first = here.release(1)
    here.take([a_release(1, 5), a_release(2)])
    assert (1, 2) == here.numbers
    assert first is here.release(1)
    assert 2 == here.newest


def test_without_a_successor_the_end_counts_after_its_grace() -> None:
    here = releases()
    assert not here.expired(Instant(ENDS_AT + 72 * HOUR))
    assert here.expired(Instant(ENDS_AT + 72 * HOUR + 1))


def test_what_an_environment_began_with_always_counts() -> None:
    here = always(CATALOGUE)
    assert here.in_force(CATALOGUE.release, Instant(2**50))
    assert not here.expired(Instant(2**50))
    assert CATALOGUE.release == here.newest
