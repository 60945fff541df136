"""Rules of a body that a schema cannot say (protocol rule 13.5): all of them data of the kind.

Money is integer fen; every sum is in fen. Nothing here looks at envelope or seals, at other
vouchers, or at the time: a year "not later than the current one" is given the current one. A
refusal names code, field and row, never a value.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hub.clock import is_day
from hub.errors import RuleBroken
from hub.money import Fen, fen
from hub.voucher.catalogue import Equation, Kind, Sign
from hub.voucher.model import Body, LayerType

Amounts = Mapping[str, Fen]
"""The amounts of one record, by field."""

LOWEST: Final = frozenset({LayerType.ORIGINAL, LayerType.DOCUMENT})
_SIGNS: Final = {
    Sign.POSITIVE: (1,),
    Sign.NEGATIVE: (-1,),
    Sign.ZERO: (0,),
    Sign.NONZERO: (1, -1),
    Sign.ANY: (1, 0, -1),
}


def check(
    kind: Kind, layer: LayerType, body: Body, below: Body | None = None, year_now: str = ""
) -> None:
    """Whether a parsed body obeys its kind's rules.

    Args:
        kind: the kind in force.
        layer: which layer the body is of.
        body: as `Schemas.parse` gave it.
        below: the original's body, for a receipt, return or recall.
        year_now: the current year (yyyy); StYear may not be later. Empty: not checked.

    Raises:
        RuleBroken: `amount_format`, `amount_sign`, `amount_sum`, `amount_equation`, `date_unreal`,
            `year_later`, `id_twice`, `header_detail_differ`, `count_differs`, `pack_number`,
            `text_blank`, `receipt_rows_differ`, `receipt_id_differs`, `receipt_amount`,
            `receipt_reason_missing`.

    Source: protocol rule 13.5; protocol rule 13.6; catalogue of kinds; voucher message
        specification
    """
    total = _values(kind.header_checked, body.fields, 0)
    rows = [_values(kind.detail_checked, row, at) for at, row in enumerate(body.details, 1)]
    _ids(body)
    if layer is LayerType.RECEIPT:
        _receipt(kind, body, below, total, rows)
    if layer not in LOWEST:
        return
    if year_now and body.fields.get("StYear", "") > year_now:
        raise RuleBroken("year_later", field="StYear")
    _amounts(kind, body, total, rows)
    _equal(kind, body)
    for rule in kind.equations:
        if rule.on_detail:
            for at, amounts in enumerate(rows, 1):
                _equation(rule, amounts, at)
        else:
            _equation(rule, total, 0)
    _packs(kind, body)


def looks_at(kind: Kind) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that `check` needs of an original's header and rows, but for blank texts.

    Source: protocol rule 13.5
    """
    header = {"AdmDivCode", "StYear", "VtCode", "VoucherNo", kind.amount, kind.count, *kind.pack}
    detail = {"Id", kind.detail_amount}
    header |= {name for name, type_ in kind.header_checked if type_ != "text"}
    detail |= {name for name, type_ in kind.detail_checked if type_ != "text"}
    for same in kind.equal:
        header.add(same.header)
        detail.add(same.detail)
    for rule in kind.equations:
        (detail if rule.on_detail else header).update((rule.total, *rule.plus, *rule.minus))
    return frozenset(header), frozenset(detail)


def _values(
    checked: Iterable[tuple[str, str]], values: Mapping[str, str], row: int
) -> dict[str, Fen]:
    """The amounts of one record, whose texts and days are ones, too."""
    amounts: dict[str, Fen] = {}
    for name, type_ in checked:
        value = values.get(name)
        if value is None:
            continue
        if type_ == "text":
            if not value or value.isspace():
                raise RuleBroken("text_blank", field=name, row=row or None)
        elif type_ == "amount":
            try:
                amounts[name] = fen(value)
            except RuleBroken as broken:
                raise RuleBroken(broken.code, field=name, row=row or None) from None
        elif not is_day(value):
            raise RuleBroken("date_unreal", field=name, row=row or None)
    return amounts


def _ids(body: Body) -> None:
    seen: set[str] = set()
    for at, row in enumerate(body.details, 1):
        if "Id" in row:
            if row["Id"] in seen:
                raise RuleBroken("id_twice", field="Id", row=at)
            seen.add(row["Id"])


def _amounts(kind: Kind, body: Body, header: Amounts, rows: Sequence[Amounts]) -> None:
    total = header.get(kind.amount)
    if total is not None and _sign(total) not in _SIGNS[kind.sign]:
        raise RuleBroken("amount_sign", field=kind.amount)
    if not kind.detail_amount:
        return
    parts = [row.get(kind.detail_amount) for row in rows]
    signs = _SIGNS[kind.detail_sign]
    for at, part in enumerate(parts, 1):
        if part is not None and _sign(part) not in signs:
            raise RuleBroken("amount_sign", field=kind.detail_amount, row=at)
    if total is not None and _whole(kind, body) and _sum(parts) != total:
        raise RuleBroken("amount_sum", field=kind.amount, rows=len(parts))


def _equal(kind: Kind, body: Body) -> None:
    for rule in kind.equal:
        value = body.fields.get(rule.header)
        if value is None:
            continue
        for at, row in enumerate(body.details, 1):
            if row.get(rule.detail, value) != value:
                raise RuleBroken("header_detail_differ", field=rule.detail, row=at)


def _equation(rule: Equation, amounts: Amounts, row: int) -> None:
    total = amounts.get(rule.total)
    if total is None:
        return
    sum_ = _sum(amounts.get(name) for name in rule.plus)
    if sum_ - _sum(amounts.get(name) for name in rule.minus) != total:
        raise RuleBroken("amount_equation", field=rule.total, row=row or None)


def _packs(kind: Kind, body: Body) -> None:
    if kind.pack:
        count, current = (int(body.fields[name]) for name in kind.pack)
        if not 1 <= current <= count:
            raise RuleBroken("pack_number", field=kind.pack[1])
    if kind.count and kind.count in body.fields:
        told, rows = int(body.fields[kind.count]), len(body.details)
        if told < rows or (_whole(kind, body) and told != rows):
            raise RuleBroken("count_differs", field=kind.count, rows=rows)


def _whole(kind: Kind, body: Body) -> bool:
    """Whether this body holds all rows: it is no pack, or the only one."""
    return not kind.pack or body.fields[kind.pack[0]] == "1"


def _receipt(
    kind: Kind, body: Body, below: Body | None, header: Amounts, rows: Sequence[Amounts]
) -> None:
    if below is not None:
        _same_rows(body, below)
    for at, values in enumerate((body.fields, *body.details)):
        if values.get("XDealResult") == "0" and "XAddWord" not in values:
            raise RuleBroken("receipt_reason_missing", field="XAddWord", row=at or None)
    total = header.get(kind.receipt_amount)
    asked = _fen(below.fields, kind.amount) if below is not None else None
    if kind.receipt_detail_amount and body.details:
        _paid_rows(kind, body, below, total, [r.get(kind.receipt_detail_amount) for r in rows])
    elif total is not None and asked is not None and total != asked:
        raise RuleBroken("receipt_amount", field=kind.receipt_amount)


def _same_rows(body: Body, below: Body) -> None:
    if body.fields.get("Id") != below.fields.get("Id"):
        raise RuleBroken("receipt_id_differs", field="Id")
    ids = [row["Id"] for row in body.details]
    if ids and ids != [row["Id"] for row in below.details]:
        raise RuleBroken("receipt_rows_differ", rows=len(ids))


def _paid_rows(
    kind: Kind, body: Body, below: Body | None, total: Fen | None, paid: Sequence[Fen | None]
) -> None:
    """Each row is paid in full or not at all; a row not paid has 0.00 and says why."""
    if total is not None and _sum(paid) != total:
        raise RuleBroken("amount_sum", field=kind.receipt_amount, rows=len(paid))
    for at, (row, part) in enumerate(zip(body.details, paid, strict=True), 1):
        if part == 0 and "XAddWord" not in row:
            raise RuleBroken("receipt_reason_missing", field="XAddWord", row=at)
        if below is not None and part and part != _fen(below.details[at - 1], kind.detail_amount):
            raise RuleBroken("receipt_amount", field=kind.receipt_detail_amount, row=at)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _fen(values: Mapping[str, str], name: str) -> Fen | None:
    text = values.get(name) if name else None
    return None if text is None else fen(text)


def _sum(parts: Iterable[Fen | None]) -> int:
    return sum(part for part in parts if part is not None)
