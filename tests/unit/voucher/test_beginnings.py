"""SM3 of octets that begin alike."""

from hypothesis import given
from hypothesis import strategies as st

from hub.voucher.suites.beginnings import Beginnings
from hub.voucher.suites.sm2_sm3 import NAMED, open_suite

SUITE = open_suite()
plain = SUITE.library.sm3
pieces = st.lists(st.sampled_from([b"", b"a", b"b", b"seal" * 40, b"seal" * 41]), max_size=6)


@given(st.lists(st.tuples(st.integers(0, 2), pieces, st.integers(0, 400)), max_size=12))
def test_whatever_was_hashed_before_a_digest_is_that_of_its_octets(
    asked: list[tuple[int, list[bytes], int]],
) -> None:
    begun = Beginnings(b"head", 2)
    for name, parts, hint in asked:
        data = b"".join(parts)
        assert plain(b"head" + data) == begun.digest(name, data, min(hint, len(data)))


@given(pieces, pieces, st.integers(0, 400))
def test_a_hint_never_changes_what_the_suite_says(
    first: list[bytes], second: list[bytes], hint: int
) -> None:
    for parts in (first, second, first):
        data = b"n" * NAMED + b"".join(parts)
        assert plain(data) == SUITE.digest(data, min(hint, len(data)))
        assert plain(data) == SUITE.digest(data)
        assert plain(data) == SUITE.digest(data)
