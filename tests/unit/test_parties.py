"""Parties: three digits, a dot, a code; nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Malformed
from hub.parties import Party, party


@given(st.from_regex(r"[0-9]{3}\.[0-9A-Za-z-]{1,40}\Z", fullmatch=True))
def test_reading_and_writing_are_inverse(text: str) -> None:
    assert text == str(party(text))


@pytest.mark.parametrize(
    "text",
    [
        "", "011", "011.", "11.370100", "0111.1", "011.370100\n", "０11.1", "011.a b",
        "011." + "1" * 41,
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match=r"^party_format$"):
        party(text)


@pytest.mark.parametrize(
    ("org_type", "bank"),
    [("001", False), ("011", False), ("102", True), ("314", True), ("800", False), ("999", False)],
)
def test_banks_are_known_by_their_type(org_type: str, *, bank: bool) -> None:
    assert bank == Party(org_type, "1").is_bank
