"""Amounts as people remember them, when they look for a payment."""

import re

import pytest

from hub.errors import RuleBroken
from ops.advice import advice
from ops.look.finding import amounts


@pytest.mark.parametrize(
    ("spoken", "fen"),
    [
        ("128", 12_800),
        ("128.5", 12_850),
        (" 128.50 ", 12_850),
        ("1,280.00", 128_000),
        ("12,345,678.9", 1_234_567_890),
        ("100,000", 10_000_000),
    ],
)
def test_fen_and_commas_may_be_left_out(spoken: str, fen: int) -> None:
    assert (fen, fen) == amounts(spoken, None)


@pytest.mark.parametrize(
    "spoken", ["12,5", "1,28", "1280,00", ",128", "128,", "1,2345", "1234,567", "1.280,00", "."]
)
def test_a_comma_that_parts_no_thousands_is_refused_and_not_guessed(spoken: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        amounts(spoken, None)
    assert "find_amount" == refused.value.code


def test_the_advice_shows_the_commas_that_are_taken() -> None:
    said = advice("find_amount")
    assert said is not None
    for text in (said.do, said.do_zh):
        examples = re.findall(r"[0-9][0-9,.]*[0-9]", text)
        assert any("," in one for one in examples)
        assert all(amounts(one, None) for one in examples)


@pytest.mark.parametrize("asked", [("", None), (None, ""), ("1", " ")])
def test_an_amount_that_was_left_empty_is_not_taken_for_nothing(asked: tuple[str, str]) -> None:
    with pytest.raises(RuleBroken) as refused:
        amounts(*asked)
    assert "find_amount" == refused.value.code


def test_a_range_runs_upwards() -> None:
    assert (0, 128_000) == amounts(None, "1,280")
    with pytest.raises(RuleBroken) as refused:
        amounts("2.00", "1")
    assert "find_range" == refused.value.code
