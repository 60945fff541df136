"""Money is whole fen (int) end to end; yuan with two decimals exist only in voucher text."""

import re
from typing import Final, NewType

from hub.errors import RuleBroken

Fen = NewType("Fen", int)

_YUAN: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{2}", re.ASCII)
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


def fen(text: str) -> Fen:
    """Yuan text of a voucher (up to 15 integer digits, two decimals) as fen.

    Raises:
        RuleBroken: `amount_format`, without the text itself.
    """
    if _YUAN.fullmatch(text) is None or text == "-0.00":
        raise RuleBroken("amount_format")
    return Fen(int(text.replace(".", "")))


def yuan(amount: int) -> str:
    """Fen as the voucher's yuan text: 1234567 -> 12345.67."""
    sign, value = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{value // 100}.{value % 100:02d}"


def capitals(amount: int) -> str:
    """Fen in Chinese capitals (大写), as a voucher page shows it."""
    if amount < 0:
        return "负" + capitals(-amount)
    whole, cents = divmod(amount, 100)
    jiao, cent = divmod(cents, 10)
    text = _integer(whole) + "元" if whole else ""
    if not cents:
        return (text or "零元") + "整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    return text + (_DIGITS[cent] + "分" if cent else "整")


def _integer(value: int) -> str:
    groups: list[int] = []
    while value:
        value, group = divmod(value, 10000)
        groups.append(group)
    text, gap = "", False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + ("万" if index == 3 and groups[2] else _GROUPS[index])
        gap = False
    return text


def _group(value: int) -> str:
    text, gap = "", False
    for index in (3, 2, 1, 0):
        digit = value // 10**index % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _UNITS[index]
        gap = False
    return text
