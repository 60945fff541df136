"""Quota notices of an import: every payment noticed once, the same payments the same notices."""

from random import Random

import pytest

from hub.desks.bureau import PaymentRequest
from hub.money import fen
from ops.demo.town import town
from ops.payments_import.quota import quota_drafts
from ops.payments_import.requests import Known, request
from ops.payments_import.rows import parse
from tests.support.payments import as_csv, rows

PEOPLE = town()
KNOWN = Known(
    {division.code: division.finance for division in PEOPLE.divisions},
    {bank.line_no: bank.party for bank in PEOPLE.banks},
    frozenset(unit.party for division in PEOPLE.divisions for unit in division.units),
    {PEOPLE.treasury.code: PEOPLE.treasury},
)


@pytest.fixture(name="asked", scope="module")
def _asked() -> list[PaymentRequest]:
    return [request(row, KNOWN, "20261121") for row in parse(as_csv(rows(60))).rows]


def test_notices_cover_exactly_what_is_paid(asked: list[PaymentRequest]) -> None:
    drafts = quota_drafts(asked, KNOWN.finances, KNOWN.treasuries, "dev", 1)
    fields = [(draft.id.voucher.kind, draft.body) for draft in drafts]
    for kind, notice, amount in (("5201", "5108", "PayAmt"), ("8202", "5106", "PlanAmt")):
        of_kind = [body for of, body in fields if of == notice]
        assert sum(r.amount_fen for r in asked if r.kind == kind) == sum(
            fen(body.fields[amount]) for body in of_kind
        )
        assert all(
            fen(body.fields[amount]) == sum(fen(row[amount]) for row in body.details)
            for body in of_kind
        )
    assert len({str(draft.id) for draft in drafts}) == len(drafts)


def test_the_order_of_rows_does_not_change_a_notice(asked: list[PaymentRequest]) -> None:
    mixed = Random(4).sample(asked, len(asked))
    one, other = (
        quota_drafts(some, KNOWN.finances, KNOWN.treasuries, "dev", 1) for some in (asked, mixed)
    )
    assert one == other


def test_other_payments_get_another_notice(asked: list[PaymentRequest]) -> None:
    one, other = (
        {str(d.id) for d in quota_drafts(some, KNOWN.finances, KNOWN.treasuries, "dev", 1)}
        for some in (asked[:30], asked[30:])
    )
    assert one.isdisjoint(other)
