"""A kind that the reference does not know is good with its two samples, and only with them."""

from pathlib import Path

import pytest

from hub.errors import SchemaViolation
from hub.voucher import rules
from hub.voucher.forms import write
from hub.voucher.model import Body, LayerType
from hub.voucher.schema import Schemas
from tests.support.added import FOLDER, added, samples
from tests.support.sealed import schemas

EXAMPLE = (
    b"<Voucher><VoucherFlag>0</VoucherFlag><Id>C1</Id><AdmDivCode>370100</AdmDivCode><StYear>2026"
    b"</StYear><VtCode>2205</VtCode><VouDate>20261120</VouDate><VoucherNo>7</VoucherNo><AgencyCode>"
    b"205001</AgencyCode><AgencyName>n</AgencyName><OriBillNo>3</OriBillNo><PayAcctNo>1</PayAcctNo>"
    b"<PayAcctName>n</PayAcctName><PayAcctBankName>n</PayAcctBankName><PayDate>20261120</PayDate>"
    b"<PayAmt>1.00</PayAmt></Voucher>"
)


def hold(own: Schemas, folder: Path) -> int:
    """Every sample of a folder against schema and rules, and written again; how many."""
    lowest: dict[str, Body] = {}
    found = sorted(samples(folder), key=lambda one: one[1] is not LayerType.ORIGINAL)
    for code, layer, octets in found:
        kind = own.kind(code, "370100", "2026")
        body = own.parse(code, "370100", "2026", layer, octets)
        assert octets == write(kind, layer, body), code
        rules.check(kind, layer, body, lowest.get(code), "2026")
        if layer is LayerType.ORIGINAL:
            lowest.setdefault(code, body)
    return len(found)


def test_every_sample_of_an_added_kind_holds() -> None:
    assert len(list(samples())) == hold(schemas(), FOLDER)
    assert added() <= set(schemas().catalogue.kinds)


def test_one_sample_is_not_enough_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "2205.original.xml").write_bytes(EXAMPLE + b"\n")
    assert 1 == hold(schemas(), tmp_path)
    assert set() == added(tmp_path)
    (tmp_path / "2205.original.2.xml").write_bytes(EXAMPLE)
    assert {"2205"} == added(tmp_path)
    (tmp_path / "2205.original.2.xml").write_bytes(EXAMPLE.replace(b"1.00", b"1.0"))
    with pytest.raises(SchemaViolation, match="field_format"):
        hold(schemas(), tmp_path)
