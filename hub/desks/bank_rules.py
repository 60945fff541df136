"""What an agent bank checks before it pays. Pure.

A rule that does not hold gives a code, and the voucher goes back with it (退回); nothing was asked
of the core by then.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.clearing.model import Line, LineState
from hub.desks.bureau import BATCH
from hub.desks.elements import BATCH_DETAIL, PAYMENTS, clearing_elements, total
from hub.money import yuan
from hub.parties import Party
from hub.voucher.model import Voucher

_SAME: Final = ("PayeeAcctNo", "PayeeAcctName", "PayeeAcctBankName", "PayAmt")
_PAYER: Final = ("PayAcctNo", "PayAcctName", "PayAcctBankName")


@dataclass(frozen=True, slots=True)
class ClearingAccounts:
    """Between which accounts a treasury and this bank clear."""

    agent_no: str
    agent_name: str
    agent_bank: str
    clear_no: str
    clear_name: str
    clear_bank: str


@dataclass(frozen=True, slots=True)
class BankProfile:
    """One agent bank, as its desk is set up."""

    party: Party
    code: str
    name: str
    line_no: str
    """PayBankNo."""
    clearing: Mapping[str, ClearingAccounts]
    """By TreCode."""
    payers: Mapping[str, str] = field(default_factory=dict)
    """Zero-balance account → the party that may draw on it."""
    payee_banks: frozenset[str] = frozenset()
    """Bank line numbers that can be reached; empty: the payment system decides."""
    unit_quota: bool = False
    """Units draw on their zero-balance accounts within quotas that 5105 grants."""


def is_batch(voucher: Voucher) -> bool:
    """Whether the payment needs an 8207."""
    return voucher.original.content.fields.get("BusinessTypeCode") == BATCH


def check(
    profile: BankProfile, voucher: Voucher, lines: Sequence[Line], about: Sequence[Line]
) -> str:
    """Empty when the payment may be executed; else the code. `about`: all lines of the payment."""
    fields = voucher.original.content.fields
    rows = voucher.original.content.details
    banks = {row.get("PayeeAcctBankNo", "") for row in rows} - {""}
    checks = (
        ("payer_account", profile.payers.get(fields["PayAcctNo"]) != str(voucher.id.issuer)),
        ("other_bank", fields.get("PayBankNo") != profile.line_no),
        ("clearing_elements", not all(clearing_elements(line) for line in lines)),
        ("treasury_unknown", fields.get("TreCode") not in profile.clearing),
        ("row_amount", any(line.amount_fen <= 0 for line in lines)),
        ("payee_bank", bool(profile.payee_banks and banks - profile.payee_banks)),
        ("payment_duplicate", _duplicate(lines, about)),
    )
    return next((code for code, broken in checks if broken), "")


def _duplicate(lines: Sequence[Line], about: Sequence[Line]) -> bool:
    own = lines[0].voucher_id
    dead = {LineState.RETURNED, LineState.RECALLED}
    return any(
        line.kind in PAYMENTS and line.voucher_id != own and line.state not in dead
        for line in about
    )


def detail_of(about: Sequence[Line], state: LineState | None = LineState.NEW) -> Line | None:
    """The batch detail of a payment, if it is here."""
    found = [
        line
        for line in about
        if line.kind == BATCH_DETAIL and (state is None or line.state is state)
    ]
    return found[0] if found else None


def check_detail(voucher: Voucher, detail: Voucher, lines: Sequence[Line]) -> str:
    """Empty when an 8207 says the same as its payment: total, payer, bank, every row."""
    main, batch = voucher.original.content, detail.original.content
    if batch.fields["SumAmt"] != yuan(total(list(lines))):
        return "batch_detail_differs"
    if any(main.fields.get(name) != batch.fields.get(name) for name in (*_PAYER, "PayBankNo")):
        return "batch_detail_differs"
    ours = Counter(tuple(row.get(name, "") for name in _SAME) for row in main.details)
    theirs = Counter(tuple(row.get(name, "") for name in _SAME) for row in batch.details)
    in_order = [row["Id"] for row in main.details] == [row["Id"] for row in batch.details]
    return "" if ours == theirs and in_order else "batch_detail_differs"
