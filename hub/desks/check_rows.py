"""Both sides of a reconciliation statement as items: what it says, what own books say. Pure.

Finance and banks are asked alike. A settled row counts on its clearing day, wherever it is met. The
quota that a 3507 tells beside each row is for people: it is compared once for a key, by the 3510.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.clearing.model import Line, LineState, link
from hub.clearing.movement import COUNTED, Movement
from hub.clearing.reconciliation import NORMAL, RETURNED, Item, Result, compare
from hub.desks.elements import REQUESTS
from hub.desks.ports import DeskTransaction
from hub.desks.quota_book import QuotaDay
from hub.desks.statement_rows import came_back, given_back, quota_told
from hub.desks.step import Means
from hub.money import Fen, fen
from hub.parties import Party
from hub.voucher.model import Voucher

_UNSAID: Final = frozenset({LineState.NEW, LineState.EXECUTING, LineState.OUTSIDE})
"""What electronic statements do not speak of."""
_GONE: Final = frozenset({LineState.RETURNED, LineState.RECALLED})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a statement is about, as the answering party sees it."""

    voucher: Voucher
    party: Party
    issuer: Party
    """Of the vouchers in it."""
    bank: str

    @property
    def day(self) -> str:
        """The business day it is about."""
        return day_of(self.voucher)

    def holds(self, line: Line) -> bool:
        """Whether an own line belongs into the statement."""
        return (
            line.division == self.voucher.id.division
            and line.quota.treasury == self.voucher.original.content.fields["TreCode"]
            and line.state in COUNTED
            and line.quota.bank == self.bank
        )


def day_of(voucher: Voucher) -> str:
    """The business day a statement is about."""
    fields = voucher.original.content.fields
    return fields.get("CheckDate") or fields["BeginDate"]


def subject_of(voucher: Voucher) -> str:
    """What a statement is about: a kind of voucher, or its own kind."""
    return voucher.original.content.fields.get("EVoucherType") or voucher.id.kind


def row_key(voucher: Voucher, row: Mapping[str, str]) -> str:
    """The key of a row of a 3501, 3502 or 3507 or of an answer to one."""
    if "PayAmt" in row:
        return _row_name(row, fen(row["PayAmt"]))
    assert voucher.id.kind not in {"3507", "3510"}, "their rows name no voucher alone"
    return row["VoucherNo"]


def items(voucher: Voucher) -> list[Item]:
    """What a statement says, row by row."""
    rows, day = voucher.original.content.details, day_of(voucher)
    if voucher.id.kind != "3507":
        return [Item(row["VoucherNo"], fen(row["Amt"]), row["ProState"], day=day) for row in rows]
    return [
        Item(
            row_key(voucher, row), amount,
            refund_fen=fen(row.get("RefundAmt") or "0.00"), day=day,
        )
        for row in rows
        for amount in [fen(row["PayAmt"])]
    ]  # fmt: skip


def compared(tx: DeskTransaction, scope: Scope, packs: Sequence[Voucher], *, first: bool) -> Result:
    """One pack of a 3501, 3502 or 3507 against the own books.

    The first pack also finds what the whole statement lacks; a row that stands in two packs is
    found in both.
    """
    voucher = scope.voucher
    asked = {item.key for item in items(voucher)}
    whole = [item for pack in packs for item in items(pack)]
    theirs = [item for item in whole if item.key in asked]
    said = {item.key for item in whole} if first else asked
    ours = _own(tx, scope, asked, said, first=first)
    return compare(ours, theirs, _unpaid(tx, scope))


def _own(
    tx: DeskTransaction, scope: Scope, asked: Collection[str], said: Collection[str],
    *, first: bool,
) -> list[Item]:  # fmt: skip
    voucher, party = scope.voucher, str(scope.party)
    subject = subject_of(voucher)
    names = {_named(scope, key) for key in asked}
    held = [line for rows in tx.lines_of(party, names).values() for line in rows]
    if first and subject in (*REQUESTS, "3507"):
        kinds = REQUESTS if subject == "3507" else (subject,)
        held += [
            line
            for line in tx.lines_on(party, kinds, scope.day)
            if scope.holds(line) and line.voucher_id not in names
        ]
    if voucher.id.kind == "3507":
        found = _rows(tx, scope, held)
        today = {i.key for i in found if i.day == scope.day}
        return [i for i in found if i.key in asked or (i.key in today and i.key not in said)]
    return [i for i in _vouchers(held) if i.key in asked or i.key not in said]


def _rows(tx: DeskTransaction, scope: Scope, held: Iterable[Line]) -> list[Item]:
    settled = [line for line in held if line.state in COUNTED]
    party = str(scope.party)
    back = came_back(
        [line for line in tx.lines_on(party, ("2302",), scope.day) if line.state in COUNTED]
    )
    return [
        Item(
            _row_key(_number(line), line.detail, line.amount_fen), line.amount_fen,
            refund_fen=Fen(-line.amount_fen if line.kind == "2302" else back[line.link]),
            day=line.day,
        )
        for line in settled
    ]  # fmt: skip


def _vouchers(held: Iterable[Line]) -> list[Item]:
    sums: dict[str, Item] = {}
    for line in held:
        if line.state in _UNSAID:
            continue
        number = _number(line)
        before = sums[number].amount_fen if number in sums else 0
        state = RETURNED if line.state in _GONE else NORMAL
        day = line.day if line.state in COUNTED else ""
        sums[number] = Item(number, Fen(before + line.amount_fen), state, day=day)
    return list(sums.values())


def _unpaid(tx: DeskTransaction, scope: Scope) -> set[str]:
    """Keys of refunds in a 3507 whose 2301 row was never settled in the own books for as much."""
    voucher = scope.voucher
    if voucher.id.kind != "3507":
        return set()
    refunds = [row for row in voucher.original.content.details if fen(row["PayAmt"]) < 0]
    of = {row_key(voucher, row): given_back(row) for row in refunds}
    requests = {_voucher_id(scope, "2301", number) for number, _ in of.values() if number}
    held = tx.lines_of(str(scope.party), requests)
    paid = Counter(
        {line.link: line.amount_fen
         for rows in held.values() for line in rows if line.state in COUNTED}
    )  # fmt: skip
    return {
        row_key(voucher, row)
        for row in refunds
        for number, detail in [of[row_key(voucher, row)]]
        if number and paid[link(_voucher_id(scope, "2301", number), detail)] != -fen(row["PayAmt"])
    }


def _row_name(row: Mapping[str, str], amount_fen: int) -> str:
    """The key of a 3507 row; what does not name its request matches nothing, and is a break."""
    number, detail = row.get("PayAgentBillNo", ""), row.get("PayDetailId", "")
    return _row_key(number or row["VoucherNo"], detail or row["Id"], amount_fen)


def _row_key(number: str, detail: str, amount_fen: int) -> str:
    """A 3507 row: 2301 and 2302 number apart from each other, their signs tell which."""
    return f"{'2302' if amount_fen < 0 else '2301'}/{number}#{detail}"


def _named(scope: Scope, key: str) -> str:
    """The voucher_id of an item."""
    if scope.voucher.id.kind != "3507":
        return _voucher_id(scope, subject_of(scope.voucher), key)
    kind, _, rest = key.partition("/")
    return _voucher_id(scope, kind, rest.rpartition("#")[0])


def _voucher_id(scope: Scope, kind: str, number: str) -> str:
    return str(replace(scope.voucher.id, kind=kind, issuer=scope.issuer, number=number))


def _number(line: Line) -> str:
    return line.voucher_id.rpartition("/")[2]


def own_quota(
    tx: DeskTransaction, scope: Scope, means: Means, packs: Sequence[Voucher], *, first: bool
) -> list[Movement]:
    """The own quota book's day: keys of this pack, and with the first what the statement lacks."""
    asked = {one.key for one in quota_told(scope.voucher)}
    said = {one.key for pack in packs for one in quota_told(pack)}
    moved = QuotaDay(tx, means, str(scope.party), scope.day).of(scope.voucher.id.division, asked)
    treasury = scope.voucher.original.content.fields["TreCode"]
    return [
        one
        for one in moved
        if one.key in asked or (first and one.key not in said and one.key.treasury == treasury)
    ]
