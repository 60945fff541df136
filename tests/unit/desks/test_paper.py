"""What is read as JSON from a core or a party: UTF-8, and texts that every store takes."""

import codecs
import json

import pytest

from hub.desks.paper import read_json
from hub.errors import Malformed

WHOLE = {"code": "销户", "rows": ["𠀀", "\\u0000 in letters"]}


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_utf_8_is_read_with_and_without_a_mark_before_it(
    mark: bytes,
    escaped: bool,  # noqa: FBT001 - by the table
) -> None:
    assert WHOLE == read_json(mark + json.dumps(WHOLE, ensure_ascii=escaped).encode())


@pytest.mark.parametrize(
    "octets",
    [
        b'"\xed\xa0\x80"',  # half a pair, as it would stand in UTF-8
        b'{"\xed\xb0\x80": 1}',
        b'["\\ud800"]',
        b'{"a": {"\\u0000": 1}}',
        b'"\x00"',
        b'"\xff"',
        '["\\u0000"]'.encode("utf-16"),
        '["\\ud800"]'.encode("utf-32-le"),
        json.dumps(WHOLE).encode("utf-16-be"),
        json.dumps(WHOLE, ensure_ascii=False).encode("gb18030"),
        2 * codecs.BOM_UTF8 + b"{}",
        b"",
    ],
)
def test_what_is_no_utf_8_or_no_text_for_a_store_says_nothing(octets: bytes) -> None:
    with pytest.raises(Malformed, match=r"^core_answer_form "):
        read_json(octets)
