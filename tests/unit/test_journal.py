"""The journal: every change, gap, cut and swap of a lane shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import MINUTE, SECOND, Instant
from hub.errors import Damaged
from hub.journal import (
    BACK_MS,
    GENESIS,
    Anchor,
    Entry,
    Hold,
    Lane,
    append,
    check,
    checkpoint,
    held,
)

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


def at(number: int, text: str = "true") -> Anchor:
    """A neighbour's checkpoint."""
    return Anchor("a" * 16, number, text.encode())


NOW = Instant(1_000 * MINUTE)
HELD = Hold(at(100))


def later(ms: int) -> Instant:
    return Instant(NOW + ms)


def test_a_journal_that_was_cut_never_replaces_what_was_held_of_it() -> None:
    kept = HELD
    for minute, number in enumerate(range(90, 200)):
        for beat in range(6):
            now = later(minute * MINUTE + beat * 10 * SECOND)
            kept = held(kept, at(number, f"forged {number}"), now)
    assert Hold(at(100), NOW, NOW) == kept


def test_another_hash_of_the_number_that_is_held_is_a_step_back_at_once() -> None:
    back = held(HELD, at(100, "forged"), NOW)
    assert Hold(at(100), NOW, NOW) == back
    assert back == held(back, at(100), later(SECOND))
    assert back == held(back, at(101), later(SECOND))


def test_an_old_beat_between_newer_ones_is_no_step_back() -> None:
    kept = HELD
    for number, newest in ((99, 100), (98, 100), (100, 100), (99, 101)):
        behind = held(kept, at(number), NOW)
        assert not behind.back_since
        kept = held(behind, at(newest), later(BACK_MS))
        assert Hold(at(newest)) == kept


def test_nothing_but_lower_numbers_for_half_a_minute_is_a_step_back() -> None:
    behind = held(HELD, at(90), NOW)
    assert behind == held(behind, at(91), later(BACK_MS - 1))
    assert Hold(at(100), NOW, NOW) == held(behind, at(91), later(BACK_MS))


def test_since_when_a_journal_is_behind_begins_again_when_the_clock_was_put_back() -> None:
    behind = held(HELD, at(90), later(MINUTE))
    assert Hold(at(100), NOW) == held(behind, at(90), NOW)


def test_another_life_of_a_neighbour_s_store_is_no_step_back() -> None:
    restored = Anchor("b" * 16, 3, b"restored")
    assert Hold(restored) == held(Hold(at(100), NOW, NOW), restored, NOW)
