"""One that begins takes up at once what workers had claimed that are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.book import moved_more_than_once
from adapters.cores.simulated import SimulatedCore
from hub.clock import SECOND
from hub.desks import bureau
from hub.desks.desk import CLAIM, Desk
from tests.support.town import Crash, Town
from tests.support.town_map import BANKS, ENV

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.desks.ports import ExecuteAnswer, InquireAnswer, Order
    from tests.support.town import Node

AMOUNT = 12_345


class Recorder(SimulatedCore):
    """Notes what it is asked, and stops its caller where it is told to."""

    asked: list[str]
    die: Callable[[], None] | None = None

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """As every core; its caller may die when the money has moved."""
        self.asked.append("execute")
        answers = super().execute(orders)
        die, self.die = self.die, None
        if die is not None:
            die()
        return answers

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """As every core."""
        self.asked.append("inquire")
        return super().inquire(keys)


def crash() -> None:
    raise Crash


def a_bank(town: Town, *, refuses: bool = True, over: bool = True) -> tuple[Node, Recorder]:
    """Bank A with a payment to be made; its second desk knows that the first one is gone."""
    bank = town.nodes["bank-a"]
    assert bank.core is not None
    core = Recorder(bank.core.book, "5", refuses_repeated_keys=refuses)
    core.asked = []
    for which, gone in (("desk", False), ("other", over)):
        parts: Any = getattr(bank, which)._parts
        made = replace(parts, cores={BANKS[0]: core}, over=lambda _who, gone=gone: gone)
        setattr(bank, which, Desk(made))
    request = town.request(AMOUNT)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    while town.carry():
        pass
    return bank, core


def moved(core: Recorder) -> list[int]:
    assert [] == moved_more_than_once(core.book)
    return [amount for _, _, amount in core.book.entries() if amount > 0]


def test_a_killed_worker_s_payment_is_inquired_at_once_by_the_next_and_paid_once() -> None:
    town = Town(5)
    bank, core = a_bank(town)
    core.die = crash
    with pytest.raises(Crash):
        bank.desk.work(50)
    assert 0 == bank.other.work(50), "the claim stands"
    assert 0 < bank.other.take_over()
    assert 0 == bank.other.take_over()
    assert 0 < bank.other.work(50)
    assert ["execute", "inquire"] == core.asked
    town.settle()
    assert [AMOUNT] == moved(core)


def test_a_frozen_worker_that_thaws_pays_nothing_twice_and_writes_nothing_of_it() -> None:
    town = Town(5)
    bank, core = a_bank(town)

    def others() -> None:
        assert 0 < bank.other.take_over()
        bank.other.work(50)

    core.die = others
    bank.desk.work(50)
    town.settle()
    assert [AMOUNT] == moved(core)
    assert (1, AMOUNT) == town.totals("bureau")["5201", "paid"]


def test_one_whose_worker_may_go_on_is_left_to_it() -> None:
    town = Town(5)
    bank, core = a_bank(town, over=False)
    core.die = crash
    with pytest.raises(Crash):
        bank.desk.work(50)
    assert 0 == bank.other.take_over()
    assert 0 == bank.other.work(50)


def test_at_a_core_that_takes_a_key_twice_a_claim_is_waited_for() -> None:
    """A call still under way there would be inquired as not known."""
    town = Town(5)
    bank, core = a_bank(town, refuses=False)
    core.die = crash
    with pytest.raises(Crash):
        bank.desk.work(50)
    assert (0, 0) == (bank.other.take_over(), bank.other.work(50))
    town.clock.at += CLAIM + SECOND
    assert 0 < bank.other.work(50)
    assert ["execute", "inquire"] == core.asked
    town.settle()
    assert [AMOUNT] == moved(core)
