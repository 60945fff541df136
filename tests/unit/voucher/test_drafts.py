"""A draft's file says each thing once: two amounts are no amount."""

import json
from collections.abc import Mapping

import pytest

from hub.errors import Malformed
from hub.voucher import drafts
from tests.support.sealed import a_draft

TEXT = drafts.write(a_draft(rows=2)).decode()


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
