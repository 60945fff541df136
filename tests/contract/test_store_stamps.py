"""Contract of the store: stamped lists, and the windows of the journal that want one."""

from collections.abc import Iterator

import pytest

from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.windows import Window, Windows
from hub.clock import HOUR, MINUTE, Instant
from hub.exchange.stamps import NEAR, Span, StampedList, listed, names
from hub.parties import NodeId
from tests.support.archived import checkpoint, pass_days, record
from tests.support.stores import Site, look, write

AT = Instant(1_790_000_000_000)
SPAN = Span("sd-test", NodeId("bank-a"), "00" * 8, 1, 2)


def a_list(number: int, ends_at: int) -> StampedList:
    octets = f"list {number}".encode()
    return StampedList(number, Instant(ends_at), Instant(ends_at + 5), octets, b"token")


def test_lists_are_found_by_the_moment_something_was_recorded(site: Site) -> None:
    lists = [a_list(5 * n, AT + n * HOUR) for n in range(1, 9)]
    assert 0 == look(site.store, lambda tx: tx.last_stamped())
    write(site.store, lambda tx: tx.add_stamped(lists))
    assert 40 == look(site.attach(), lambda tx: tx.last_stamped())
    for moments, expected in (
        ([Instant(AT + HOUR - MINUTE)], lists[:NEAR]),
        ([Instant(AT + HOUR + MINUTE)], lists[:NEAR]),  # its clock was a minute ahead
        ([Instant(AT + HOUR + MINUTE + 1)], lists[1 : NEAR + 1]),
        ([Instant(AT + 8 * HOUR), Instant(AT)], [*lists[:NEAR], lists[7]]),
        ([Instant(AT + 99 * HOUR)], []),
        ([], []),
    ):
        assert expected == look(
            site.store,
            lambda tx, at=moments: tx.stamped_lists(at),  # type: ignore[misc]
        )


def test_a_list_that_is_there_stays_as_it_is(site: Site) -> None:
    first = a_list(5, AT)
    write(site.store, lambda tx: tx.add_stamped([first]))
    write(site.store, lambda tx: tx.add_stamped([a_list(5, AT + HOUR), a_list(6, AT)]))
    assert [first, a_list(6, AT)] == look(site.store, lambda tx: tx.stamped_lists([AT]))


def test_a_list_names_what_it_was_made_of_in_its_own_environment_alone() -> None:
    there, other = bytes(range(32)), bytes(32)
    octets = listed(SPAN, [there, b"\xff" * 32, there])
    head, *lines = octets.decode().splitlines()
    assert f"evx-stamped-1 sd-test bank-a {'00' * 8} 1 2" == head
    assert [there.hex(), "ff" * 32] == lines
    assert (True, False) == (names(octets, "sd-test", there), names(octets, "sd-test", other))
    assert not names(octets, "sd", there)
    assert not names(octets[1:], "sd-test", there)


@pytest.fixture
def store(made_url: str) -> Iterator[SqlStore]:
    made = open_store(made_url)
    yield made
    made.close()


def minutes(store: SqlStore, count: int) -> None:
    for _ in range(count):
        checkpoint(store)


def keep(store: SqlStore, window: Window) -> None:
    row = StampedList(window.closing.number, window.closing.at, window.closing.at, b"", b"")
    with store.begin() as tx:
        tx.add_stamped([row])
        tx.commit()


def test_every_message_is_in_exactly_one_closed_window(store: SqlStore) -> None:
    windows, stamped = Windows(store, 2), list[frozenset[bytes]]()
    first = record(store, "a", "b")
    assert windows.due() is None, "no checkpoint covers it"
    minutes(store, 1)
    second = record(store, "c")
    assert windows.due() is None, "the window is open"
    minutes(store, 1)
    third = record(store, "d")
    minutes(store, 2)
    open_ = record(store, "e")
    minutes(store, 1)
    for window in (windows, Windows(store, 2)):  # the second as another process finds it
        found = window.due()
        assert found is not None
        assert found == window.due(), "what is not kept is due again"
        keep(store, found)
        stamped.append(found.digests)
    assert [frozenset({*first, *second}), frozenset(third)] == stamped
    assert (None, None) == (windows.due(), Windows(store, 2).due())
    minutes(store, 1)
    last = windows.due()
    assert last is not None
    assert (frozenset(open_), 4, 6) == (last.digests, last.opening.number, last.closing.number)


def test_windows_in_which_nothing_was_recorded_are_passed_over(store: SqlStore) -> None:
    minutes(store, 9)
    windows = Windows(store, 2)
    assert windows.due() is None
    late = record(store, "a")
    minutes(store, 1)
    found = windows.due()
    assert found is not None
    assert (8, 10, frozenset(late)) == (found.opening.number, found.closing.number, found.digests)


def test_a_node_that_never_stamped_begins_a_day_back(store: SqlStore) -> None:
    record(store, "old")
    minutes(store, 2)
    pass_days(store, 2)
    young = record(store, "young")
    minutes(store, 2)
    found = Windows(store, 1).due()
    assert found is not None
    assert (frozenset(young), 2) == (found.digests, found.opening.number)
    keep(store, found)
    assert Windows(store, 1).due() is None
