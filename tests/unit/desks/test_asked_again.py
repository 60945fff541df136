"""A core that tells nothing by itself is asked again of what was refused lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.cores.python_core import GuardedCore
from adapters.cores.simulated import Trouble
from hub.clock import DAY
from hub.desks.desk import Desk
from hub.desks.model import IntentState
from hub.desks.ports import Bounce, Done, ExecuteAnswer, InquireAnswer, NotKnown, Order, Refused
from hub.errors import TargetDown
from hub.observer import Fact
from tests.support.town import Node, Town
from tests.support.town_map import BANKS
from tests.support.town_map import DAY as TODAY
from tests.support.town_words import AMOUNT, DONE, REFUSED, differences, intent_of, parked, say


class Forgetful:
    """A bank's object of a Python file: it says what a test wants, and notes what it is asked."""

    refuses_repeated_keys = False

    def __init__(self, word: InquireAnswer) -> None:
        self.word = word
        self.asked: list[str] = []

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        raise AssertionError(len(orders))

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        self.asked += keys
        return [self.word for _ in keys]

    def bounces(self, _day: str) -> list[Bounce]:
        return []


def refused(word: InquireAnswer) -> tuple[Town, Node, Forgetful, Any, list[Fact]]:
    """Bank A, where a person has said that a payment did not move; its core says this now."""
    town = Town(5, banking=Trouble(lost=1.0))
    bank, core = parked(town), Forgetful(word)
    say(bank, REFUSED)
    facts: list[Fact] = []
    attached = {BANKS[0]: GuardedCore(core)}
    own: Any = bank.desk._parts
    parts = replace(own, cores=attached, banking=attached, observer=facts.append)
    return town, bank, core, Desk(parts), facts


@pytest.mark.parametrize("phase", ["bounces", "cutoff"])
def test_a_payment_made_after_it_was_refused_is_a_difference(phase: str) -> None:
    _, bank, core, desk, facts = refused(DONE)
    for _ in range(2):
        desk.run_phase(phase, TODAY, 0)
    (key,) = set(core.asked)
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert IntentState.REFUSED is intent_of(bank, key).state
    assert "core_answers_differ" in {fact.name for fact in facts}


@pytest.mark.parametrize("word", [NotKnown(), Refused("again"), Done("", TODAY)])
def test_any_other_word_changes_nothing(word: InquireAnswer) -> None:
    _, bank, core, desk, facts = refused(word)
    desk.run_phase("bounces", TODAY, 0)
    assert core.asked
    assert ([], set()) == (differences(bank), {f.name for f in facts} & {"core_answers_differ"})


def test_what_was_refused_long_ago_is_not_asked_about_for_ever() -> None:
    town, bank, core, desk, _ = refused(DONE)
    town.clock.at += 15 * DAY
    desk.run_phase("bounces", TODAY, 0)
    assert ([], []) == (core.asked, differences(bank))


class Away(Forgetful):
    """A core that is away, or of which one day cannot be read."""

    def __init__(self, bad: str) -> None:
        super().__init__(DONE)
        self.bad = bad
        self.days: list[str] = []

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        raise TargetDown("core_failed", count=len(keys))

    def bounces(self, day: str) -> list[Bounce]:
        self.days.append(day)
        if day == self.bad:
            raise TargetDown("core_failed")
        return []


@pytest.mark.parametrize("phase", ["bounces", "cutoff"])
def test_a_core_that_is_away_hides_nothing_else_and_is_told_in_the_end(phase: str) -> None:
    _, bank, _, _, facts = refused(DONE)
    core: Any = Away(TODAY)
    own: Any = bank.desk._parts
    attached = {BANKS[0]: core}
    desk = Desk(replace(own, cores=attached, banking=attached, observer=facts.append))
    with pytest.raises(TargetDown, match="core_failed"):
        desk.run_phase(phase, TODAY, 0)
    assert "phase_run" in {fact.name for fact in facts}
    assert (15 if phase == "bounces" else 0) == len(core.days)
