"""A refund notice counts only from the bank that paid."""

from dataclasses import replace

import pytest

from adapters.cores.simulated import Trouble
from adapters.embedded.memory_records import LAYERS
from hub.desks import bureau
from hub.errors import RuleBroken
from hub.exchange.model import Role
from hub.parties import Party
from hub.voucher.model import Draft, LayerId, LayerType, Voucher
from tests.support.plain import sealed
from tests.support.town import Town
from tests.support.town_map import BANKS, ENV, FINANCE


def bounced() -> tuple[Town, Voucher]:
    """A payment that bank A made and that came back: the town, and A's refund notice."""
    town = Town(1, banking=Trouble(bounced=1.0))
    request = town.request(40)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    town.settle()
    town.close_day()
    with town.nodes["bank-a"].store.read() as tx:
        (digest,) = {row.message_digest for row in tx.rows(LAYERS).values() if row.kind == "2203"}
        octets = tx.messages([digest])[digest]
    return town, town.verifier.reopen([octets])[0]


def as_of(bank: Party, notice: Voucher) -> Voucher:
    """The same notice under another bank's seal and number."""
    identity = replace(notice.id, issuer=bank, number="20261123900001")
    original = notice.original
    return sealed(
        Draft(LayerId(identity, LayerType.ORIGINAL, bank), 1, original.to, original.content)
    )


def test_a_notice_of_a_bank_that_did_not_pay_is_refused_by_code() -> None:
    town, notice = bounced()
    before = town.digest()
    with pytest.raises(RuleBroken, match="refund_not_payer"):
        town.deliver(as_of(BANKS[1], notice), FINANCE, Role.TO)
    assert before == town.digest()
    assert [] == town.problems()


def test_a_second_notice_of_the_bank_that_paid_changes_no_payment() -> None:
    town, notice = bounced()
    town.deliver(as_of(BANKS[0], notice), FINANCE, Role.TO)
    assert (1, 40) == town.totals("bureau")["5201", "paid"]


def test_a_notice_for_a_row_its_bank_reported_unpaid_is_refused_by_code() -> None:
    town = Town(1, banking=Trouble(refused=1.0))
    request = town.request(40)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    town.settle()
    assert (1, 40) == town.totals("bureau")["5201", "returned"]
    _, notice = bounced()
    with pytest.raises(RuleBroken, match="refund_not_payer"):
        town.deliver(as_of(BANKS[0], notice), FINANCE, Role.TO)
