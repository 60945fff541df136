"""From a row to a voucher: everything the file says is in the draft, and the draft is in schema."""

from collections.abc import Mapping

import pytest

from hub.desks.bureau import payment
from hub.parties import Party
from hub.voucher.model import LayerType
from ops.payments_import.columns import COLUMNS
from ops.payments_import.requests import Known, number_of, request, strangers, unit_of
from ops.payments_import.rows import PaymentRow, parse
from tests.support.sealed import schemas

DAY = "20261121"
EXAMPLE = {column.header_zh: column.example for column in COLUMNS}
KNOWN = Known(
    finances={"370100": Party("011", "370100")},
    banks={"102451000017": Party("102", "370100")},
    units=frozenset({Party("800", "370100-101001")}),
    treasuries={"0215000000": Party("001", "0215000000")},
)


def a_row(changes: Mapping[str, str] | None = None) -> PaymentRow:
    cells = EXAMPLE | dict(changes or {})
    (row,) = parse(f"{','.join(cells)}\n{','.join(cells.values())}\n".encode()).rows
    return row


@pytest.mark.parametrize(
    ("changes", "kind", "issuer"),
    [
        ({}, "5201", "011.370100"),
        ({"支付方式": "12", "凭证类型": ""}, "8202", "800.370100-101001"),
        ({"收款人银行行号": "", "备注": "补付", "支出类型编码": ""}, "5201", "011.370100"),
    ],
)
def test_a_row_becomes_a_voucher_in_schema(changes: dict[str, str], kind: str, issuer: str) -> None:
    row = a_row(changes)
    draft = payment(request(row, KNOWN, DAY), "sd-test", 1)
    voucher = draft.id.voucher
    assert (kind, issuer, ("102.370100",)) == (voucher.kind, str(voucher.issuer), draft.to)
    octets = schemas().write(kind, voucher.division, voucher.year, LayerType.ORIGINAL, draft.body)
    body = schemas().parse(kind, voucher.division, voucher.year, LayerType.ORIGINAL, octets)
    said = {**body.fields, **body.details[0]}
    for name, value in row.fields.items():
        if name not in {"VoucherNo", "PayTypeCode"}:
            assert value == said[name], name
    assert row.fields["PayAmt"] == body.fields["PayAmt"] == body.details[0]["PayAmt"]


def test_the_same_row_gets_the_same_number_again_and_another_row_another() -> None:
    assert number_of(a_row(), "2026") == number_of(a_row(), "2026")
    assert number_of(a_row(), "2026") != number_of(a_row({"用途": "别的"}), "2026")
    assert "A-1" == number_of(a_row({"凭证号": "A-1"}), "2026")


def test_whoever_the_register_does_not_know_is_named() -> None:
    nobody = Known({}, {}, frozenset(), {})
    row = a_row({"支付方式": "12", "凭证类型": ""})
    assert ["区划代码", "国库主体代码", "代理银行行号", "基层预算单位编码"] == [
        cell.column for cell in strangers([row], nobody)
    ]
    assert [] == strangers([row], KNOWN)
    assert Party("800", "370100-101001") == unit_of(row)
