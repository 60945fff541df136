"""The journal: every change, gap, cut and swap of a lane shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import Damaged
from hub.journal import GENESIS, Entry, Lane, append, check, checkpoint

LANE = str(Lane("a1", "m1", "w0", "1"))
PAYLOADS = st.lists(st.binary(max_size=30), min_size=1, max_size=8)
Head = tuple[int, bytes]


def a_lane(payloads: list[bytes]) -> tuple[list[Entry], Head]:
    entries: list[Entry] = []
    head: Head = (0, GENESIS)
    for payload in payloads:
        entry = append(LANE, head, payload, Instant(1))
        entries.append(entry)
        head = (entry.n, entry.hash)
    return entries, head


@given(PAYLOADS)
def test_an_untouched_lane_holds(payloads: list[bytes]) -> None:
    entries, head = a_lane(payloads)
    assert len(payloads) == check(LANE, entries, head)


def test_an_empty_lane_holds() -> None:
    assert 0 == check(LANE, [], (0, GENESIS))


@given(PAYLOADS, st.data())
def test_a_changed_payload_shows_where_it_stands(
    payloads: list[bytes], data: st.DataObject
) -> None:
    entries, head = a_lane(payloads)
    where = data.draw(st.integers(0, len(entries) - 1))
    entries[where] = replace(entries[where], payload=entries[where].payload + b"x")
    with pytest.raises(Damaged) as found:
        check(LANE, entries, head)
    assert ("journal_broken", where + 1) == (found.value.code, found.value.context["n"])


@given(PAYLOADS, st.data())
def test_a_missing_entry_shows(payloads: list[bytes], data: st.DataObject) -> None:
    entries, head = a_lane(payloads)
    where = data.draw(st.integers(0, len(entries) - 1))
    last = where == len(entries) - 1
    del entries[where]
    with pytest.raises(Damaged) as found:
        check(LANE, entries, head)
    assert ("journal_head" if last else "journal_gap") == found.value.code


def test_a_lane_written_anew_does_not_end_at_the_recorded_head() -> None:
    _, head = a_lane([b"one", b"two"])
    entries, _ = a_lane([b"one", b"2"])
    with pytest.raises(Damaged, match="journal_head"):
        check(LANE, entries, head)


def test_a_checkpoint_depends_on_every_head_and_on_no_order() -> None:
    heads = [("b", 2, b"\x02" * 32), ("a", 1, b"\x01" * 32)]
    assert checkpoint(heads) == checkpoint(reversed(heads))
    for index in range(2):
        lane, n, head = heads[index]
        for other in ((lane + "x", n, head), (lane, n + 1, head), (lane, n, b"\x03" * 32)):
            assert checkpoint(heads) != checkpoint([other, heads[1 - index]])
