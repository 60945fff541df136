"""The whole day over four nodes: from the bureau's vouchers to cleared and reconciled."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.cores.simulated import SimulatedCore, Trouble
from hub.clearing.matching import Mode
from hub.clearing.quota import book_of
from hub.desks import bureau, told
from hub.desks.bureau import Account, PaymentRequest
from hub.desks.desk import Desk
from hub.desks.model import TaskState
from hub.desks.ports import Done, InquireAnswer, Refused, Unclear
from hub.errors import RuleBroken
from hub.parties import Party
from hub.voucher.model import Voucher
from tests.support.town import Town
from tests.support.town_map import BANKS, DIVISION, ENV, FINANCE, PEOPLES, UNITS


def issue(town: Town, *requests: PaymentRequest, noticed: bool = True) -> list[Voucher]:
    """The payments, and quota for exactly them."""
    drafts = bureau.payment_drafts(requests, ENV, 1)
    for bank in sorted({r.bank.party for r in requests}):
        mine = [r for r in requests if r.bank.party == bank]
        direct = [r for r in mine if r.issuer == FINANCE]
        if direct and noticed:
            drafts.append(town.notice(direct))
        others = [(r.budget, r.amount_fen) for r in mine if r.issuer != FINANCE]
        if others:
            drafts.append(town.plan(bank, *others))
    return town.issue(drafts)


def quota(town: Town) -> int:
    with town.nodes["treasury"].store.read() as tx:
        return sum(balance for balance, _ in tx.book(str(PEOPLES), book_of(DIVISION)).values())


def test_a_payment_is_paid_cleared_and_agreed_upon() -> None:
    town = Town()
    issue(town, town.request(12_345))
    town.settle()
    assert (1, 12_345) == town.totals("bureau")["5201", "paid"]
    town.close_day()
    assert (1, 12_345) == town.totals("bank-a")["5201", "cleared"]
    assert (1, 12_345) == town.totals("treasury")["2301", "cleared"]
    assert (1, 12_345) == town.totals("bureau")["2301", "cleared"]
    assert (2, 24_690) == town.totals("treasury")["3507", "agreed"]
    assert [] == town.problems()


def test_an_authorised_payment_is_cleared_inside_its_quota() -> None:
    town = Town()
    request = town.request(700, issuer=UNITS[0])
    town.issue(
        [*bureau.payment_drafts([request], ENV, 1), town.plan(BANKS[0], (request.budget, 1000))]
    )
    town.settle()
    town.close_day()
    assert (1, 700) == town.totals("bank-a")["8202", "cleared"]
    assert 300 == quota(town)
    assert [] == town.problems()


def test_a_batch_is_paid_row_by_row_and_failed_rows_say_why() -> None:
    town = Town(3, banking=Trouble(refused=0.5))
    issue(town, town.request(*range(100, 120), batch=True))
    town.settle()
    paid, failed = (town.totals("bureau")["5201", state] for state in ("paid", "failed"))
    assert 20 == paid[0] + failed[0]
    assert sum(range(100, 120)) == paid[1] + failed[1]
    assert failed[0]
    town.close_day()
    assert paid == town.totals("treasury")["2301", "cleared"]
    assert failed[1] == quota(town)
    assert [] == town.problems()


def test_a_batch_without_its_detail_goes_back_at_the_cut_off() -> None:
    town = Town()
    request = town.request(5, 6, batch=True)
    town.issue([bureau.payment(request, ENV, 1)])
    town.settle()
    with town.nodes["bank-a"].store.read() as tx:
        waits = tx.open_tasks(5)[0]
    assert ("011.370100", "batch_detail_missing") == (waits.waiting_for, waits.next_action)
    town.phase("cutoff", "bank-a")
    town.settle()
    assert (2, 11) == town.totals("bureau")["5201", "returned"]


def test_a_batch_whose_detail_comes_late_is_paid_then() -> None:
    town = Town()
    request = town.request(5, 6, batch=True)
    town.issue([bureau.payment(request, ENV, 1)])
    town.settle()
    town.issue([bureau.batch_detail(request, ENV, 1)])
    town.settle()
    assert (2, 11) == town.totals("bureau")["5201", "paid"]


def test_a_detail_whose_payment_went_back_before_it_came_goes_back_too() -> None:
    town = Town()
    request = replace(town.request(9, 8, batch=True), payer=Account("X", "陌生账户", "云岭支行"))
    town.issue([bureau.payment(request, ENV, 1)])
    town.settle()
    town.issue([bureau.batch_detail(request, ENV, 1)])
    town.settle()
    assert (2, 17) == town.totals("bureau")["5201", "returned"]
    assert (1, 17) == town.totals("bank-a")["8207", "returned"]
    assert [] == town.problems()


def test_a_detail_without_a_payment_goes_back_at_the_cut_off() -> None:
    town = Town()
    town.issue([bureau.batch_detail(town.request(9, 8, batch=True), ENV, 1)])
    town.settle()
    assert (1, 17) == town.totals("bank-a")["8207", "new"]
    town.phase("cutoff", "bank-a")
    town.settle()
    assert (1, 17) == town.totals("bank-a")["8207", "returned"]


def test_a_detail_of_what_is_no_batch_goes_back() -> None:
    town = Town()
    request = town.request(9, 8)
    town.issue([bureau.payment(request, ENV, 1), bureau.batch_detail(request, ENV, 1)])
    town.settle()
    assert (2, 17) == town.totals("bureau")["5201", "paid"]
    assert (1, 17) == town.totals("bank-a")["8207", "returned"]


def test_a_payment_from_a_strange_account_goes_back_without_asking_the_core() -> None:
    town = Town()
    request = town.request(9, issuer=UNITS[0])
    payer = town.request(9).payer
    strange = PaymentRequest(
        request.division, request.year, request.number, request.day, request.issuer, request.bank,
        payer, request.budget, request.payees,
    )  # fmt: skip
    town.issue([bureau.payment(strange, ENV, 1)])
    town.settle()
    assert (1, 9) == town.totals("bureau")["8202", "returned"]
    core = town.nodes["bank-a"].core
    assert core is not None
    assert [] == core.book.entries()


def test_a_recall_before_execution_is_obeyed() -> None:
    town = Town()
    voucher = issue(town, town.request(10))[0]
    town.carry()
    town.recall(voucher)
    town.carry()
    town.settle()
    assert (1, 10) == town.totals("bureau")["5201", "recalled"]
    assert (1, 10) == town.totals("bank-a")["5201", "recalled"]
    assert [] == town.problems()


def test_a_recall_seen_first_forbids_the_original() -> None:
    town = Town()
    voucher = issue(town, town.request(10))[0]
    recall = town.recall(voucher)[0]
    bank = BANKS[0]
    deliver(town, recall, bank)
    deliver(town, voucher, bank)
    town.settle()
    assert (1, 10) == town.totals("bank-a")["5201", "recalled"]
    assert (1, 10) == town.totals("bureau")["5201", "recalled"]


def test_a_recall_after_execution_is_answered_by_statement() -> None:
    town = Town()
    voucher = issue(town, town.request(10))[0]
    town.settle()
    town.recall(voucher)
    town.carry()
    with town.nodes["bank-a"].store.begin() as tx:
        said = [e for e in tx.take_statements(50) if e.status == "sign_failed"]
    assert ["already_executing"] == [e.code for e in said]
    assert (1, 10) == town.totals("bureau")["5201", "paid"]


def deliver(town: Town, voucher: Voucher, receiver: Party) -> None:
    from hub.exchange.model import Role

    town.deliver(voucher, receiver, Role.TO)


def test_what_bounces_before_clearing_is_never_asked_of_the_treasury() -> None:
    town = Town(1, banking=Trouble(bounced=1.0))
    issue(town, town.request(40), town.request(2, issuer=UNITS[0]))
    town.settle()
    town.close_day()
    assert (1, 40) == town.totals("bank-a")["5201", "bounced"]
    assert (1, 2) == town.totals("bank-a")["8202", "bounced"]
    assert {("2203", "new"): (1, -40), ("2204", "new"): (1, -2)} == {
        k: v for k, v in town.totals("bureau").items() if k[0] in {"2203", "2204"}
    }
    assert ("2301", "cleared") not in town.totals("treasury")
    assert [] == town.problems()


def test_what_bounces_after_clearing_comes_back_through_a_2302() -> None:
    town = Town(1, banking=Trouble(bounced=1.0))
    issue(town, town.request(40), town.request(7, 8, batch=True))
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    assert 0 == quota(town)
    town.close_day()
    assert (3, 55) == town.totals("bank-a")["5201", "refunded"]
    assert (3, 55) == town.totals("treasury")["2301", "refunded"]
    assert (3, -55) == town.totals("treasury")["2302", "cleared"]
    assert 55 == quota(town)
    assert [] == town.problems()


def test_what_comes_back_after_the_last_look_at_its_day_is_heard_later() -> None:
    town = Town(1, banking=Trouble(bounced=1.0))
    issue(town, town.request(40))
    town.settle()
    later = "20261207"
    assert 1 == town.phase("bounces", "bank-a", later)
    assert 0 == town.phase("bounces", "bank-a", later)
    assert (1, 40) == town.totals("bank-a")["5201", "bounced"]
    assert 0 == town.phase("bounces", "bank-b", later)


def test_what_bounces_while_summed_up_waits_for_the_treasury() -> None:
    town = Town(1, banking=Trouble(bounced=1.0))
    issue(town, town.request(40))
    town.settle()
    town.phase("sum_up", "bank-a")
    town.phase("bounces", "bank-a")
    town.settle()
    assert (1, 40) == town.totals("bank-a")["5201", "refund_due"]
    town.close_day()
    assert (1, 40) == town.totals("bank-a")["5201", "refunded"]
    assert [] == town.problems()


def test_a_request_without_notice_goes_back_at_the_cut_off_and_is_asked_again_later() -> None:
    town = Town()
    request = town.request(33)
    issue(town, request, noticed=False)
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    with town.nodes["treasury"].store.read() as tx:
        assert "payment_not_noticed" == tx.open_tasks(5)[0].next_action
    town.phase("cutoff", "treasury")
    town.settle()
    assert (1, 33) == town.totals("treasury")["2301", "returned"]
    assert (1, 33) == town.totals("bank-a")["5201", "paid"]
    town.issue([town.notice([request])])
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    assert (1, 33) == town.totals("bank-a")["5201", "cleared"]


def test_a_late_notice_wakes_the_request_that_waits() -> None:
    town = Town()
    request = town.request(33)
    issue(town, request, noticed=False)
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    town.issue([town.notice([request])])
    town.settle()
    assert (1, 33) == town.totals("treasury")["2301", "cleared"]


def test_by_quota_a_payment_needs_no_notice_of_its_own() -> None:
    town = Town(mode=Mode.BY_QUOTA)
    one, other = town.request(33), town.request(33)
    issue(town, one, noticed=False)
    town.issue([town.notice([other if other.budget == one.budget else one])])
    town.settle()
    town.close_day()
    assert (1, 33) == town.totals("treasury")["2301", "cleared"]


def test_a_treasury_core_that_refuses_gives_the_quota_back() -> None:
    town = Town(treasury=Trouble(refused=1.0))
    issue(town, town.request(21))
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    assert (1, 21) == town.totals("treasury")["2301", "returned"]
    assert (1, 21) == town.totals("bank-a")["5201", "paid"]
    assert 21 == quota(town)
    assert [] == town.problems()


def test_a_reduction_below_what_is_used_goes_back() -> None:
    town = Town()
    request = town.request(5, issuer=UNITS[0])
    town.issue([town.plan(BANKS[0], (request.budget, 10))])
    town.settle()
    town.issue([town.plan(BANKS[0], (request.budget, -11))])
    town.settle()
    assert 10 == quota(town)
    assert (1, -11) == town.totals("bureau")["5106", "returned"]


def test_a_core_that_repeats_keys_is_never_asked_twice() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    core = town.nodes["bank-a"].core
    assert core is not None
    core._refuses = False
    issue(town, town.request(10))
    town.settle()
    with town.nodes["bank-a"].store.read() as tx:
        (task,) = tx.open_tasks(5)
    assert (TaskState.PARKED, "core_ask_operator") == (task.state, task.next_action)
    assert [] == core.book.entries()


class OneSilent(SimulatedCore):
    """A core that takes keys twice, and for a time says nothing of the last key it is asked for."""

    silent = True

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """The last one is unclear."""
        answers = super().inquire(keys)
        return [*answers[:-1], Unclear()] if self.silent else answers


def test_a_person_is_asked_only_when_the_core_can_tell_nothing_more_of_any_row() -> None:
    town = Town(5)
    bank = town.nodes["bank-a"]
    assert bank.core is not None
    core = OneSilent(bank.core.book, "5", Trouble(lost=1.0), refuses_repeated_keys=False)
    parts: Any = bank.desk._parts
    bank.desk = bank.other = Desk(replace(parts, cores={BANKS[0]: core}))
    issue(town, town.request(10, 20))
    town.settle()
    assert ["core_unknown"] == waiting(bank), "a row that is silent may still be paid"
    core.silent = False
    town.settle()
    assert ["core_ask_operator"] == waiting(bank)


def waiting(node: Any) -> list[str]:
    """What each open task of a node waits for."""
    with node.store.read() as tx:
        return [task.next_action for task in tx.open_tasks(5)]


@pytest.mark.parametrize(
    ("said", "state"), [(Done("317", "20261121"), "paid"), (Refused("never_sent"), "returned")]
)
def test_what_a_person_found_at_the_core_ends_the_payment_and_is_never_asked_again(
    said: Done | Refused, state: str
) -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank = town.nodes["bank-a"]
    assert bank.core is not None
    bank.core._refuses = False
    issue(town, town.request(10))
    town.settle()
    with bank.store.begin() as tx:
        (task,) = tx.parked_tasks(5)
        (intent,) = told.asked(tx, task)
        with pytest.raises(RuleBroken, match="outcome_row"):
            told.settle(tx, task, intent.row + 1, said)
        assert 0 == told.settle(tx, task, intent.row, said)
        assert [] == told.asked(tx, task)
        tx.commit()
    bank.core._refuses = True  # a core that would now be asked to execute what it does not know
    town.settle()
    assert (1, 10) == town.totals("bureau")["5201", state]
    assert [] == bank.core.book.entries()
    with bank.store.read() as tx, pytest.raises(RuleBroken, match="outcome_not_asked"):
        told.asked(tx, next(iter(tx.tasks([task.id]).values())))


def test_a_phase_run_again_plans_nothing() -> None:
    town = Town()
    issue(town, town.request(1), town.request(2, bank=BANKS[1]))
    town.settle()
    town.close_day()
    before = town.digest()
    for name in ("bounces", "sum_up", "daily_lists", "cutoff", "checks"):
        for where in town.nodes:
            assert 0 == town.phase(name, where)
    town.settle()
    assert before == town.digest()
