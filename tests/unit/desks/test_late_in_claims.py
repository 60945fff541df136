"""Late words of a core that was asked for longer than a claim lasts, while others went on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from adapters.cores.simulated import SimulatedCore, Trouble
from hub.desks import bureau, late, told
from hub.desks.books import Books
from hub.desks.desk import CLAIM, Desk
from hub.desks.model import Intent, IntentState
from hub.desks.movement import closed
from hub.desks.ports import Done, ExecuteAnswer, InquireAnswer, Order, Refused
from hub.errors import StoreDown
from tests.support.town import Crash, Town
from tests.support.town_map import BANKS, ENV
from tests.support.town_words import AMOUNT, DONE, REFUSED, differences, intent_of, parked, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.town import Node


class Tardy(SimulatedCore):
    """Hangs once for longer than a claim lasts, and says its word afterwards."""

    meanwhile: Any = None
    word: Done | Refused = DONE

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """As every core; the first time others act before it answers."""
        act, self.meanwhile = self.meanwhile, None
        if act is None:
            return super().inquire(keys)
        act()
        return [self.word for _ in keys]


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


def test_a_refusal_of_a_task_that_others_parked_for_a_person_ends_it() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, core, key = tardy(town)

    def others() -> None:
        town.clock.at += CLAIM + 1
        bank.other.work(5)

    core.meanwhile, core.word = others, REFUSED
    bank.desk.work(5)
    assert IntentState.REFUSED is intent_of(bank, key).state
    town.settle()
    assert (1, AMOUNT) == town.totals("bureau")["5201", "returned"]
    assert [] == differences(bank)


def test_a_word_against_one_that_came_while_the_core_was_asked_is_a_difference() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, core, key = tardy(town)

    def others() -> None:
        with bank.store.begin() as tx:
            late.heed(tx, [task.id for task in tx.open_tasks(5)], {key: DONE})
            tx.commit()

    core.meanwhile, core.word = others, REFUSED
    bank.desk.work(5)
    town.settle()
    assert [(AMOUNT, 0)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert (1, AMOUNT) == town.totals("bureau")["5201", "paid"]


def test_a_task_is_not_concluded_by_a_word_that_others_were_faster_than() -> None:
    bank, _, key = tardy(Town(5, banking=Trouble(lost=1.0)))
    with bank.store.begin() as tx:
        books, intent = Books(tx, tx.open_tasks(5)), tx.intents([key])[key]
        books.close_intents(closed([intent], {key: DONE}, tx.now))
        tx.close_intents(closed([intent], {key: REFUSED}, tx.now))  # another's, at that instant
        with pytest.raises(StoreDown, match=r"^store_contended"):
            books.flush()


class Outrun:
    """A transaction whose closing comes an instant after another's, who closed as refused."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._tx, verb)

    def close_intents(self, intents: Sequence[Intent]) -> None:
        said = {intent.key: REFUSED for intent in intents}
        self._tx.close_intents(closed(self._tx.intents(said).values(), said, self._tx.now))
        self._tx.close_intents(intents)


def test_a_late_word_that_another_was_faster_than_is_a_difference() -> None:
    bank, _, key = tardy(Town(5, banking=Trouble(lost=1.0)))
    with bank.store.begin() as tx:
        names, outrun = [task.id for task in tx.open_tasks(5)], Outrun(tx)
        assert {key} == late.heed(cast("Any", outrun), names, {key: DONE})
        tx.commit()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]


class Forgetful(SimulatedCore):
    """Refuses once and forgets it, and says so when others have long asked again."""

    meanwhile: Any = None

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """As every core; the first time others act before it answers."""
        act, self.meanwhile = self.meanwhile, None
        if act is None:
            return super().execute(orders)
        act()
        return [REFUSED for _ in orders]


@pytest.mark.parametrize("dies", [True, False])
def test_an_old_refusal_ends_no_task_that_others_have_carried_out(*, dies: bool) -> None:
    """They hold it still (and die), or the core has not told them that it moved."""
    town = Town(5)
    bank = town.nodes["bank-a"]
    assert bank.core is not None
    core = Forgetful(bank.core.book, "5", Trouble(silent=1.0))
    for which in ("desk", "other"):
        parts: Any = getattr(bank, which)._parts
        setattr(bank, which, Desk(replace(parts, cores={BANKS[0]: core})))

    def others() -> None:
        town.clock.at += CLAIM + 1
        if dies:
            town.crash_at["hold_tasks"] = 1  # after the core was asked
        with suppress(Crash):
            bank.other.work(5)
        assert town.crash_at == {}

    core.meanwhile = others
    request = town.request(AMOUNT)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    town.settle()
    assert core.meanwhile is None
    assert (1, AMOUNT) == town.totals("bureau")["5201", "paid"]
    assert [] == differences(bank)


def test_a_second_number_from_whoever_was_slow_may_be_a_second_payment() -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, core, _ = tardy(town)

    def others() -> None:
        town.clock.at += CLAIM + 1
        bank.other.work(5)
        say(bank, DONE)

    core.meanwhile, core.word = others, Done("T2", DONE.day)
    bank.desk.work(5)
    assert [(AMOUNT, 2 * AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
