"""The hub's control desk: counts and sums of what passed, and the three-way view. Pure.

The hub decides nothing about money. It adds up, per day, division, party and stage, what verified
layers say, in the transaction that records them; and it compares the three sides: what banks say
they paid, what the treasury says it cleared, what came back. Differences by division and pay type
are open positions, not yet errors: payments still to be summed up stand there too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.clearing.calendar import Calendar
from hub.desks.elements import PAYMENTS
from hub.desks.model import Stage, Total
from hub.desks.ports import DeskTransaction
from hub.exchange.model import Arrival, Closing, Role
from hub.money import fen
from hub.voucher.model import LayerType, Voucher

_AMOUNTS: Final = ("PayAmt", "PlanAmt", "SumAmt", "AllAmt")
_X_AMOUNTS: Final = ("XPayAmt", "XSumAmt")


class ControlClerk:
    """What the hub counts of what it relays."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def recorded(self, tx: DeskTransaction, arrivals: Sequence[Arrival]) -> None:
        """Count each relayed layer once."""
        day = self.calendar.business_day(tx.now)
        relayed = [a.voucher for a in arrivals if a.delivery.role is Role.RELAY]
        tx.add_totals(count(relayed, day))

    def closed(self, _tx: DeskTransaction, _closings: Sequence[Closing]) -> None:
        """Hops are the exchange's."""


def count(vouchers: Iterable[Voucher], day: str) -> Mapping[Stage, Total]:
    """Counts and sums by stage."""
    totals: dict[Stage, Total] = {}
    for voucher in vouchers:
        top = voucher.top.id
        if top.layer is LayerType.DOCUMENT:
            continue
        stage = Stage(day, voucher.id.division, str(top.party), voucher.id.kind, top.layer)
        before = totals.get(stage, Total(0, 0))
        totals[stage] = Total(before.count + 1, before.amount_fen + amount(voucher))
    return totals


def amount(voucher: Voucher) -> int:
    """What the top layer says moved, or is to move: X amounts of a receipt, else the original's."""
    names, fields = _AMOUNTS, voucher.original.content.fields
    if voucher.top.id.layer is LayerType.RECEIPT:
        said = next((f for f in _X_AMOUNTS if f in voucher.top.content.fields), "")
        if said:
            return fen(voucher.top.content.fields[said])
    return next((fen(fields[name]) for name in names if name in fields), 0)


@dataclass(frozen=True, slots=True)
class Position:
    """One division on all its days, as the hub saw it pass; all in fen."""

    division: str
    issued_fen: int
    paid_fen: int
    returned_fen: int
    refunded_fen: int
    """By 2203 and 2204; negative."""
    cleared_fen: int
    restored_fen: int
    """By settled 2302; negative."""

    @property
    def open_fen(self) -> int:
        """Paid and not come back, less cleared and not restored: zero when the day is closed."""
        return self.paid_fen + self.refunded_fen - self.cleared_fen - self.restored_fen

    @property
    def unanswered_fen(self) -> int:
        """Issued without receipt or return, or failed in part: what the receipts do not carry."""
        return self.issued_fen - self.paid_fen - self.returned_fen


_SUMS: Final[Mapping[tuple[tuple[str, ...], str], str]] = {
    (PAYMENTS, "original"): "issued_fen",
    (PAYMENTS, "receipt"): "paid_fen",
    (PAYMENTS, "return"): "returned_fen",
    (("2203", "2204"), "original"): "refunded_fen",
    (("2301",), "receipt"): "cleared_fen",
    (("2302",), "receipt"): "restored_fen",
}


def positions(totals: Mapping[Stage, Total]) -> list[Position]:
    """The three-way view by division."""
    sums: dict[str, dict[str, int]] = {}
    for stage, total in totals.items():
        for (kinds, layer), name in _SUMS.items():
            if stage.kind in kinds and stage.stage == layer:
                own = sums.setdefault(stage.division, dict.fromkeys(_SUMS.values(), 0))
                own[name] += total.amount_fen
    return [Position(division, **sums[division]) for division in sorted(sums)]
