"""Unit quota at the agent bank: 5105 grants it, authorised payments use it."""

from dataclasses import replace

from adapters.cores.simulated import Trouble
from hub.desks import bureau
from hub.parties import Party
from hub.voucher.model import Voucher
from tests.support.town import Town
from tests.support.town_map import BANKS, DIVISION, ENV, UNITS

BANK = BANKS[0]
UNIT = UNITS[0]


def a_town(**trouble: float) -> Town:
    return Town(1, banking=Trouble(**trouble) if trouble else None, unit_quota=True)


def pay(town: Town, amount: int, *, granted: int, treasury: bool = True) -> list[Voucher]:
    """One authorised payment, and quota for the unit."""
    request = town.request(amount, issuer=UNIT)
    drafts = bureau.payment_drafts([request], ENV, 1)
    if granted:
        drafts.append(town.unit_plan(BANK, (request.budget, granted)))
    if treasury:
        drafts.append(town.plan(BANK, (request.budget, amount)))
    return town.issue(drafts)


def left(town: Town) -> int:
    with town.nodes["bank-a"].store.read() as tx:
        book = tx.book(str(BANK), f"unit_quota/{DIVISION}")
    assert all(balance == entries for balance, entries in book.values())
    return sum(balance for balance, _ in book.values())


def waits(town: Town) -> list[tuple[str, str]]:
    with town.nodes["bank-a"].store.read() as tx:
        return [(t.waiting_for, t.next_action) for t in tx.open_tasks(9)]


def test_a_payment_uses_its_units_quota_and_the_receipt_answers_the_notice() -> None:
    town = a_town()
    pay(town, 70, granted=100)
    town.settle()
    assert (1, 70) == town.totals("bureau")["8202", "paid"]
    assert (1, 100) == town.totals("bureau")["5105", "granted"]
    assert 30 == left(town)
    town.close_day()
    assert [] == town.problems()


def test_what_exceeds_the_quota_waits_for_finance_and_is_paid_when_more_comes() -> None:
    town = a_town()
    pay(town, 70, granted=60)
    town.settle()
    assert [(f"011.{DIVISION}", "unit_quota_exceeded")] == waits(town)
    request = town.request(1, issuer=UNIT)
    town.issue([town.unit_plan(BANK, (request.budget, 10))])
    town.settle()
    assert (1, 70) == town.totals("bureau")["8202", "paid"]
    assert 0 == left(town)


def test_what_exceeds_the_quota_goes_back_at_the_cut_off() -> None:
    town = a_town()
    pay(town, 70, granted=60)
    town.settle()
    town.phase("cutoff", "bank-a")
    town.settle()
    assert (1, 70) == town.totals("bureau")["8202", "returned"]
    assert 60 == left(town)


def test_what_did_not_move_gives_its_quota_back() -> None:
    town = a_town(refused=1.0)
    pay(town, 70, granted=100)
    town.settle()
    assert (1, 70) == town.totals("bureau")["8202", "returned"]
    assert 100 == left(town)


def test_what_bounced_gives_its_quota_back_once() -> None:
    town = a_town(bounced=1.0)
    pay(town, 70, granted=100)
    town.settle()
    town.close_day()
    town.phase("bounces", "bank-a")
    town.settle()
    assert (1, 70) == town.totals("bank-a")["8202", "bounced"]
    assert 100 == left(town)
    assert [] == town.problems()


def test_a_reduction_below_what_is_left_goes_back() -> None:
    town = a_town()
    pay(town, 70, granted=100)
    town.settle()
    request = town.request(1, issuer=UNIT)
    town.issue([town.unit_plan(BANK, (request.budget, -31))])
    town.settle()
    assert (1, -31) == town.totals("bureau")["5105", "returned"]
    assert 30 == left(town)


def test_a_notice_that_names_another_bank_goes_back() -> None:
    town = a_town()
    request = town.request(1, issuer=UNIT)
    draft = town.unit_plan(BANK, (request.budget, 5))
    town.issue([replace(draft, to=(str(BANKS[1]),))])
    town.settle()
    assert (1, 5) == town.totals("bureau")["5105", "returned"]


def test_a_notice_recalled_before_it_is_counted_grants_nothing() -> None:
    town = a_town()
    request = town.request(1, issuer=UNIT)
    voucher = town.issue([town.unit_plan(BANK, (request.budget, 5))])[0]
    town.carry()
    town.recall(voucher)
    town.carry()
    town.settle()
    assert (1, 5) == town.totals("bureau")["5105", "recalled"]
    assert 0 == left(town)


def test_direct_payments_need_no_unit_quota() -> None:
    town = a_town()
    request = town.request(40)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    town.settle()
    assert (1, 40) == town.totals("bureau")["5201", "paid"]


def test_a_bank_without_unit_quota_pays_and_counts_what_it_is_told() -> None:
    town = Town()
    pay(town, 70, granted=60)
    town.settle()
    assert (1, 70) == town.totals("bureau")["8202", "paid"]
    assert 60 == left(town)


def test_units_do_not_share_their_quota() -> None:
    town = a_town()
    other: Party = UNITS[1]
    pay(town, 70, granted=100)
    request = town.request(20, issuer=other)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.plan(BANK, (request.budget, 20))])
    town.settle()
    assert [(f"011.{DIVISION}", "unit_quota_exceeded")] == waits(town)
    assert 30 == left(town)
