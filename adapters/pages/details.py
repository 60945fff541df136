"""The detail table: which fields get a column, what each row says, the totals.

- Fields that only link rows to their voucher, and budget elements every row shares with the header,
  are not repeated; payees and amounts always are. The rest gets a column in order of importance
  while there is width, or stands as small print under its row: nothing is left out.
- Amounts stand at the right; their totals are sums in fen.
- A receipt's rows lie over the original's rows of the same Id; they carry X fields only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.pages.labels import Rules, figures, label, pairs, rules_of, stem, value
from hub.errors import RuleBroken
from hub.money import fen, yuan
from hub.voucher.catalogue import Kind
from hub.voucher.model import Body, Voucher

REPEATED: Final = frozenset({"PayeeAcctName", "PayeeAcctNo"})
LINKS: Final = frozenset({"Id", "VoucherBillId", "VoucherBillNo"})
IMPORTANT: Final = (
    "VoucherNo", "PayVoucherNo", "PayeeAcctName", "PayeeAcctNo", "XAddWord", "AgencyName",
    "SupDepName", "ExpFuncName", "PayeeAcctBankName", "PaySummaryName", "XPayDate",
    "XAgentBusinessNo", "ExpFuncCode", "ProState",
)  # fmt: skip
"""First to get a column, and first from the left."""
TABLE_WIDTH: Final = 100.0
NUMBER_WIDTH: Final = 5.0
AMOUNT_WIDTH: Final = 14.0
WIDTHS: Final = {"date": 10.5, "function": 9.0, "account": 17.0, "choice": 7.0, "flag": 7.0}
TEXT_WIDTH: Final = 17.0
CODE_WIDTH: Final = 13.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column; width in hundredths of the table."""

    name: str
    label: str
    amount: bool
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A row: one cell a column, and the rest as small print."""

    cells: tuple[str, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class Details:
    """The detail table; `totals` has one cell a column."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[str, ...]


def details(voucher: Voucher, kind: Kind) -> Details | None:
    """The table of a voucher with all its layers, or None when it has no rows."""
    original = voucher.original.content
    if not original.details:
        return None
    rules = rules_of(kind.detail)
    rows = _overlaid(original, [layer.content for layer in voucher.layers[1:]])
    names = [
        name
        for name in dict.fromkeys(n for row in rows for n in row)
        if not _said(name, rows, original, rules)
    ]
    columns = _columns(names, rules)
    shown = {column.name for column in columns}
    rest = [name for name in names if not _has_place(name, shown)]
    return Details(
        (Column("", "序号", amount=False, width=NUMBER_WIDTH), *columns),
        tuple(
            Row(
                (str(number), *(_cell(column, row, rules) for column in columns)),
                "；".join(f"{title}：{text}" for title, text in _rest(rest, row, rules)),
            )
            for number, row in enumerate(rows, 1)
        ),
        ("合计", *(_total(column.name, rows) if column.amount else "" for column in columns)),
    )


def _overlaid(original: Body, above: Sequence[Body]) -> list[dict[str, str]]:
    rows = [dict(row) for row in original.details]
    by_id = {row["Id"]: row for row in rows if "Id" in row}
    for body in above:
        for upper in body.details:
            by_id.get(upper.get("Id", ""), {}).update(upper)
    return rows


def _said(name: str, rows: Sequence[Mapping[str, str]], original: Body, rules: Rules) -> bool:
    if name in LINKS:
        return True
    values = {row.get(name, "") for row in rows}
    repeated = name in REPEATED or (name in rules and rules[name].type == "amount")
    return values == {""} or (not repeated and values == {original.fields.get(name)})


def _columns(names: Sequence[str], rules: Rules) -> list[Column]:
    amounts = [name for name in names if name in rules and rules[name].type == "amount"]
    texts = [name for name in names if name not in amounts]
    left = TABLE_WIDTH - NUMBER_WIDTH - AMOUNT_WIDTH * len(amounts)
    chosen: dict[str, float] = {}
    for name in sorted(texts, key=_importance):
        width = _width(name, rules)
        if width <= left and not _has_place(name, chosen):
            chosen[name] = width
            left -= width
    growing = [name for name, width in chosen.items() if width >= CODE_WIDTH]
    for name in growing:
        chosen[name] += left / len(growing)
    texts = sorted((name for name in texts if name in chosen), key=_importance)
    return [Column(n, _short(n, rules), amount=False, width=chosen[n]) for n in texts] + [
        Column(n, _short(n, rules), amount=True, width=AMOUNT_WIDTH) for n in amounts
    ]


def _importance(name: str) -> int:
    return IMPORTANT.index(name) if name in IMPORTANT else len(IMPORTANT)


def _width(name: str, rules: Rules) -> float:
    kind = rules[name].type if name in rules else "text"
    return WIDTHS.get(kind, TEXT_WIDTH if kind.startswith("text") else CODE_WIDTH)


def _has_place(name: str, shown: Mapping[str, float] | set[str]) -> bool:
    return name in shown or (name == f"{stem(name)}Code" and f"{stem(name)}Name" in shown)


def _short(name: str, rules: Rules) -> str:
    return label(name, rules).removesuffix("名称")


def _cell(column: Column, row: Mapping[str, str], rules: Rules) -> str:
    text = value(column.name, row.get(column.name, ""), rules)
    code = row.get(f"{stem(column.name)}Code", "") if column.name.endswith("Name") else ""
    return f"{code} {text}".strip()


def _rest(names: Sequence[str], row: Mapping[str, str], rules: Rules) -> list[tuple[str, str]]:
    return pairs({name: row.get(name, "") for name in names}, rules, ())


def _total(name: str, rows: Sequence[Mapping[str, str]]) -> str:
    try:
        return figures(yuan(sum(fen(row[name]) for row in rows if row.get(name))))
    except RuleBroken:
        return ""
