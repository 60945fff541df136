"""Who gets a kind of voucher, and by which rule, from catalogue and directory alone."""

import pytest

from hub.errors import RuleBroken
from hub.exchange.model import Role
from hub.exchange.routing import explain
from tests.support.town_map import BANKS, CATALOGUE, DIVISION, FINANCE, HUB, NODES, PEOPLES


def explained(code: str, issuer: str) -> dict[str, Role]:
    kind = CATALOGUE.kind(code, DIVISION, "2026")
    return {str(one.party): one.role for one in explain(kind, DIVISION, issuer, NODES)}


def test_a_payment_goes_to_banks_through_the_hub() -> None:
    found = explained("5201", FINANCE.org_type)
    assert {str(HUB): Role.RELAY, **{str(bank): Role.TO for bank in BANKS}} == found


def test_a_transfer_request_goes_to_the_treasury_and_its_answer_is_copied_to_finance() -> None:
    found = explained("2301", BANKS[0].org_type)
    assert (Role.TO, Role.COPY) == (found[str(PEOPLES)], found[str(FINANCE)])


def test_every_line_names_its_rule() -> None:
    kind = CATALOGUE.kind("5201", DIVISION, "2026")
    rules = {one.role: one.rule for one in explain(kind, DIVISION, FINANCE.org_type, NODES)}
    assert "receivers of 5201 are bank; the sealed to= says which" == rules[Role.TO]


def test_nobody_gets_what_this_organisation_does_not_make() -> None:
    with pytest.raises(RuleBroken, match="kind_not_issued"):
        explained("5201", PEOPLES.org_type)
