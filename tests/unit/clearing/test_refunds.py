"""Refunds: each row names the original, once, whole."""

from dataclasses import replace

import pytest

from hub.clearing.model import Line, LineState
from hub.clearing.quota import Quota
from hub.clearing.refunds import check
from hub.clearing.settlement import Action, decide_refund
from hub.money import Fen
from tests.support.lines import KEY, a_line

ORIGINAL = a_line(100, state=LineState.CLEARED)
REFUND = a_line(-100, kind="2302", number="7", clearing=ORIGINAL.link)


def originals(*lines: Line) -> dict[str, Line]:
    return {line.link: line for line in lines}


def test_a_settled_row_comes_back_whole_and_restores_the_quota() -> None:
    quota = Quota({KEY: Fen(0)})
    decided = decide_refund([REFUND], originals(ORIGINAL), quota, past_cutoff=False)
    assert (Action.SETTLE, 100) == (decided.action, quota.balance(KEY))


@pytest.mark.parametrize(
    ("original", "code"),
    [
        (replace(ORIGINAL, state=LineState.NEW), "original_not_settled"),
        (replace(ORIGINAL, state=LineState.EXECUTING), "original_not_settled"),
        (replace(ORIGINAL, state=LineState.RETURNED), "original_returned"),
        (replace(ORIGINAL, state=LineState.REFUNDED, refund="another#1"), "already_refunded"),
        (replace(ORIGINAL, state=LineState.REFUNDING, refund="another#1"), "already_refunded"),
        (replace(ORIGINAL, amount_fen=Fen(99)), "refund_amount"),
        (replace(ORIGINAL, quota=replace(KEY, bank="103451000022")), "wrong_bank"),
        (replace(ORIGINAL, quota=replace(KEY, unit="999")), "refund_elements"),
        (replace(ORIGINAL, payment="other"), "refund_elements"),
    ],
)
def test_what_does_not_hold_is_named(original: Line, code: str) -> None:
    assert code == check([REFUND], originals(original))


def test_an_unknown_original_makes_it_early() -> None:
    quota = Quota({})
    assert Action.WAIT is decide_refund([REFUND], {}, quota, past_cutoff=False).action
    assert Action.REFUSE is decide_refund([REFUND], {}, quota, past_cutoff=True).action


def test_two_rows_cannot_bring_back_the_same_original() -> None:
    twice = [REFUND, replace(REFUND, row=2, detail="2")]
    assert "already_refunded" == check(twice, originals(ORIGINAL))


def test_a_final_fault_outweighs_an_early_one() -> None:
    early = replace(REFUND, row=2, detail="2", clearing="unknown#1")
    small = replace(REFUND, row=3, detail="3", amount_fen=Fen(-1))
    assert "refund_amount" == check([early, small], originals(ORIGINAL))
