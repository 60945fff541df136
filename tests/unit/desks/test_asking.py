"""Asking a core: executed once, inquired ever after; no answer is never taken for a refusal."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hub.desks.movement import Outcome, Undecidable, ask
from hub.desks.ports import (
    Done,
    ExecuteAnswer,
    InquireAnswer,
    KeyKnown,
    NotKnown,
    Order,
    Refused,
    Unclear,
)
from hub.errors import Fenced
from tests.support.attached import an_order
from tests.support.town import Town
from tests.support.town_map import DAY

DONE, REFUSED, UNCLEAR = Done("T-1", "20261124"), Refused("closed"), Unclear()
FRESH, OLD = replace(an_order(), key="fresh"), replace(an_order(), key="old")


class Saying:
    """A core that says what it is told to say, and remembers what it was asked."""

    def __init__(
        self,
        *,
        executed: ExecuteAnswer = DONE,
        inquired: InquireAnswer = DONE,
        refuses: bool = True,
    ) -> None:
        self._executed, self._inquired = executed, inquired
        self.refuses_repeated_keys = refuses
        self.moved: list[str] = []
        self.asked: list[str] = []

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        self.moved += [order.key for order in orders]
        return [self._executed] * len(orders)

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        self.asked += keys
        return [self._inquired] * len(keys)


def asked(core: Saying, order: Order) -> Outcome:
    outcomes = ask(core, [order], {FRESH.key})
    assert {order.key} == outcomes.keys()
    return outcomes[order.key]


@pytest.mark.parametrize("answer", [DONE, REFUSED, UNCLEAR])
def test_an_intent_opened_just_now_is_executed(answer: Done | Refused | Unclear) -> None:
    core = Saying(executed=answer)
    assert answer == asked(core, FRESH)
    assert ([FRESH.key], []) == (core.moved, core.asked)


@pytest.mark.parametrize("answer", [DONE, REFUSED, UNCLEAR])
def test_an_intent_that_was_open_before_is_inquired_and_not_executed(
    answer: Done | Refused | Unclear,
) -> None:
    core = Saying(inquired=answer)
    assert answer == asked(core, OLD)
    assert ([], [OLD.key]) == (core.moved, core.asked)


def test_what_a_core_does_not_know_is_executed_where_keys_count_once() -> None:
    core = Saying(inquired=NotKnown())
    assert DONE == asked(core, OLD)
    assert [OLD.key] == core.moved


def test_what_a_core_does_not_know_is_a_persons_to_decide_where_they_do_not() -> None:
    core = Saying(inquired=NotKnown(), refuses=False)
    assert Undecidable() == asked(core, OLD)
    assert [] == core.moved


@pytest.mark.parametrize("answer", [DONE, REFUSED, UNCLEAR])
def test_a_key_that_is_known_already_is_inquired_about(answer: Done | Refused | Unclear) -> None:
    assert answer == asked(Saying(executed=KeyKnown(), inquired=answer), FRESH)


def test_a_key_known_and_not_known_is_no_answer_and_no_refusal() -> None:
    """It may be moving at this moment: a refusal would permit a return."""
    assert UNCLEAR == asked(Saying(executed=KeyKnown(), inquired=NotKnown()), FRESH)


def test_a_phase_is_not_run_by_who_has_lost_the_lease() -> None:
    town = Town()
    town.nodes["bank-a"].store.take_over(1)
    with pytest.raises(Fenced, match="lease_lost"):
        town.phase("cutoff", "bank-a")
    assert 0 == town.nodes["bank-a"].desk.run_phase("cutoff", DAY, 1)
