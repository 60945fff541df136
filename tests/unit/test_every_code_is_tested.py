"""Every code of the voucher library, of trust and of keys is named by a test."""

import re
from pathlib import Path
from typing import Final

import pytest

from hub.trust.codes import CODES as TRUST
from hub.voucher.codes import CODES as VOUCHER
from keys.codes import CODES as KEYS

TESTS: Final = Path(__file__).parents[1]
VECTORS: Final = TESTS.parent / "docs/reference/wire-vectors.json"
UNTESTED: Final[dict[str, str]] = {}
"""Code → why no test can name it."""


@pytest.fixture(name="words", scope="module")
def _words() -> frozenset[str]:
    """Every word of every other test, and every code of the vectors that tests replay."""
    files = [path for path in TESTS.rglob("*.py") if path != Path(__file__)]
    found = {word for path in files for word in re.findall(r"\w+", path.read_text("utf-8"))}
    return frozenset(found | set(re.findall(r'"code": "(\w+)"', VECTORS.read_text("utf-8"))))


@pytest.mark.parametrize("codes", [VOUCHER, TRUST, KEYS], ids=["hub.voucher", "hub.trust", "keys"])
def test_every_code_is_named_by_a_test(codes: dict[str, object], words: frozenset[str]) -> None:
    assert [] == sorted(codes.keys() - words - UNTESTED.keys())


def test_what_is_excused_is_a_code_that_no_test_names(words: frozenset[str]) -> None:
    assert set() == UNTESTED.keys() - (VOUCHER.keys() | TRUST.keys() | KEYS.keys())
    assert set() == UNTESTED.keys() & words
