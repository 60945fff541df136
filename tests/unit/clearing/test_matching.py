"""Matching 2301 rows with 5108 rows, and deciding a request."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clearing.matching import Mode, Modes, match
from hub.clearing.model import Line, LineState
from hub.clearing.quota import Quota
from hub.clearing.settlement import Action, Decision, decide_transfer
from hub.money import Fen
from tests.support.lines import KEY, a_line

NUMBER = Modes({"11": Mode.BY_NUMBER})
QUOTA = Modes()


def noticed(amount: int, number: str = "N1") -> Line:
    return a_line(amount, kind="5108", state=LineState.GRANTED, number=number, payment_row="")


def about(*lines: Line) -> dict[str, list[Line]]:
    return {lines[0].payment: list(lines)} if lines else {}


def test_a_row_that_a_notice_names_matches() -> None:
    assert "" == match([a_line(100)], about(noticed(100)), NUMBER)


def test_less_than_noticed_matches_because_rows_may_have_failed() -> None:
    assert "" == match([a_line(60)], about(noticed(100)), NUMBER)


def test_more_than_noticed_does_not() -> None:
    assert "notice_exceeded" == match([a_line(101)], about(noticed(100)), NUMBER)


def test_all_rows_of_a_payment_count_together_also_over_vouchers() -> None:
    earlier = a_line(60, number="R0", state=LineState.CLEARED, payment_row="7")
    assert "notice_exceeded" == match([a_line(41)], about(noticed(100), earlier), NUMBER)
    assert "" == match([a_line(40)], about(noticed(100), earlier), NUMBER)


def test_a_returned_request_asks_for_nothing() -> None:
    dead = a_line(100, number="R0", state=LineState.RETURNED)
    assert "" == match([a_line(100)], about(noticed(100), dead), NUMBER)


def test_a_row_is_asked_for_once() -> None:
    earlier = a_line(10, number="R0", state=LineState.EXECUTING)
    assert "line_repeated" == match([a_line(10)], about(noticed(100), earlier), NUMBER)
    assert "line_repeated" == match([a_line(10)], about(earlier), QUOTA)
    assert "line_repeated" == match([a_line(1), a_line(1, row=2, payment_row="1")], {}, QUOTA)


def test_without_a_notice_it_waits_and_at_the_cut_off_goes_back() -> None:
    quota = Quota({KEY: Fen(1_000)})
    early = decide_transfer([a_line()], {}, quota, NUMBER, past_cutoff=False)
    late = decide_transfer([a_line()], {}, quota, NUMBER, past_cutoff=True)
    assert Decision(Action.WAIT, "payment_not_noticed") == early
    assert Decision(Action.REFUSE, "payment_not_noticed") == late
    assert 1_000 == quota.balance(KEY)


def test_a_notice_under_another_quota_key_is_none() -> None:
    other = replace(noticed(100), quota=replace(KEY, subject="2010101"))
    assert "payment_not_noticed" == match([a_line()], about(other), NUMBER)


def test_by_quota_only_the_quota_decides() -> None:
    quota = Quota({KEY: Fen(150)})
    first = decide_transfer([a_line()], {}, quota, QUOTA, past_cutoff=False)
    second = decide_transfer([a_line(number="2", payment="p")], {}, quota, QUOTA, past_cutoff=False)
    assert (Action.SETTLE, Action.WAIT) == (first.action, second.action)
    assert "quota_exceeded" == second.code


@pytest.mark.parametrize("code", ["line_repeated", "notice_exceeded"])
def test_what_cannot_heal_goes_back_at_once(code: str) -> None:
    earlier = a_line(10, number="R0", state=LineState.CLEARED)
    lines = [a_line(10)] if code == "line_repeated" else [a_line(200, payment_row="5")]
    decided = decide_transfer(
        lines, about(noticed(100), earlier), Quota({KEY: Fen(999)}), NUMBER, past_cutoff=False
    )
    assert Decision(Action.REFUSE, code) == decided


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_whatever_the_order_never_more_than_the_quota_is_settled(
    amounts: list[int], r: Random
) -> None:
    shuffled = list(amounts)
    r.shuffle(shuffled)
    for order in (amounts, shuffled):
        quota = Quota({KEY: Fen(500)})
        settled = [
            amount
            for n, amount in enumerate(order)
            if decide_transfer(
                [a_line(amount, number=str(n), payment=str(n))], {}, quota, QUOTA, past_cutoff=True
            ).action
            is Action.SETTLE
        ]
        assert 500 == sum(settled) + quota.balance(KEY)
