"""Answering reconciliation statements: 3501 → 5502, 3502 → 2502, 3507 → 5507 or 2507. Pure.

Finance and banks answer alike: every row of a statement against the own books, and what the own
books hold of that day beyond it. An answer is made when all packs of a statement are here; every
pack gets its own answer, and the first also tells what the statement lacks. Differences become
breaks; the answer carries XCheckResult, XDiffNum, XCheckReason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.clearing.breaks import Break, BreakKind, found
from hub.clearing.model import ISSUED, Line, LineState, move
from hub.clearing.reconciliation import NORMAL, RETURNED, Item, Outcome, Result, compare
from hub.desks.elements import REQUESTS
from hub.desks.ports import DeskTransaction
from hub.desks.step import Means, Step, original
from hub.money import Fen, fen
from hub.parties import FINANCE, Party
from hub.voucher.model import Body, Draft, Voucher

ANSWERS: Final[Mapping[tuple[str, bool], str]] = {
    ("3501", True): "5502", ("3502", False): "2502", ("3507", True): "5507",
    ("3507", False): "2507",
}  # fmt: skip
"""(statement, answered by finance) → the answer's kind."""
BANK_FIELD: Final = "Hold2"
"""Of a statement about 2301 and 2302: PayBankNo of the bank whose vouchers they are."""
_GONE: Final = frozenset({LineState.RETURNED, LineState.RECALLED})
_SETTLED: Final = frozenset(
    {LineState.CLEARED, LineState.REFUNDING, LineState.REFUNDED, LineState.GRANTED}
)


def answer_check(tx: DeskTransaction, step: Step, party: Party, means: Means) -> None:
    """Compare a statement with own books, keep breaks, draft the answer."""
    voucher = step.message
    packs = _packs(tx, voucher, party)
    if len(packs) < int(voucher.original.content.fields["ChildPackNum"]):
        step.back_off(tx.now, str(voucher.id.issuer), "pack_incomplete")
        return
    others = means.originals(tx, packs)
    first = min(packs, key=lambda name: _pack_number(others[name])) == str(voucher.id)
    theirs = _items(voucher)
    said = {i.key for name in packs for i in _items(others[name])} if first else set()
    bank = voucher.original.content.fields.get(BANK_FIELD, "")
    issuer = means.directory.banks.get(bank, party)
    scope = Scope(voucher, str(party), issuer, bank)
    ours = _own_items(tx, scope, {i.key for i in theirs}, said, first=first)
    result = compare(ours, theirs)
    other = str(voucher.id.issuer)
    subject, day = _subject(voucher), _day(voucher)
    tx.put_breaks(breaks_of(result.differences, str(party), other, subject, day))
    held = tx.lines_of(str(party), [str(voucher.id)])[str(voucher.id)]
    state = LineState.DIFFERS if result.differences else LineState.AGREED
    tx.put_lines([move(ISSUED, line, state) for line in held if line.state is LineState.NEW])
    step.drafts = [_draft(voucher, party, means.release(), result)]


def breaks_of(
    differences: Iterable[Outcome], party: str, other: str, subject: str, day: str
) -> list[Break]:
    """The breaks of a comparison."""
    return [
        found(party, other, o.kind, f"{subject}/{o.key}", day, o.ours_fen, o.theirs_fen)
        for o in differences
        if o.kind is not None
    ]


def _packs(tx: DeskTransaction, voucher: Voucher, party: Party) -> list[str]:
    own = tx.lines_of(str(party), [str(voucher.id)])[str(voucher.id)][0]
    about = tx.lines_about(str(party), [own.payment])[own.payment]
    return sorted({line.voucher_id for line in about if line.kind == voucher.id.kind})


def _pack_number(voucher: Voucher) -> int:
    return int(voucher.original.content.fields["CurPackNo"])


def _day(voucher: Voucher) -> str:
    fields = voucher.original.content.fields
    return fields.get("CheckDate") or fields["BeginDate"]


def _subject(voucher: Voucher) -> str:
    return voucher.original.content.fields.get("EVoucherType") or voucher.id.kind


def _items(voucher: Voucher) -> list[Item]:
    rows = voucher.original.content.details
    if voucher.id.kind == "3507":
        return [
            Item(_row_name(row, amount), amount)
            for row, amount in ((row, fen(row["PayAmt"])) for row in rows)
        ]
    return [Item(row["VoucherNo"], fen(row["Amt"]), row["ProState"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a statement is about, as the answering party sees it."""

    voucher: Voucher
    party: str
    issuer: Party
    """Of the vouchers in it."""
    bank: str

    def holds(self, line: Line) -> bool:
        """Whether an own line belongs into the statement."""
        return (
            line.division == self.voucher.id.division
            and line.quota.treasury == self.voucher.original.content.fields["TreCode"]
            and line.state in _SETTLED
            and line.quota.bank == self.bank
        )


def _own_items(
    tx: DeskTransaction, scope: Scope, asked: set[str], said: set[str], *, first: bool
) -> list[Item]:
    voucher, party = scope.voucher, scope.party
    kinds = REQUESTS if voucher.id.kind == "3507" else (_subject(voucher),)
    names = {_named(scope, key) for key in asked}
    found_ = [line for rows in tx.lines_of(party, names).values() for line in rows]
    items = own_items(voucher.id.kind, found_)
    ours = [item for item in items if item.key in asked]
    if first and _subject(voucher) in (*REQUESTS, "3507"):
        today = tx.lines_on(party, kinds, _day(voucher))
        within = [line for line in today if scope.holds(line)]
        ours += [i for i in own_items(voucher.id.kind, within) if i.key not in said]
    return ours


def _row_name(row: Mapping[str, str], amount_fen: int) -> str:
    """The key of a 3507 row; what does not name its request matches nothing, and is a break."""
    number, detail = row.get("PayAgentBillNo", ""), row.get("PayDetailId", "")
    return _row_key(number or row["VoucherNo"], detail or row["Id"], amount_fen)


def _row_key(number: str, detail: str, amount_fen: int) -> str:
    """A 3507 row: 2301 and 2302 number apart from each other, their signs tell which."""
    return f"{'2302' if amount_fen < 0 else '2301'}/{number}#{detail}"


def _named(scope: Scope, key: str) -> str:
    """The voucher_id of an item."""
    kind, number = _subject(scope.voucher), key
    if scope.voucher.id.kind == "3507":
        kind, _, rest = key.partition("/")
        number = rest.rpartition("#")[0]
    return str(replace(scope.voucher.id, kind=kind, issuer=scope.issuer, number=number))


def own_items(kind: str, lines: Iterable[Line]) -> list[Item]:
    """What own lines amount to, in a statement's terms: rows for 3507, vouchers otherwise."""
    if kind == "3507":
        return [
            Item(_row_key(_number(line), line.detail, line.amount_fen), line.amount_fen)
            for line in lines
            if line.state in _SETTLED
        ]
    sums: dict[str, Item] = {}
    for line in lines:
        if line.state is LineState.NEW or line.state is LineState.EXECUTING:
            continue
        number = _number(line)
        before = sums[number].amount_fen if number in sums else 0
        state = RETURNED if line.state in _GONE else NORMAL
        sums[number] = Item(number, Fen(before + line.amount_fen), state)
    return list(sums.values())


def _number(line: Line) -> str:
    return line.voucher_id.rpartition("/")[2]


def _draft(voucher: Voucher, party: Party, cat: int, result: Result) -> Draft:
    content = voucher.original.content
    kind = ANSWERS[voucher.id.kind, party.org_type == FINANCE]
    own = voucher.id
    name = replace(own, kind=kind, issuer=party)
    by_key = {outcome.key: outcome for outcome in result.outcomes}
    keys = [item.key for item in _items(voucher)]
    rows = tuple(
        {**row, **_verdict(by_key[key])} for row, key in zip(content.details, keys, strict=True)
    )
    lacking = [o for o in result.differences if o.key not in set(keys)]
    fields = {
        **content.fields,
        "Id": f"{kind}-{own.number}"[:60],
        "VtCode": kind,
        "OriBillNo": own.number,
        "XCheckResult": result.verdict,
        "XDiffNum": str(len(result.differences)),
        **({"XCheckReason": f"{BreakKind.MISSING_THERE}: {len(lacking)}"} if lacking else {}),
    }
    return Draft(original(name), cat, (str(own.issuer),), Body(fields, rows))


def _verdict(outcome: Outcome) -> dict[str, str]:
    if outcome.kind is None:
        return {"XCheckResult": "0"}
    return {"XCheckResult": "1", "XCheckReason": outcome.kind}


def told(voucher: Voucher, party: str) -> Sequence[Break]:
    """Breaks that the other side's answer tells, for the side that asked."""
    content, other = voucher.original.content, str(voucher.id.issuer)
    subject = _subject(voucher)
    return [
        found(
            party, other, _reason(row.get("XCheckReason", "")), f"{subject}/{_told_key(row)}",
            _day(voucher), fen(row.get("Amt") or row["PayAmt"]), fen("0.00"),
        )
        for row in content.details
        if row["XCheckResult"] == "1"
    ]  # fmt: skip


def _reason(text: str) -> BreakKind:
    """The kind of difference the other side names; people's own words are a difference too."""
    known = {str(kind): kind for kind in BreakKind}
    return known.get(text, BreakKind.STATE_DIFFERS)


def _told_key(row: Mapping[str, str]) -> str:
    if "PayAgentBillNo" in row:
        return _row_name(row, fen(row["PayAmt"]))
    return row["VoucherNo"]
