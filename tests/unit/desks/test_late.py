"""A core's word that comes late and says the opposite changes nothing, and is not lost."""

from __future__ import annotations

import pytest

from adapters.cores.simulated import Trouble
from hub.clearing.breaks import BreakState, settle
from hub.desks import late, told
from hub.desks.ports import Done, NotKnown, Refused
from hub.exchange import conditions
from hub.exchange.alarms import Sighting
from hub.observer import Fact
from ops.store_view import view
from tests.support.town import Town
from tests.support.town_window import BANK, a_window
from tests.support.town_words import AMOUNT, DONE, REFUSED, differences, intent_of, parked, say

OPPOSED = [(REFUSED, DONE, (0, AMOUNT)), (DONE, REFUSED, (AMOUNT, 0))]


@pytest.mark.parametrize(("person", "core", "money"), OPPOSED)
def test_a_cores_late_word_against_a_persons_is_kept_and_changes_nothing(
    person: Done | Refused, core: Done | Refused, money: tuple[int, int]
) -> None:
    town, facts = Town(5, banking=Trouble(lost=1.0)), list[Fact]()
    bank = parked(town)
    key = say(bank, person).key
    town.settle()
    window, before = a_window(town, "bank-a", decides=True, facts=facts), intent_of(bank, key)
    totals = town.totals("bureau")
    for _ in range(2):  # heard twice, it is one difference
        assert [key] == window.answer({key: core})
    town.settle()
    assert (before, totals) == (intent_of(bank, key), town.totals("bureau"))
    (one,) = differences(bank)
    assert (str(BANK), "core", money) == (one.party, one.other, (one.ours_fen, one.theirs_fen))
    assert {before.voucher_id: AMOUNT} == late.vouchers([one])
    assert ["core_answers_differ"] * 2 == [fact.name for fact in facts]
    with bank.store.read() as tx:
        mail = tx.mail([key])[key]
    kept = Refused(mail.code) if mail.outcome == "refused" else Done(mail.trace, mail.day)
    assert core == kept


def test_the_difference_is_an_alarm_until_somebody_has_explained_it() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank = parked(town)
    a_window(town, "bank-a", decides=True).answer({say(bank, REFUSED).key: DONE})
    seen = view(bank.store)
    expected = [Sighting("core_contradicts", str(BANK), 1, seen.at)]
    assert expected == conditions.contradicted(seen.contradicted, seen.at)
    with bank.store.begin() as tx:
        tx.put_breaks([settle(one, BreakState.EXPLAINED, "reversed") for one in tx.breaks()])
        tx.commit()
    assert {} == view(bank.store).contradicted


@pytest.mark.parametrize(
    ("person", "core"), [(REFUSED, Refused("account_closed")), (DONE, DONE), (DONE, NotKnown())]
)
def test_a_late_word_that_says_the_same_or_nothing_is_no_difference(
    person: Done | Refused, core: Done | Refused | NotKnown
) -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank = parked(town)
    key = say(bank, person).key
    assert [] == a_window(town, "bank-a", decides=True).answer({key: core})
    assert [] == differences(bank)


def test_a_core_that_says_both_before_anybody_looks_is_a_difference_too() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank = parked(town)
    with bank.store.read() as tx:
        (intent,) = told.asked(tx, tx.parked_tasks(5)[0])
    window = a_window(town, "bank-a", decides=True)
    assert [] == window.answer({intent.key: REFUSED})
    assert [intent.key] == window.answer({intent.key: DONE})
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]


@pytest.mark.parametrize("looked", [True, False])
def test_a_second_number_of_what_moved_may_be_a_second_payment(*, looked: bool) -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank = parked(town)
    with bank.store.read() as tx:
        (intent,) = told.asked(tx, tx.parked_tasks(5)[0])
    window = a_window(town, "bank-a", decides=True)
    if looked:
        say(bank, DONE)
    else:
        assert [] == window.answer({intent.key: DONE})
    for again in (DONE, Done("T2", DONE.day), Done("T2", DONE.day), Done("T3", DONE.day)):
        assert (again != DONE) == bool(window.answer({intent.key: again}))
    found = sorted(differences(bank), key=lambda one: one.subject)
    row = f"{intent.voucher_id}#{intent.row}"
    assert [f"{row}:T2", f"{row}:T3"] == [one.subject for one in found]
    assert [(AMOUNT, 2 * AMOUNT)] * 2 == [(one.ours_fen, one.theirs_fen) for one in found]
    assert {intent.voucher_id: AMOUNT} == late.vouchers(found[:1])
    assert 2 == view(bank.store).contradicted[str(BANK)]


def test_another_day_alone_is_no_difference() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank = parked(town)
    key = say(bank, DONE).key
    assert [] == a_window(town, "bank-a", decides=True).heed({key: Done(DONE.trace, "20261124")})
    assert [] == differences(bank)
