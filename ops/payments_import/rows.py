"""Records → payment rows with an identity, and bad cells with line, column, seen and expected.

- A row with one bad cell is bad as a whole; nothing of it is sent. Other rows are not touched.
- Values are carried as they stand, without the blanks around them. Identity and suspicion compare
  a normalised copy (NFKC, blanks removed), so that half and full width are one.
- A row's identity is the SHA-256 of its normalised fields: importing a corrected file again finds
  the rows that were sent by their content, wherever they stand in it.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.errors import Malformed
from hub.money import Fen, fen, yuan
from ops.payments_import.columns import BY_NAME, COLUMNS, Column
from ops.payments_import.reader import Record, decode, records

KIND_OF_PAY_TYPE: Final = {"11": "5201", "001001": "5201", "12": "8202", "001002": "8202"}
SEEN_MAX: Final = 60
"""Characters of a bad cell that are shown."""
SAME_BUSINESS: Final = ("AdmDivCode", "AgencyCode", "PayAcctNo", "PayeeAcctNo", "PayAmt")


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment as the file asks for it; `fields` are named as in the specification."""

    line: int
    id: str
    """SHA-256 of the normalised row, hex: never sent twice."""
    business_key: str
    """SHA-256 of division, unit, payer, payee and amount: equal means suspected duplicate."""
    division: str
    kind: str
    unit: str
    bank: str
    """The agent bank's line number (PayBankNo), by which the register knows the party."""
    amount_fen: Fen
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadCell:
    """Why a row is refused: where, what stood there, what was expected."""

    line: int
    column: str
    seen: str
    expected: str
    expected_zh: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A whole file: its identity (SHA-256 of the octets, hex), good rows and bad cells."""

    file_id: str
    rows: tuple[PaymentRow, ...]
    bad: tuple[BadCell, ...]

    @property
    def bad_rows(self) -> int:
        """Rows that have at least one bad cell."""
        return len({cell.line for cell in self.bad})


def parse(octets: bytes) -> Parsed:
    """Read a payments file.

    Raises:
        Malformed: the codes of `reader`; `csv_empty`. Everything else is a bad cell.
    """
    rows: list[PaymentRow] = []
    bad: list[BadCell] = []
    numbered = records(decode(octets))
    header = next(numbered, None)
    if header is None:
        raise Malformed("csv_empty")
    columns = _columns(header, bad)
    if not bad:
        numbers: set[tuple[str, str, str]] = set()
        for record in numbered:
            faults = _faults(record, columns)
            if not faults:
                row = _row(record, columns)
                faults = _used_twice(row, numbers)
                if not faults:
                    rows.append(row)
            bad.extend(faults)
    return Parsed(hashlib.sha256(octets).hexdigest(), tuple(rows), tuple(bad))


def _columns(header: Record, bad: list[BadCell]) -> tuple[Column, ...]:
    columns: list[Column] = []
    for name in header.cells:
        column = BY_NAME.get(unicodedata.normalize("NFKC", name).strip())
        if column is None:
            expected = ("a column name of the reference", "参考文档所列的列名")
        elif column in columns:
            expected = ("each column once", "每列只出现一次")
        else:
            columns.append(column)
            continue
        bad.append(BadCell(header.line, _cut(name), _cut(name), *expected))
    bad.extend(
        BadCell(header.line, column.header_zh, "", "this column", "缺少此列")
        for column in COLUMNS
        if column.required and column not in columns
    )
    return tuple(columns)


def _faults(record: Record, columns: tuple[Column, ...]) -> list[BadCell]:
    if len(record.cells) != len(columns):
        seen = str(len(record.cells))
        expected = (
            f"{len(columns)} cells, as in the header",
            f"{len(columns)}个单元格，与表头一致",
        )
        return [BadCell(record.line, "*", seen, *expected)]
    return [
        BadCell(record.line, column.header_zh, _cut(cell), *_expected(column, cell.strip()))
        for column, cell in zip(columns, record.cells, strict=True)
        if not _holds(column, cell.strip())
    ]


def _expected(column: Column, value: str) -> tuple[str, str]:
    if value:
        return column.expected, column.expected_zh
    return f"not empty: {column.expected}", f"不能为空：{column.expected_zh}"


def _used_twice(row: PaymentRow, numbers: set[tuple[str, str, str]]) -> list[BadCell]:
    number = row.fields.get("VoucherNo", "")
    name = (row.division, row.kind, number)
    if not number or name not in numbers:
        numbers.add(name)
        return []
    return [BadCell(row.line, "凭证号", number, "each number once", "每个凭证号只用一次")]


def _holds(column: Column, value: str) -> bool:
    if not value:
        return not column.required
    if len(value) > column.length_max or column.pattern.fullmatch(value) is None:
        return False
    return column.field != "PayAmt" or _amount(value) > 0


def _row(record: Record, columns: tuple[Column, ...]) -> PaymentRow:
    cells = (cell.strip() for cell in record.cells)
    fields = {c.field: value for c, value in zip(columns, cells, strict=True) if value}
    amount = _amount(fields["PayAmt"])
    fields["PayAmt"] = yuan(amount)
    fields.setdefault("VtCode", KIND_OF_PAY_TYPE[fields["PayTypeCode"]])
    fields.setdefault("PayKindCode", "1")
    same = {name: fields[name] for name in SAME_BUSINESS}
    return PaymentRow(
        line=record.line,
        id=_digest(fields),
        business_key=_digest(same),
        division=fields["AdmDivCode"],
        kind=fields["VtCode"],
        unit=fields["AgencyCode"],
        bank=fields["PayBankNo"],
        amount_fen=amount,
        fields=fields,
    )


def _amount(text: str) -> Fen:
    whole, _, cents = text.partition(".")
    return fen(f"{whole}.{cents:0<2}")


def _digest(fields: Mapping[str, str]) -> str:
    normal = {name: _normal(fields[name]) for name in sorted(fields)}
    text = json.dumps(normal, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _normal(value: str) -> str:
    return "".join(unicodedata.normalize("NFKC", value).split())


def _cut(text: str) -> str:
    return text if len(text) <= SEEN_MAX else text[:SEEN_MAX] + "…"
