"""The whole day over four nodes: from the bureau's vouchers to cleared and reconciled."""

from hub.desks import bureau
from hub.desks.bureau import Budget, PaymentRequest, QuotaNotice, QuotaRow
from hub.money import Fen
from hub.voucher.model import Draft
from tests.support.town import (
    BANKS,
    DAY,
    DIVISION,
    ENV,
    FINANCE,
    PEOPLES,
    UNITS,
    Town,
    a_bank,
)


def notice(town: Town, requests: list[PaymentRequest]) -> Draft:
    town.numbers += 1
    first = requests[0]
    return bureau.direct_notice(
        QuotaNotice(DIVISION, "2026", f"Q{town.numbers}", DAY, FINANCE, PEOPLES, first.bank,
                    bureau.direct_rows(requests)),
        ENV, 1,
    )  # fmt: skip


def plan(town: Town, budget: Budget, amount: int) -> Draft:
    town.numbers += 1
    return bureau.authorised_notice(
        QuotaNotice(DIVISION, "2026", f"P{town.numbers}", DAY, FINANCE, PEOPLES, a_bank(BANKS[0]),
                    (QuotaRow(budget, Fen(amount)),)),
        "11", ENV, 1,
    )  # fmt: skip


def test_a_payment_is_paid_cleared_and_agreed_upon() -> None:
    town = Town()
    request = town.request(12_345)
    town.issue([*bureau.payment_drafts([request], ENV, 1), notice(town, [request])])
    town.settle()
    assert town.totals("bureau")["5201", "paid"] == (1, 12_345)
    town.close_day()
    assert town.totals("bank-a")["5201", "cleared"] == (1, 12_345)
    assert town.totals("treasury")["2301", "cleared"] == (1, 12_345)
    assert town.totals("bureau")["2301", "cleared"] == (1, 12_345)
    for where in town.nodes:
        with town.nodes[where].store.read() as tx:
            assert [] == tx.open_tasks(10)
            assert [] == tx.breaks()
    assert ("3507", "new") not in town.totals("treasury")
    assert ("3507", "differs") not in town.totals("treasury")


def test_an_authorised_payment_is_cleared_inside_its_quota() -> None:
    town = Town()
    request = town.request(700, issuer=UNITS[0])
    town.issue([*bureau.payment_drafts([request], ENV, 1), plan(town, request.budget, 1000)])
    town.settle()
    town.close_day()
    assert town.totals("bank-a")["8202", "cleared"] == (1, 700)
    with town.nodes["treasury"].store.read() as tx:
        assert [(300, 300)] == list(tx.book(str(PEOPLES), "quota").values())
