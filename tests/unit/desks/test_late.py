"""A core's word that comes late and says the opposite changes nothing, and is not lost."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.folder import FolderMailbox
from adapters.cores.simulated import SimulatedCore, Trouble
from hub.clearing.breaks import Break, BreakKind, BreakState, settle
from hub.desks import bureau, late, told
from hub.desks.desk import CLAIM, Desk
from hub.desks.model import Intent, IntentState
from hub.desks.paper import answer_paper
from hub.desks.ports import Done, InquireAnswer, NotKnown, Refused
from hub.exchange import conditions
from hub.exchange.alarms import Sighting
from hub.observer import Fact, silent
from ops.attend.attendant import Attendant
from ops.store_view import view
from tests.support.town import Town
from tests.support.town_map import BANKS, ENV
from tests.support.town_window import BANK, a_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.desks.window import Window
    from tests.support.town import Node

DAY = "20261121"
DONE, REFUSED = Done("317", DAY), Refused("never_sent")
AMOUNT = 10
OPPOSED = [(REFUSED, DONE, (0, AMOUNT)), (DONE, REFUSED, (AMOUNT, 0))]


def parked(town: Town) -> Node:
    """Bank A, whose core does not know a payment and would take it twice."""
    bank = town.nodes["bank-a"]
    assert bank.core is not None
    bank.core._refuses = False
    request = town.request(AMOUNT)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    town.settle()
    return bank


def say(bank: Node, said: Done | Refused) -> Intent:
    """What a person found in the core's book."""
    with bank.store.begin() as tx:
        (task,) = tx.parked_tasks(5)
        (intent,) = told.asked(tx, task)
        told.settle(tx, task, intent.row, said)
        tx.commit()
    return intent


def differences(bank: Node) -> list[Break]:
    with bank.store.read() as tx:
        return tx.open_breaks_of(BreakKind.CORE_DIFFERS)


def intent_of(bank: Node, key: str) -> Intent:
    with bank.store.read() as tx:
        return tx.intents([key])[key]


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


# --- over a folder --------------------------------------------------------------------------------


def lay(root: Path, key: str, answer: Done | Refused | NotKnown) -> None:
    """As a bank does: made elsewhere, then renamed to its place."""
    made = root / "made"
    made.write_text(json.dumps(answer_paper(answer)))
    made.replace(root / "answers" / f"{key}.json")


def test_a_late_answer_in_the_folder_is_seen_though_nobody_asks_about_it(tmp_path: Path) -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, folder = parked(town), FolderMailbox(tmp_path)
    window: Window[Any] = a_window(town, "bank-a", decides=True)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    with bank.store.read() as tx:
        (intent,) = told.asked(tx, tx.parked_tasks(5)[0])
    lay(tmp_path, intent.key, NotKnown())
    attendant.step()
    town.settle()  # woken, it asks, and is parked again
    say(bank, REFUSED)
    attendant.step()
    assert [] == differences(bank)
    lay(tmp_path, intent.key, DONE)  # in the place of the other
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [] == list((tmp_path / "answers").iterdir())
    assert IntentState.REFUSED is intent_of(bank, intent.key).state
    with bank.store.read() as tx:
        mail = tx.mail([intent.key])[intent.key]
    assert ("done", DONE.trace, DONE.day) == (mail.outcome, mail.trace, mail.day)


# --- over a claim that ran out --------------------------------------------------------------------


class Tardy(SimulatedCore):
    """Hangs once for longer than a claim lasts, and says afterwards that it has moved."""

    meanwhile: Any = None

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """As every core; the first time others act before it answers."""
        act, self.meanwhile = self.meanwhile, None
        if act is None:
            return super().inquire(keys)
        act()
        return [DONE for _ in keys]


def tardy(town: Town) -> tuple[Node, Tardy, str]:
    """Bank A with a parked payment that is tried again at a core that hangs."""
    bank = parked(town)
    assert bank.core is not None
    core = Tardy(bank.core.book, "5", Trouble(lost=1.0), refuses_repeated_keys=False)
    for which in ("desk", "other"):
        parts: Any = getattr(bank, which)._parts
        setattr(bank, which, Desk(replace(parts, cores={BANKS[0]: core})))
    with bank.store.begin() as tx:
        (task,) = tx.parked_tasks(5)
        (intent,) = told.asked(tx, task)
        tx.wake_tasks([task.id], tx.now)
        tx.commit()
    return bank, core, intent.key


def test_a_word_for_a_task_that_others_ended_by_a_persons_is_a_difference() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, core, key = tardy(town)

    def others() -> None:
        town.clock.at += CLAIM + 1
        bank.other.work(5)
        say(bank, REFUSED)

    core.meanwhile = others
    bank.desk.work(5)
    town.settle()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert IntentState.REFUSED is intent_of(bank, key).state
    assert (1, AMOUNT) == town.totals("bureau")["5201", "returned"]


def test_a_word_for_a_task_that_others_parked_meanwhile_ends_it() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, core, key = tardy(town)

    def others() -> None:
        town.clock.at += CLAIM + 1
        bank.other.work(5)

    core.meanwhile = others
    bank.desk.work(5)
    town.settle()
    assert (IntentState.DONE, DONE.trace) == (
        intent_of(bank, key).state, intent_of(bank, key).trace,
    )  # fmt: skip
    assert [] == differences(bank)
    assert (1, AMOUNT) == town.totals("bureau")["5201", "paid"]
