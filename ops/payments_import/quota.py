"""Quota notices for payments that are sent together: 5108 by payment, 5106 by unit and subject.

What a 5106 tells the treasury, a 5105 tells the agent bank that units draw at.

A notice's number follows from the payments it covers, and it is posted in one transaction with
them: doing it again is the same notice, and no payment is ever noticed twice. Pure.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

from hub.desks.bureau import (
    PaymentRequest,
    QuotaNotice,
    QuotaRow,
    authorised_notice,
    direct_notice,
    direct_rows,
    unit_notice,
)
from hub.money import Fen
from hub.parties import Party
from hub.voucher.model import Draft

DIRECT: Final = "5201"
DIGITS: Final = 24
"""Hexadecimal digits of a notice's number: 96 bits."""


def quota_drafts(
    requests: Sequence[PaymentRequest],
    finances: Mapping[str, Party],
    treasuries: Mapping[str, Party],
    env: str,
    cat: int,
) -> list[Draft]:
    """Notices for all of these payments, one for each treasury, bank, fund and budget type."""
    groups: dict[tuple[str, ...], list[PaymentRequest]] = defaultdict(list)
    for request in requests:
        groups[_group(request)].append(request)
    return [
        draft
        for _, members in sorted(groups.items())
        for draft in _drafts(
            sorted(members, key=attrgetter("number")), finances, treasuries, env, cat
        )
    ]


def _group(request: PaymentRequest) -> tuple[str, ...]:
    budget = request.budget
    return (
        request.kind, request.division, request.year, request.bank.line_no, budget.treasury,
        budget.finance_org, budget.fund, budget.budget_type,
    )  # fmt: skip


def _drafts(
    members: Sequence[PaymentRequest],
    finances: Mapping[str, Party],
    treasuries: Mapping[str, Party],
    env: str,
    cat: int,
) -> list[Draft]:
    first = members[0]
    direct = first.kind == DIRECT
    notice = QuotaNotice(
        division=first.division,
        year=first.year,
        number=_number(members),
        day=first.day,
        issuer=finances[first.division],
        treasury=treasuries[first.budget.treasury],
        bank=first.bank,
        rows=direct_rows(members) if direct else _authorised_rows(members),
    )
    if direct:
        return [direct_notice(notice, env, cat)]
    month = first.day[4:6]
    return [unit_notice(notice, month, env, cat), authorised_notice(notice, month, env, cat)]


def _number(members: Sequence[PaymentRequest]) -> str:
    numbers = "\n".join(sorted(f"{member.issuer}/{member.number}" for member in members))
    return f"{members[0].year}-Q{hashlib.sha256(numbers.encode()).hexdigest()[:DIGITS]}"


def _authorised_rows(members: Sequence[PaymentRequest]) -> tuple[QuotaRow, ...]:
    rows: dict[tuple[str, ...], QuotaRow] = {}
    for member in members:
        budget = member.budget
        key = (budget.upper_unit, budget.agency, budget.subject)
        before = rows[key].amount_fen if key in rows else 0
        rows[key] = QuotaRow(budget, Fen(before + member.amount_fen))
    return tuple(row for _, row in sorted(rows.items()))
