"""Payments whose names, accounts and amounts are unlike anything else, and a search for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from hub.desks.bureau import Account, Payee, PaymentRequest
from hub.money import Fen, yuan

MARK: Final = "泄露标记"
"""Begins every marked name."""
ACCOUNT: Final = "99777000111222"
"""Begins every marked account."""
BASE_FEN: Final = 777_000_111
"""Marked amounts lie above it."""


def marked(request: PaymentRequest, n: int) -> PaymentRequest:
    """The request with marked names, accounts and amounts wherever its form leaves room."""
    payees = tuple(
        Payee(
            Account(f"{ACCOUNT}{n:03d}{k}", f"{MARK}收款{n}", f"{MARK}支行", payee.account.bank_no),
            Fen(BASE_FEN + 1000 * n + k),
        )
        for k, payee in enumerate(request.payees)
    )
    budget = replace(request.budget, agency_name=f"{MARK}单位")
    payer = replace(request.payer, name=f"{MARK}付款", bank_name=f"{MARK}开户")
    extra = {"PaySummaryName": f"{MARK}用途{n}", "Remark": f"{MARK}备注"}
    return replace(request, payees=payees, budget=budget, payer=payer, extra=extra)


def amounts(requests: Sequence[PaymentRequest]) -> set[str]:
    """All amounts as anybody could write them."""
    sums = [p.amount_fen for r in requests for p in r.payees] + [r.amount_fen for r in requests]
    return {text for value in sums for text in (str(value), yuan(value), f"{value / 100:,.2f}")}


def found_in(text: str, secrets: Iterable[str]) -> list[str]:
    """Which secrets the text holds, as they are or as JSON writes them."""
    forms = {secret: {secret, _escaped(secret)} for secret in secrets}
    return [
        secret
        for secret, spelt in forms.items()
        if any(re.search(rf"(?<!\d){re.escape(form)}", text) for form in spelt)
    ]


def _escaped(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")
