"""Money: whole fen, no rounding anywhere, and capitals as the bank's rule writes them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RuleBroken
from hub.money import capitals, fen, yuan

AMOUNTS = st.integers(-(10**17) + 1, 10**17 - 1)
DIGITS = {digit: n for n, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}


def value_of(text: str) -> int:
    """Reads capitals back, by the rules of reading and not by those of writing."""
    sign, text = (-1, text[1:]) if text.startswith("负") else (1, text)
    whole, _, rest = text.partition("元") if "元" in text else ("", "", text)
    total = section = digit = 0
    for char in whole:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[char]
            digit = 0
        elif char == "万":
            total += (section + digit) * 10**4
            section = digit = 0
        else:
            assert "亿" == char
            total = (total + section + digit) * 10**8
            section = digit = 0
    cents = 0
    for value, unit in pairwise(rest):
        cents += DIGITS.get(value, 0) * {"角": 10, "分": 1}.get(unit, 0)
    return sign * ((total + section + digit) * 100 + cents)


@given(AMOUNTS)
def test_yuan_and_fen_are_inverse(amount: int) -> None:
    assert amount == fen(yuan(amount))


@given(AMOUNTS)
def test_capitals_read_back_to_the_same_amount(amount: int) -> None:
    assert amount == value_of(capitals(amount))


@given(st.text(max_size=12))
def test_a_text_is_an_amount_or_refused_never_rounded(text: str) -> None:
    try:
        amount = fen(text)
    except RuleBroken as refused:
        assert "amount_format" == str(refused)  # noqa: PT017 - both ways out are right
    else:
        assert text == yuan(amount)


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.0", "1.000", ".10", "01.00", "+1.00", "-0.00", "1,000.00", " 1.00", "1.00\n",
        "１.00", "1e3", "nan", "1000000000000000.00", "٣.00",
    ],
)  # fmt: skip
def test_what_is_not_yuan_with_two_decimals_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match=r"^amount_format$"):
        fen(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (11, "壹角壹分"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (1000, "壹拾元整"),
        (10100, "壹佰零壹元整"),
        (100050, "壹仟元伍角整"),
        (1000000, "壹万元整"),
        (10000100, "壹拾万零壹元整"),
        (10010000, "壹拾万零壹佰元整"),
        (1234560, "壹万贰仟叁佰肆拾伍元陆角整"),
        (10000000000, "壹亿元整"),
        (10000000100, "壹亿零壹元整"),
        (100000000000000, "壹万亿元整"),
        (100010000000000, "壹万零壹亿元整"),
        (-250, "负贰元伍角整"),
    ],
)
def test_capitals_are_written_as_on_a_voucher(amount: int, text: str) -> None:
    assert text == capitals(amount)
