"""Bodies that obey their kind's fields and rules, made from a seed: for tests and for load.

`a_body` makes what the issuer sends, `a_layer` what stands on it. Names are of invented places;
accounts and numbers are drawn. Same kind and seed, same body.
"""

from __future__ import annotations

import hashlib
from random import Random
from typing import TYPE_CHECKING, Final

from hub.money import yuan
from hub.voucher.catalogue import FieldRule, Kind, Presence, Sign
from hub.voucher.forms import FLAG, form
from hub.voucher.model import Attachment, Body, LayerType

if TYPE_CHECKING:
    from collections.abc import Callable

_PLACES: Final = ("云岭", "青禾", "临川口", "望海", "松原坡", "白鹭湾", "石桥", "锦屏山")
_UNITS: Final = ("市教育局", "市第三中学", "县水利站", "区卫生院", "市图书馆", "县林业所")
_FIRMS: Final = ("建筑工程有限公司", "办公用品商行", "印务有限公司", "信息技术有限公司")
_BANKS: Final = ("农商银行营业部", "城市银行新城支行", "合作银行中心支行")
_USES: Final = ("办公费", "维修（护）费", "印刷费", "第三季度取暖费", "设备购置  首付款", "差旅费")


def a_body(kind: Kind, seed: int = 0, rows: int | None = None, *, full: bool = False) -> Body:
    """The lowest layer of a kind; `full` fills every optional field, else some of them."""
    draw = Random(f"{kind.code}/{seed}/{full}")
    layer = LayerType.DOCUMENT if kind.document else LayerType.ORIGINAL
    of = form(kind, layer)
    count = _rows(draw, of.rows_min, of.rows_max) if rows is None else rows
    header = _filled(of.header, kind, draw, full=full)
    details = [_filled(of.detail, kind, draw, full=full) for _ in range(count if of.detail else 0)]
    for at, row in enumerate(details, 1):
        if "Id" in row:
            row["Id"] = f"{header.get('Id', 'D')}-{at:04d}"
    _repeat(kind, header, details)
    _amounts(kind, header, details, draw)
    header.update(dict.fromkeys(kind.pack, "1"))
    if kind.count in header:
        header[kind.count] = str(len(details))
    for name in ("BeginDate", "EndDate"):
        if name in header:
            header[name] = header["VouDate"]
    return Body(header, tuple(details), _attachments(draw) if full else ())


def _repeat(kind: Kind, header: dict[str, str], details: list[dict[str, str]]) -> None:
    for rule in kind.equal:
        for row in details:
            if rule.detail in row and rule.header in header:
                row[rule.detail] = header[rule.header]


def a_layer(kind: Kind, layer: LayerType, below: Body, seed: int = 0, failed: int = 0) -> Body:
    """A receipt (with `failed` unpaid rows, from the first), return or recall on an original."""
    draw = Random(f"{kind.code}/{layer}/{seed}")
    of = form(kind, layer)
    header = _filled(of.header, kind, draw, full=True)
    if layer is not LayerType.RECEIPT:
        return Body(header)
    if "Id" in header:
        header["Id"] = below.fields["Id"]
    details: list[dict[str, str]] = []
    for at, asked in enumerate(below.details if of.detail else ()):
        row = _filled(of.detail, kind, draw, full=True)
        row["Id"] = asked["Id"]
        if kind.receipt_detail_amount:
            paid = asked[kind.detail_amount]
            row[kind.receipt_detail_amount] = "0.00" if at < failed else paid
        details.append(row)
    if kind.receipt_detail_amount and details:
        total = sum(_fen(row[kind.receipt_detail_amount]) for row in details)
        header[kind.receipt_amount] = yuan(total)
    elif kind.receipt_amount:
        header[kind.receipt_amount] = below.fields[kind.amount]
    return Body(header, tuple(details))


def _rows(draw: Random, least: int, most: int) -> int:
    return min(max(least, draw.choice((1, 1, 2, 3, 5))), most)


def _filled(
    rules: tuple[FieldRule, ...], kind: Kind, draw: Random, *, full: bool
) -> dict[str, str]:
    return {
        rule.name: _value(rule, kind, draw)
        for rule in rules
        if rule.presence is Presence.MANDATORY or full or draw.random() < 0.3
    }


def _amounts(
    kind: Kind, header: dict[str, str], details: list[dict[str, str]], draw: Random
) -> None:
    if kind.detail_amount:
        parts = [_amount(kind.detail_sign, draw) for _ in details]
        if kind.sign is Sign.ZERO and parts:
            parts[-1] = -sum(parts[:-1])
        if kind.sign is Sign.NONZERO and not sum(parts):
            parts[0] += 1
        for row, part in zip(details, parts, strict=True):
            row[kind.detail_amount] = yuan(part)
        if kind.amount in header:
            header[kind.amount] = yuan(sum(parts))
    elif kind.amount in header:
        header[kind.amount] = yuan(_amount(kind.sign, draw))
    for rule in kind.equations:
        for values in details if rule.on_detail else [header]:
            _balance(rule.total, rule.plus, rule.minus, values)


def _balance(
    total: str, plus: tuple[str, ...], minus: tuple[str, ...], values: dict[str, str]
) -> None:
    """Make an equation hold by its first plus term."""
    rest = sum(_fen(values.get(name, "0.00")) for name in plus[1:])
    rest -= sum(_fen(values.get(name, "0.00")) for name in minus)
    if total in values:
        values[plus[0]] = yuan(_fen(values[total]) - rest)


def _amount(sign: Sign, draw: Random) -> int:
    value = draw.choice((draw.randint(1, 9_999), draw.randint(10_000, 99_999_999)))
    if sign is Sign.NEGATIVE or (sign in {Sign.ANY, Sign.NONZERO} and draw.random() < 0.1):
        return -value
    return 0 if sign is Sign.ZERO else value


def _attachments(draw: Random) -> tuple[Attachment, ...]:
    digest = hashlib.sha256(str(draw.random()).encode()).hexdigest()
    return (Attachment("付款依据.ofd", digest, draw.randint(1_000, 500_000)),)


def _fen(text: str) -> int:
    return int(text.replace(".", ""))


def _digits(count: int) -> Callable[[FieldRule, Random], str]:
    return lambda _, draw: "".join(draw.choice("123456789") for _ in range(count))


def _date(_: FieldRule, draw: Random) -> str:
    return f"2026{draw.randint(1, 11):02d}{draw.randint(1, 28):02d}"


def _text(rule: FieldRule, draw: Random) -> str:
    if "Bank" in rule.name:
        text = draw.choice(_PLACES) + draw.choice(_BANKS)
    elif rule.name.startswith(("Payee", "XPayee")):
        text = draw.choice(_PLACES) + draw.choice(_FIRMS)
    elif rule.name.startswith(("Agency", "SupDep", "PayAcct")):
        text = draw.choice(_PLACES) + draw.choice(_UNITS)
    elif rule.length_max >= 300 or rule.name.startswith("PaySummary"):
        text = draw.choice(_USES)
    else:
        text = rule.name_zh
    return text[: rule.length_max]


def _code(rule: FieldRule, draw: Random) -> str:
    if rule.name in {"RefundType", "BusinessTypeCode"}:
        return "1"
    return f"{draw.randint(1, 999):03d}"


_BY_TYPE: Final[dict[str, Callable[[FieldRule, Random], str]]] = {
    "text": _text,
    "amount": lambda _, draw: yuan(draw.randint(1, 99_999_999)),
    "date": _date,
    "month": lambda _, draw: f"{draw.randint(1, 12):02d}",
    "year": lambda _rule, _draw: "2026",
    "division": lambda _rule, _draw: "370100",
    "kind": lambda _, draw: draw.choice(("5201", "8202", "2301")),
    "number": lambda _, draw: f"2026{draw.randint(1, 10**9 - 1):09d}",
    "id": lambda _, draw: f"{draw.getrandbits(64):016X}",
    "treasury": _digits(10),
    "finance_org": _digits(6),
    "line_no": _digits(12),
    "account": _digits(19),
    "code": _code,
    "unit": _digits(6),
    "function": lambda _, draw: draw.choice(("2050202", "2010301", "2130305", "2100201")),
    "level": lambda _, draw: draw.choice(("205", "02")),
    "economy": lambda _, draw: draw.choice(("50201", "30201", "502")),
    "pay_type": lambda _, draw: draw.choice(("11", "12", "001001")),
    "fund": lambda _, draw: draw.choice(("1", "2", "11")),
    "currency": lambda _rule, _draw: "CNY",
    "rate": lambda _, draw: f"{draw.randint(1, 9)}.{draw.randint(0, 99_999_999):08d}",
    "count": lambda _, draw: str(draw.randint(1, 9)),
    "flag": lambda rule, draw: rule.pattern if rule.name == FLAG else draw.choice("01"),
    "choice": lambda _, draw: draw.choice("12345"),
    "correction": lambda _, draw: draw.choice("1234"),
    "account_kind": lambda _, draw: draw.choice("1234"),
    "subject": lambda _, draw: draw.choice(("1010101", "103", "10301", "103040150")),
    "reason_no": lambda _, draw: f"21{draw.randint(1, 6)}",
    "refusal": lambda _, draw: draw.choice(("account_unknown", "payee_name_differs")),
    "word": lambda _, draw: draw.choice(("received", "signed_for", "returned")),
    "party": lambda _, draw: draw.choice(("011.370100", "102.370100", "001.370100")),
    "node": lambda _, draw: draw.choice(("hub", "bank-a", "finance-370100")),
    "layer_id": lambda _, draw: (
        f"sd-test/370100/2026/5201/011.370100/2026{draw.randint(1, 10**9 - 1):09d}"
        "/original/011.370100"
    ),
    "digest": lambda _, draw: f"{draw.getrandbits(256):064x}",
    "hex": lambda _, draw: f"{draw.getrandbits(64):016x}",
    "base64": lambda _rule, _draw: "MIIBIjANBgkq",
    "instant": lambda _, draw: (
        f"2026-11-{draw.randint(1, 28):02d}T08:{draw.randint(0, 59):02d}"
        f":00.{draw.randint(0, 999):03d}Z"
    ),
    "serial": lambda _, draw: str(draw.randint(1, 10**9)),
    "env": lambda _rule, _draw: "sd-test",
}


def _value(rule: FieldRule, kind: Kind, draw: Random) -> str:
    if rule.name == "VtCode":
        return kind.code
    return _BY_TYPE[rule.type](rule, draw)
