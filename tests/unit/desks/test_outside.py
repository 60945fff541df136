"""A payment settled by paper is never paid electronically, nor returned: it is counted apart."""

from typing import Any

import pytest

from adapters.cores.simulated import Trouble
from hub.desks import bank_outside, bureau
from hub.desks.outside import CODE, OutsideRow
from hub.errors import Conflict, RuleBroken
from hub.exchange import statements
from hub.exchange.model import Role, StatementEntry
from hub.parties import Party
from hub.voucher.model import Voucher
from tests.support.town import Town
from tests.support.town_map import BANKS, DAY, ENV, FINANCE

BANK, OTHER = BANKS[0], BANKS[1]


def issued(town: Town, *amounts: int, batch: bool = False) -> list[Voucher]:
    request = town.request(*amounts, batch=batch)
    return town.issue(bureau.payment_drafts([request], ENV, 1))


def settle(town: Town, voucher_id: str, bank: Party = BANK, node: str = "bank-a") -> bool:
    with town.nodes[node].store.alone() as tx:
        row = OutsideRow(str(bank), voucher_id, "paper-17", b"\1" * 32, "ab" * 32, tx.now)
        here = bank_outside.settle(tx, bank, row, DAY)
        tx.commit()
    return here


def stated(town: Town) -> list[StatementEntry]:
    """Takes what bank A has to say, and brings it to the bureau as its statement."""
    with town.nodes["bank-a"].store.begin() as tx:
        entries = tx.take_statements(100)
        tx.commit()
    said = [entry for entry in entries if entry.code]
    if said:
        draft = statements.draft(said, ENV, 1, town.clock.now(), f"s-{town.clock.at}")
        (document,) = town.sealer.seal([draft])
        town.deliver(document, FINANCE, Role.TO)
    return said


def moved(town: Town) -> int:
    core = town.nodes["bank-a"].core
    assert core is not None
    return len(core.book.entries())


def settles(town: Town) -> tuple[Any, Any]:
    """What bank and bureau count as settled outside, after everything has come to rest."""
    town.settle()
    return (
        town.totals("bank-a").get(("5201", "outside")),
        town.totals("bureau").get(("5201", "outside")),
    )


def test_a_payment_on_record_is_closed_and_its_issuer_hears_it() -> None:
    town = Town()
    (voucher,) = issued(town, 500)
    town.carry()
    assert settle(town, str(voucher.id))
    assert [(str(voucher.top.id), "signed_for", CODE)] == [
        (e.layer_id, e.status, e.code) for e in stated(town)
    ]
    assert ((1, 500), (1, 500)) == settles(town)
    assert (0, []) == (moved(town), town.problems())


def test_the_copy_that_comes_later_is_recorded_and_answered_and_not_paid() -> None:
    town = Town()
    (voucher,) = issued(town, 500)
    assert not settle(town, str(voucher.id))
    town.carry()
    with town.nodes["bank-a"].store.read() as tx:
        assert {str(voucher.top.id)} == set(tx.layers([str(voucher.top.id)]))
    assert [CODE] == [e.code for e in stated(town)]
    assert ((1, 500), (1, 500)) == settles(town)
    assert (0, []) == (moved(town), town.problems())


def test_its_day_closes_without_it_and_every_book_agrees() -> None:
    town = Town()
    (voucher,) = issued(town, 500)
    town.carry()
    settle(town, str(voucher.id))
    stated(town)
    town.settle()
    town.close_day()
    assert (None, []) == (town.totals("bank-a").get(("2301", "cleared")), town.problems())


def test_what_has_been_asked_of_the_core_or_answered_is_not_settled_outside() -> None:
    town = Town(banking=Trouble(silent=1.0))
    (voucher,) = issued(town, 500)
    town.carry()
    town.nodes["bank-a"].desk.work(50)
    with pytest.raises(RuleBroken, match="intent_open"):
        settle(town, str(voucher.id))
    town.settle()
    with pytest.raises(RuleBroken, match="intent_open"):
        settle(town, str(voucher.id))


def test_what_was_recalled_is_not_settled_outside_and_the_reverse_is_told() -> None:
    town = Town()
    recalled, settled = issued(town, 500)[0], issued(town, 600)[0]
    town.carry()
    town.recall(recalled)
    settle(town, str(settled.id))
    stated(town)
    town.recall(settled)
    town.carry()
    with pytest.raises(RuleBroken, match="outside_too_late"):
        settle(town, str(recalled.id))
    assert ["already_executing"] == [e.code for e in stated(town) if e.status == "sign_failed"]
    assert (1, 600) == settles(town)[0]
    assert 0 == moved(town)


def test_the_first_word_stands_and_only_the_payer_says_it_of_payments() -> None:
    town = Town()
    (voucher,) = issued(town, 500)
    town.carry()
    settle(town, str(voucher.id))
    with pytest.raises(Conflict, match="outside_already"):
        settle(town, str(voucher.id))
    with pytest.raises(RuleBroken, match="outside_kind"):
        settle(town, str(voucher.id).replace("/5201/", "/2301/"))
    (other,) = issued(town, 700)
    town.carry()
    with pytest.raises(RuleBroken, match="outside_addressee"):
        settle(town, str(other.id), OTHER)


def test_a_new_number_for_the_same_payment_is_not_paid_beside_it() -> None:
    town = Town()
    request = town.request(5, 6, batch=True)
    detail, voucher = town.issue(bureau.payment_drafts([request], ENV, 1))
    assert ("8207", "5201") == (detail.id.kind, voucher.id.kind)
    settle(town, str(voucher.id))
    town.settle()
    stated(town)
    assert 0 == moved(town)
    assert (2, 11) == town.totals("bank-a")["5201", "outside"]
    assert ("8207", "returned") in town.totals("bank-a"), "the detail goes back, the payment never"
