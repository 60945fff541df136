"""Shipped segments show every damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import Damaged
from ops.backup import segment
from ops.backup.segment import NOTHING, At, Segment

ONE = Segment(
    "20261121T080000000Z",
    4,
    NOTHING,
    Instant(5),
    At(b"12345678", 10, b"abcdefgh"),
    At(b"12345678", 12, b"ijklmnop"),
    512,
    9,
    {9: b"n" * 512, 1: b"o" * 512},
)


def test_a_segment_is_read_back_as_written() -> None:
    assert ONE == segment.read(segment.write(ONE))


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_damaged_page_is_told(at: int, change: int) -> None:
    octets = bytearray(segment.write(ONE))
    begin = octets.index(b"\n") + 1
    octets[begin + at % (len(octets) - begin)] ^= change
    with pytest.raises(Damaged, match="segment_damaged"):
        segment.read(bytes(octets))


@given(st.binary(max_size=200))
def test_no_octets_at_all_are_a_segment(octets: bytes) -> None:
    with pytest.raises(Damaged, match="segment_damaged"):
        segment.read(octets)


def test_a_cut_off_segment_is_told() -> None:
    with pytest.raises(Damaged, match="segment_damaged"):
        segment.read(segment.write(ONE)[:-1])


@pytest.mark.parametrize(
    ("end", "seen", "expected"),
    [
        ((b"\0\0\0\5aaaa", 7), (b"\0\0\0\5aaaa", 7), True),
        ((b"\0\0\0\5aaaa", 6), (b"\0\0\0\5aaaa", 7), False),
        ((b"\0\0\0\6bbbb", 1), (b"\0\0\0\5aaaa", 7), True),
        ((b"\0\0\0\5aaaa", 9), (b"\0\0\0\6bbbb", 1), False),
        ((b"\0\0\0\0bbbb", 1), (b"\xff\xff\xff\xffaaaa", 7), True),
        ((b"\0\0\0\5aaaa", 0), (b"", 0), True),
    ],
)
def test_a_row_of_segments_reaches_what_a_copy_holds(
    end: tuple[bytes, int],
    seen: tuple[bytes, int],
    expected: bool,  # noqa: FBT001
) -> None:
    assert expected == segment.reached(At(*end, b""), *seen)
