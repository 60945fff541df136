"""Matching: 5108 rows ↔ 2301 rows ↔ payment vouchers, by number, bank and amount. Pure.

Two modes, chosen per pay type:
- by number: every row of a 2301 must stand in a notice for the same payment, bank and quota key,
  and all rows asked for a payment together may not exceed it. Less is allowed: rows of a batch
  payment may have failed, and what is left over stays in the quota.
- by quota: the quota alone decides.
In both modes one payment row is asked for once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.clearing.model import Line, LineState


class Mode(StrEnum):
    """How a transfer request is tied to quota notices."""

    BY_NUMBER = "by_number"
    BY_QUOTA = "by_quota"


@dataclass(frozen=True, slots=True)
class Modes:
    """The mode per PayTypeCode."""

    by_pay_type: Mapping[str, Mode] = field(default_factory=dict)
    default: Mode = Mode.BY_QUOTA

    def of(self, pay_type: str) -> Mode:
        """The mode in force."""
        return self.by_pay_type.get(pay_type, self.default)


DEAD = frozenset({LineState.RETURNED})
"""A returned request asks for nothing: its rows may be asked for again, under a new number."""


def match(request: Sequence[Line], about: Mapping[str, Sequence[Line]], modes: Modes) -> str:
    """Empty when the rows of a 2301 match; else the code, `payment_not_noticed` meaning: wait.

    `about` holds, by payment, all other 5108 and 2301 rows on record. The request's own rows
    among them are ignored.
    """
    code = _repeated(request, about)
    if code:
        return code
    for line in request:
        if modes.of(line.quota.pay_type) is Mode.BY_NUMBER:
            code = _by_number(line, request, about.get(line.payment, ()))
            if code:
                return code
    return ""


def _others(request: Sequence[Line], lines: Iterable[Line]) -> list[Line]:
    own = {line.voucher_id for line in request}
    return [
        line
        for line in lines
        if line.kind == "2301" and line.voucher_id not in own and line.state not in DEAD
    ]


def _repeated(request: Sequence[Line], about: Mapping[str, Sequence[Line]]) -> str:
    asked = Counter((line.payment, line.payment_row) for line in request)
    for payment in {line.payment for line in request}:
        others = _others(request, about.get(payment, ()))
        # A request still undecided (NEW) does not block another: the first to be decided wins.
        asked.update({(o.payment, o.payment_row) for o in others if o.state is not LineState.NEW})
    return "line_repeated" if any(count > 1 for count in asked.values()) else ""


def _by_number(line: Line, request: Sequence[Line], about: Sequence[Line]) -> str:
    noticed = [
        n
        for n in about
        if n.kind == "5108" and n.state is LineState.GRANTED and n.quota == line.quota
    ]
    if not noticed:
        return "payment_not_noticed"
    decided = [o for o in _others(request, about) if o.state is not LineState.NEW]
    asked = [*decided, *(r for r in request if r.payment == line.payment)]
    if sum(a.amount_fen for a in asked) > sum(n.amount_fen for n in noticed):
        return "notice_exceeded"
    return ""
