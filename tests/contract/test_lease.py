"""Contract of the lease row."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.embedded.memory_lease import MemoryLease
from adapters.store.lease import SqlLease, open_lease
from hub.lease.ports import LeaseState, LeaseStore
from tests.support.stores import TickingClock

LONG = 60_000


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def attach(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], LeaseStore]]:
    """Opens the same lease again, as another machine's keeper does."""
    if request.param == "memory":
        one = MemoryLease(TickingClock())
        yield lambda: one
        return
    url = f"sqlite:///{tmp_path}/lease.db"
    if request.param == "postgres":
        url = request.getfixturevalue("made_postgres")
    opened: list[SqlLease] = []

    def attach() -> SqlLease:
        opened.append(open_lease(url))
        return opened[-1]

    yield attach
    for lease in opened:
        lease.close()


def who(state: LeaseState) -> tuple[str, int]:
    return state.holder, state.token


def test_a_free_lease_is_taken_and_extended(attach: Callable[[], LeaseStore]) -> None:
    lease = attach()
    assert ("", 0) == who(lease.read())
    taken = lease.renew("a", LONG)
    assert ("a", 1) == who(taken)
    assert taken.now + LONG == taken.expires_at
    again = lease.renew("a", 2 * LONG)
    assert ("a", 1) == who(again)
    assert again.expires_at > taken.expires_at


def test_a_held_lease_is_not_taken_by_another(attach: Callable[[], LeaseStore]) -> None:
    mine, theirs = attach(), attach()
    taken = mine.renew("a", LONG)
    refused = theirs.renew("b", LONG)
    assert (("a", 1), taken.expires_at) == (who(refused), refused.expires_at)


def test_an_expired_lease_is_taken_with_the_next_token(attach: Callable[[], LeaseStore]) -> None:
    mine, theirs = attach(), attach()
    mine.renew("a", -1)
    assert ("b", 2) == who(theirs.renew("b", LONG))
    assert ("b", 2) == who(mine.renew("a", LONG))


def test_only_the_holder_releases(attach: Callable[[], LeaseStore]) -> None:
    mine, theirs = attach(), attach()
    mine.renew("a", LONG)
    assert ("a", 1) == who(theirs.release("b"))
    assert ("", 1) == who(mine.release("a"))
    assert ("b", 2) == who(theirs.renew("b", LONG))


def test_a_lease_is_handed_to_another_who_renews_it(attach: Callable[[], LeaseStore]) -> None:
    mine, theirs = attach(), attach()
    mine.renew("a", LONG)
    given = mine.hand_over("b", LONG)
    assert (("b", 2), given.now + LONG) == (who(given), given.expires_at)
    assert ("b", 2) == who(mine.renew("a", LONG))
    assert theirs.renew("b", 2 * LONG).expires_at > given.expires_at
    again = mine.hand_over("b", 9 * LONG)
    assert (("b", 2), True) == (who(again), again.expires_at < again.now + 3 * LONG)


def test_a_lease_is_not_handed_over_under_a_token_that_is_over(
    attach: Callable[[], LeaseStore],
) -> None:
    mine, theirs = attach(), attach()
    mine.renew("a", -1)
    theirs.renew("b", LONG)
    assert ("b", 2) == who(mine.hand_over("c", LONG, 1))
    assert ("c", 3) == who(mine.hand_over("c", LONG, 2))


def test_a_lease_handed_to_nobody_runs_out(attach: Callable[[], LeaseStore]) -> None:
    mine = attach()
    mine.renew("a", LONG)
    assert ("b", 2) == who(mine.hand_over("b", -1))
    assert ("a", 3) == who(mine.renew("a", LONG))


def test_a_new_lease_file_begins_above_the_store_s_token(tmp_path: Path) -> None:
    lease = open_lease(f"sqlite:///{tmp_path}/lease.db", floor=7)
    assert ("a", 8) == who(lease.renew("a", LONG))
    lease.close()
    again = open_lease(f"sqlite:///{tmp_path}/lease.db", floor=3)
    assert ("a", 8) == who(again.read())
    again.close()
