"""What a page says: everything the voucher holds, once, under its Chinese names."""

import pytest

from adapters.pages.content import Verdict, content
from adapters.pages.details import details
from adapters.pages.labels import date, figures
from hub.voucher.model import Body, LayerType
from tests.support.pages import (
    AT,
    a_header,
    a_kind,
    a_row,
    a_voucher,
    an_original,
    bank_faces,
    finance_faces,
)

RECEIPT = Body(
    {"VoucherFlag": "1", "XPayDate": "20261121", "XPayAmt": "100.00"},
    ({"Id": "2", "XPayAmt": "0.00", "XAddWord": "账号不符"}, {"Id": "1", "XPayAmt": "100.00"}),
)


def said() -> str:
    arranged = content(an_original(), a_kind(), {}, None, "")
    texts = [value for _, value in (*arranged.payer, *arranged.payee, *arranged.pairs)]
    amount = arranged.amount
    assert amount
    return "\n".join([*texts, arranged.number, arranged.date, amount.figures, arranged.division])


@pytest.mark.parametrize("name", sorted(a_header().keys() - {"Id", "StYear", "VtCode", "Remark"}))
def test_every_field_of_the_header_is_on_the_page(name: str) -> None:
    value = {"PayAmt": "12,345.60", "VouDate": "2026 年 11 月 21 日"}.get(name, a_header()[name])
    assert value in said()


def test_a_field_the_catalogue_does_not_name_is_shown_under_its_own() -> None:
    arranged = content(an_original(Unheard="value"), a_kind(), {}, None, "")
    assert ("Unheard", "value") in arranged.pairs


def test_code_and_name_stand_together_and_empty_fields_nowhere() -> None:
    arranged = content(an_original(), a_kind(), {}, None, "")
    labels = dict(arranged.pairs)
    assert "2050202 小学教育" == labels["支出功能分类科目"]
    assert "备注" not in labels


def test_the_amount_is_in_capitals_and_figures() -> None:
    amount = content(an_original(), a_kind(), {}, None, "").amount
    assert amount
    assert ("壹万贰仟叁佰肆拾伍元陆角整", "¥12,345.60") == (amount.capitals, amount.figures)


def test_a_receipt_lies_over_the_rows_of_the_same_id() -> None:
    voucher = a_voucher(
        (LayerType.ORIGINAL, Body(a_header(), (a_row(1), a_row(2)))), (LayerType.RECEIPT, RECEIPT)
    )
    table = details(voucher, a_kind())
    assert table
    names = [column.name for column in table.columns]
    paid, word = names.index("XPayAmt"), names.index("XAddWord")
    assert [("100.00", ""), ("0.00", "账号不符")] == [
        (row.cells[paid], row.cells[word]) for row in table.rows
    ]
    assert "100.00" == table.totals[paid]
    assert "200.00" == table.totals[names.index("PayAmt")]


def test_what_every_row_shares_with_the_header_is_not_said_again() -> None:
    table = details(an_original([a_row(1), a_row(2)]), a_kind())
    assert table
    assert not {"AgencyName", "ExpFuncName"} & {column.name for column in table.columns}


def test_what_has_no_column_stands_as_small_print() -> None:
    rows = [a_row(n, **{f"Extra{i}": f"extra-{i}-{n}" for i in range(9)}) for n in (1, 2)]
    table = details(an_original(rows), a_kind())
    assert table
    for number, row in enumerate(table.rows, 1):
        whole = "\n".join((*row.cells, row.rest))
        assert all(f"extra-{i}-{number}" in whole for i in range(9))
    assert sum(column.width for column in table.columns) == pytest.approx(100)


def test_an_assumed_code_shows_that_it_is_assumed() -> None:
    assert "暂定" in content(an_original(), a_kind(certain=False), {}, None, "").kind
    assert "5201" == content(an_original(), a_kind(), {}, None, "").kind


def test_a_page_says_when_nothing_was_verified() -> None:
    assert "未验证" in content(an_original(), a_kind(), {}, None, "").verdict
    failed = Verdict("TOTAL_FAILED", "HASH_FAILURE", AT)
    line = content(an_original(), a_kind(), {}, failed, "").verdict
    assert "未通过（HASH_FAILURE）" in line
    assert "2026-11-21 16:00:00" in line


@pytest.mark.parametrize(
    ("timestamp", "said"),
    [("not_done", "（无时间戳）"), ("failed", "（时间戳未通过）"), ("passed", "")],
)
def test_a_page_says_when_no_time_stamp_was_examined(timestamp: str, said: str) -> None:
    passed = Verdict("TOTAL_PASSED", None, AT, timestamp)
    line = content(an_original(), a_kind(), {}, passed, "").verdict
    assert f"验证结果：验证通过{said}　2026-11-21 16:00:00" == line


def test_seals_stand_by_layer_in_sealing_order() -> None:
    voucher = a_voucher((LayerType.ORIGINAL, Body(a_header())), (LayerType.RECEIPT, RECEIPT))
    faces = {LayerType.RECEIPT: bank_faces(), LayerType.ORIGINAL: finance_faces()}
    assert (("原件", finance_faces()), ("回单", bank_faces())) == content(
        voucher, a_kind(), faces, None, ""
    ).seals


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1234567.89", "1,234,567.89"), ("-0.05", "-0.05"), ("0.00", "0.00"), ("12x", "12x")],
)
def test_amounts_have_separators_and_nothing_is_guessed(text: str, shown: str) -> None:
    assert shown == figures(text)


def test_dates_are_read_as_people_write_them() -> None:
    assert ("2026-11-21", "2026") == (date("20261121"), date("2026"))
