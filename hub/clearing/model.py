"""What clearing counts: quota keys and money lines. Values only.

A *line* is one money row of a voucher as one party holds it: a payment row at the bank and the
bureau, a quota row or a 2301/2302 row at the treasury. Its states are three closed tables, one per
role, because the same voucher means another thing to each party. `clearing` and `refund` are links
set beside the state, so that copies may arrive in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hub.errors import Malformed, RuleBroken
from hub.money import Fen

DIRECT: Final = "11"
AUTHORISED: Final = "12"


@dataclass(frozen=True, slots=True, order=True)
class QuotaKey:
    """What the People's Bank clears inside of; every part a code."""

    treasury: str
    """TreCode, ten digits."""
    bank: str
    """PayBankNo of the agent bank, twelve digits."""
    unit: str
    """SupDepCode, the first-level budget unit."""
    subject: str
    """ExpFuncCode, seven digits."""
    budget: str
    """BgtTypeCode."""
    year: str
    pay_type: str
    """PayTypeCode: 11 direct, 12 authorised, or their longer forms."""

    def __str__(self) -> str:
        """One word, as stored."""
        return (
            f"{self.treasury}/{self.bank}/{self.unit}/{self.subject}/{self.budget}"
            f"/{self.year}/{self.pay_type}"
        )


def quota_key(text: str) -> QuotaKey:
    """Read what `str` wrote.

    Raises:
        Malformed: `quota_key_format`.
    """
    parts = text.split("/")
    if len(parts) != 7:
        raise Malformed("quota_key_format")
    return QuotaKey(*parts)


class LineState(StrEnum):
    """Where a line stands at its holder."""

    NEW = "new"
    """On record; nothing has been asked of a core, or of the peer's answer nothing is known."""
    EXECUTING = "executing"
    """An intent is open: it may or may not have moved."""
    PAID = "paid"
    FAILED = "failed"
    """This row did not move, others of its voucher may have."""
    RETURNED = "returned"
    RECALLED = "recalled"
    OUTSIDE = "outside"
    """Settled by other means: never asked of a core, and counted apart."""
    SUMMED = "summed"
    """At the bank: stands in a 2301 that has no answer yet."""
    CLEARED = "cleared"
    """The treasury has settled it."""
    BOUNCED = "bounced"
    """At the bank: came back before it was cleared; nothing to ask of the treasury."""
    REFUND_DUE = "refund_due"
    """At the bank: cleared, came back, no 2302 names it yet."""
    REFUNDING = "refunding"
    """A 2302 names it, without an answer yet."""
    REFUNDED = "refunded"
    GRANTED = "granted"
    """A quota line that counts."""
    AGREED = "agreed"
    """A reconciliation statement whose answer says match."""
    DIFFERS = "differs"


DUE: Final = "due"
"""In `Line.refund`: it came back, and nothing names it yet."""


def link(voucher_id: str, detail: str) -> str:
    """How a line is named by others: its voucher and the Id of its row."""
    return f"{voucher_id}#{detail}"


_S = LineState
BANK: Final[Mapping[LineState, frozenset[LineState]]] = {
    _S.NEW: frozenset({_S.EXECUTING, _S.RETURNED, _S.RECALLED, _S.OUTSIDE}),
    _S.EXECUTING: frozenset({_S.PAID, _S.FAILED, _S.RETURNED}),
    _S.PAID: frozenset({_S.SUMMED, _S.BOUNCED}),
    _S.SUMMED: frozenset({_S.PAID, _S.CLEARED}),
    _S.CLEARED: frozenset({_S.REFUND_DUE}),
    _S.REFUND_DUE: frozenset({_S.REFUNDING}),
    _S.REFUNDING: frozenset({_S.REFUND_DUE, _S.REFUNDED}),
}
"""Payment rows at the agent bank."""
TREASURY: Final[Mapping[LineState, frozenset[LineState]]] = {
    _S.NEW: frozenset({_S.GRANTED, _S.EXECUTING, _S.RETURNED}),
    _S.EXECUTING: frozenset({_S.CLEARED, _S.RETURNED}),
    _S.CLEARED: frozenset({_S.REFUNDING}),
    _S.REFUNDING: frozenset({_S.CLEARED, _S.REFUNDED}),
}
"""Quota rows, 2301 and 2302 rows at the People's Bank."""
ISSUED: Final[Mapping[LineState, frozenset[LineState]]] = {
    _S.NEW: frozenset(
        {_S.PAID, _S.FAILED, _S.RETURNED, _S.RECALLED, _S.OUTSIDE, _S.GRANTED, _S.CLEARED,
         _S.AGREED, _S.DIFFERS}
    ),
}  # fmt: skip
"""What a party has issued, and the answer to it; clearing and refund are links, never states."""


def move(
    table: Mapping[LineState, frozenset[LineState]], line: "Line", state: LineState, day: str = ""
) -> "Line":
    """The line in its next state; the day stays unless a new one is given.

    Raises:
        RuleBroken: `line_state`, when the table does not allow it.
    """
    if state not in table.get(line.state, frozenset()):
        raise RuleBroken("line_state", voucher_id=line.voucher_id, state=line.state)
    return replace(line, state=state, day=day or line.day)


@dataclass(frozen=True, slots=True)
class Line:
    """One money row of a voucher as `party` holds it; (party, voucher_id, row) is unique."""

    party: str
    voucher_id: str
    row: int
    """Position in DetailList from 1; what keys of core banking are made of."""
    detail: str
    """Id of the row in its own voucher."""
    kind: str
    division: str
    payment: str
    """Which payment it is about: `division/year/pay type/agency/voucher number`."""
    payment_row: str
    """Id of the payment's row, empty when the whole payment is meant (5108)."""
    amount_fen: Fen
    quota: QuotaKey
    fund: str
    """FundTypeCode: sums are made per treasury, fund and pay type."""
    state: LineState
    day: str
    """Business day on which it was executed, or recorded."""
    agency: str = ""
    """AgencyCode, the budget unit itself."""
    agency_name: str = ""
    clearing: str = ""
    """Link of the 2301 row it stands in; of a 2302 row, of the 2301 row it names."""
    refund: str = ""
    """Link of the notice or 2302 row that brings it back, or `due`."""
    code: str = ""
    """Why it failed, was returned or bounced."""
    trace: str = ""
    """The agent's business number (AgentBusinessNo)."""

    @property
    def link(self) -> str:
        """How other lines name this one."""
        return link(self.voucher_id, self.detail)
