"""A draft's file says each thing once: two amounts are no amount."""

import json
from collections.abc import Mapping

import pytest

from hub.errors import Malformed
from hub.voucher import drafts
from hub.voucher.codes import CODES
from tests.support.sealed import a_draft

TEXT = drafts.write(a_draft(rows=2)).decode()
WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")


def refused(text: str) -> Mapping[str, object]:
    with pytest.raises(Malformed, match="draft_form") as caught:
        drafts.read(text.encode())
    return caught.value.context


def test_what_was_written_is_read_again() -> None:
    assert a_draft(rows=2) == drafts.read(TEXT.encode())
    assert json.loads(TEXT)["details"]


@pytest.mark.parametrize("name", ["PayAmt", "PayeeAcctNo", "number", "Id", "to"])
@pytest.mark.parametrize("last", [False, True])
def test_a_name_that_stands_twice_is_refused(name: str, *, last: bool) -> None:
    """Another reader takes the first of two values, and shows that one to the clerk."""
    at = TEXT.rindex(f'"{name}":') if last else TEXT.index(f'"{name}":')
    assert {"member": "json"} == refused(f'{TEXT[:at]}"{name}": "1", {TEXT[at:]}')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_a_mark_before_it_or_none(encoding: str) -> None:
    assert a_draft(rows=2) == drafts.read(TEXT.encode(encoding))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *((wide, text) for wide in WIDE for text in (TEXT, json.dumps(json.loads(TEXT)))),
        ("gb18030", TEXT),
    ],
)
def test_another_encoding_is_refused_and_not_guessed(encoding: str, text: str) -> None:
    """Whoever reads the same octets as UTF-8 would see other text, or none."""
    with pytest.raises(Malformed, match="draft_encoding"):
        drafts.read(text.encode(encoding))


def test_the_advice_names_what_is_read_in_both_languages() -> None:
    said = CODES["draft_encoding"]
    assert all("UTF-8" in text and "UTF-16" in text for text in (said.why, said.why_zh))
    assert all("UTF-8" in text for text in (said.do, said.do_zh))
