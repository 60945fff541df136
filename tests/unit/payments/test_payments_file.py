"""A payments file: every octet sequence is read or refused, every row has one fate."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError, Malformed
from ops.payments_import.columns import COLUMNS
from ops.payments_import.plan import plan
from ops.payments_import.rows import Parsed, parse
from tests.support.payments import SAMPLES, as_csv, flawed, rows

EXAMPLE = {column.header_zh: column.example for column in COLUMNS}


def a_file(
    *rows: Mapping[str, str], header: Sequence[str] = tuple(EXAMPLE), encoding: str = "utf-8"
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows({**EXAMPLE, **row}.values() for row in rows)
    return text.getvalue().encode(encoding)


def a_row(number: int, **changes: str) -> dict[str, str]:
    return {"业务追溯识别码": f"2026-{number}", "收款人账号": f"62220216{number:06d}"} | changes


def read(octets: bytes) -> Parsed | str:
    """The parsed file, or the code it is refused with; any other exception is a failure."""
    try:
        return parse(octets)
    except HubError as error:
        return error.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_encoding_gives_the_same_rows(encoding: str) -> None:
    plain, other = (
        parse(a_file(a_row(1), a_row(2))),
        parse(a_file(a_row(1), a_row(2), encoding=encoding)),
    )
    assert plain.rows == other.rows
    assert ((), 2) == (other.bad, len(other.rows))


def test_field_names_serve_as_headers_too() -> None:
    named = parse(a_file(a_row(1), header=[column.field for column in COLUMNS]))
    assert parse(a_file(a_row(1))).rows == named.rows


def test_a_row_says_what_it_asks_for() -> None:
    row = parse(a_file(a_row(1, 支付金额="12345.6", 凭证类型=""))).rows[0]
    assert (2, "370100", "5201", "101001", "102451000017", 1234560) == (
        row.line, row.division, row.kind, row.unit, row.bank, row.amount_fen,
    )  # fmt: skip
    assert "12345.60" == row.fields["PayAmt"]
    assert "备注" not in row.fields


@pytest.mark.parametrize(
    ("column", "seen"),
    [
        ("支付金额", "0.00"),
        ("支付金额", "-1.00"),
        ("支付金额", "1,234.00"),
        ("支付金额", "12.345"),
        ("支付金额", "１２"),
        ("支付金额", ""),
        ("收款人账号", "6.22202E+18"),
        ("区划代码", "3701"),
        ("功能分类编码", "205"),
        ("收款人全称", ""),
        ("收款人全称", "甲\x07乙"),
        ("收款人全称", "甲" * 301),
        ("支付方式", "99"),
        ("凭证类型", "2301"),
    ],
)
def test_a_bad_cell_is_named_and_its_row_is_not_sent(column: str, seen: str) -> None:
    parsed = parse(a_file(a_row(1), a_row(2, **{column: seen}), a_row(3)))
    assert [2, 4] == [row.line for row in parsed.rows]
    (bad,) = parsed.bad
    assert (3, column) == (bad.line, bad.column)
    assert bad.seen.startswith(seen[:60])
    assert bad.expected
    assert bad.expected_zh


@pytest.mark.parametrize("unseen", ["\u200b", "\u200f", "\u202e", "\u2060", "\u2066"])
def test_a_name_with_a_sign_that_nobody_sees_is_named_and_not_sent(unseen: str) -> None:
    parsed = parse(a_file(a_row(1), a_row(2, 收款人全称=f"甲{unseen}乙公司")))
    assert [(3, "收款人全称")] == [(bad.line, bad.column) for bad in parsed.bad]
    assert [2] == [row.line for row in parsed.rows]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = a_file(a_row(1), a_row(2)).decode().replace("教学用品", '"教学\n用品"')
    assert [(2, "用途"), (4, "用途")] == [(b.line, b.column) for b in parse(text.encode()).bad]


def test_a_missing_an_unknown_and_a_repeated_column_are_named_and_nothing_is_read() -> None:
    parsed = parse("区划代码,区划代码,颜色\n370100,370100,红\n".encode())
    assert () == parsed.rows
    columns = [bad.column for bad in parsed.bad]
    assert ["区划代码", "颜色"] == columns[:2]
    assert "支付金额" in columns


def test_a_short_row_is_bad_as_a_whole() -> None:
    parsed = parse(a_file(a_row(1)) + b"1,2,3\n")
    assert [("*", "3")] == [(bad.column, bad.seen) for bad in parsed.bad]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "csv_empty"),
        (b"\n \n,,\n", "csv_empty"),
        ("区划".encode("utf-16"), "csv_utf16"),
        (b"\xff\xff\xff", "csv_encoding"),
        (b'"open', "csv_broken"),
        (b"a," * 300, "csv_too_many_cells"),
        (b'"' + b"x" * 200_000 + b'"', "csv_broken"),
    ],
)
def test_a_file_that_is_none_is_refused_by_its_code(octets: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(octets)
    assert code == refused.value.code


@given(st.binary(max_size=2000))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    parsed = read(octets)
    assert isinstance(parsed, str) or len(parsed.file_id) == 64


@given(st.lists(st.text(max_size=40), min_size=1, max_size=40), st.data())
def test_any_cells_are_read_or_named(cells: list[str], data: Any) -> None:
    header = data.draw(st.permutations(list(EXAMPLE)))
    text = io.StringIO()
    csv.writer(text).writerows([header, [*EXAMPLE.values()], cells])
    parsed = read(text.getvalue().encode("utf-8", "surrogatepass"))
    if isinstance(parsed, Parsed):
        assert {bad.line for bad in parsed.bad}.isdisjoint(row.line for row in parsed.rows)
    else:
        assert parsed.startswith("csv_")


def test_the_corrected_file_sends_only_what_was_never_sent() -> None:
    first = parse(a_file(a_row(1), a_row(2, 支付金额="x"), a_row(3)))
    sent = {row.id for row in plan(first, (), ()).send}
    keys = {row.business_key for row in first.rows}
    corrected = parse(a_file(a_row(3), a_row(2), a_row(1)))
    second = plan(corrected, sent, keys)
    assert [3] == [row.line for row in second.send]
    assert [2, 4] == [row.line for row in second.already_sent]
    assert () == second.held


def test_blanks_and_full_width_do_not_make_another_row() -> None:
    read_rows = parse(a_file(a_row(1), a_row(1, 收款人全称=" 明湖文具 有限公司　"))).rows
    assert read_rows[0].id == read_rows[1].id
    assert "明湖文具 有限公司" == read_rows[1].fields["PayeeAcctName"]


def test_the_same_payment_again_is_held_until_a_person_allows_it() -> None:
    parsed = parse(a_file(a_row(1), a_row(1, 业务追溯识别码="2026-9")))
    held = plan(parsed, (), ())
    assert [(3, 2)] == [(h.row.line, h.like_line) for h in held.held]
    allowed = plan(parsed, (), (), allowed={held.held[0].row.id})
    assert [2, 3] == [row.line for row in allowed.send]


def test_the_very_same_row_twice_is_never_two_payments() -> None:
    parsed = parse(a_file(a_row(1), a_row(1)))
    planned = plan(parsed, (), (), allowed={parsed.rows[0].id})
    assert ([2], [3]) == ([r.line for r in planned.send], [h.row.line for h in planned.held])


def test_a_payment_like_a_recent_one_is_held() -> None:
    parsed = parse(a_file(a_row(1)))
    held = plan(parsed, (), {parsed.rows[0].business_key}).held
    assert [0] == [h.like_line for h in held]


@given(st.lists(st.integers(0, 5), max_size=12), st.sets(st.integers(0, 5)))
def test_every_row_has_exactly_one_fate_and_money_is_conserved(
    numbers: list[int], before: set[int]
) -> None:
    parsed = parse(a_file(*(a_row(n) for n in numbers)))
    sent = {row.id for row in parse(a_file(*(a_row(n) for n in before))).rows}
    planned = plan(parsed, sent, ())
    fates = [*planned.send, *planned.already_sent, *(h.row for h in planned.held)]
    assert sorted(r.line for r in parsed.rows) == sorted(r.line for r in fates)
    assert sum(r.amount_fen for r in parsed.rows) == sum(r.amount_fen for r in fates)
    assert len({r.id for r in planned.send}) == len(planned.send)


def test_a_number_stands_once_in_a_file() -> None:
    parsed = parse(a_file(a_row(1, 凭证号="A-1"), a_row(2, 凭证号="A-1"), a_row(3)))
    assert [2, 4] == [row.line for row in parsed.rows]
    assert [(3, "凭证号", "A-1")] == [(bad.line, bad.column, bad.seen) for bad in parsed.bad]


def test_the_sample_files_are_what_their_builder_makes() -> None:
    assert as_csv(rows(500)) == (SAMPLES / "payments-500.csv").read_bytes()
    assert flawed() == (SAMPLES / "payments-with-errors.csv").read_bytes()


def test_the_sample_is_clean_and_the_flawed_one_shows_every_flaw() -> None:
    good = parse((SAMPLES / "payments-500.csv").read_bytes())
    assert ((), 500) == (good.bad, len(plan(good, (), ()).send))
    assert {"990100", "990200", "990300"} == {row.division for row in good.rows}
    bad = parse((SAMPLES / "payments-with-errors.csv").read_bytes())
    assert (7, 2) == (bad.bad_rows, len(plan(bad, (), ()).held))
