"""Labels and values: a voucher's field as people read it.

Code and name of one thing stand together (`2050202 小学教育`); amounts get thousands separators,
dates their dashes. Everything else stands as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hub.errors import RuleBroken
from hub.money import fen, yuan
from hub.voucher.catalogue import FieldRule

Pair = tuple[str, str]
Rules = Mapping[str, FieldRule]

REASONS: Final = {
    "Return_Code": "退回代码",
    "Return_Reason": "退回原因",
    "Recall_Reason": "撤销原因",
}


def rules_of(rules: Sequence[FieldRule]) -> Rules:
    """Field rules by name."""
    return {rule.name: rule for rule in rules}


def label(name: str, rules: Rules) -> str:
    """The Chinese name of a field; the specification's own when there is none."""
    rule = rules.get(name)
    return REASONS.get(name) or (rule.name_zh if rule and rule.name_zh else name)


def value(name: str, text: str, rules: Rules) -> str:
    """The value of a field as people read it."""
    rule = rules.get(name)
    if rule and rule.type == "amount":
        return figures(text)
    if rule and rule.type == "date":
        return date(text)
    return text


def figures(text: str) -> str:
    """Yuan with thousands separators, 1,234,567.89; text that is no amount stays as it is."""
    try:
        amount = fen(text)
    except RuleBroken:
        return text
    whole, cents = yuan(abs(amount)).split(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}.{cents}"


def date(text: str) -> str:
    """20261121 as 2026-11-21; anything else as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def stem(name: str) -> str:
    """What a field is about: ExpFunc of ExpFuncCode and ExpFuncName."""
    return name.removesuffix("Code").removesuffix("Name")


def pairs(fields: Mapping[str, str], rules: Rules, placed: Iterable[str]) -> list[Pair]:
    """Label and value of every field that has no place yet; code and name as one."""
    skipped = set(placed)
    found: list[Pair] = []
    for name, text in fields.items():
        if name in skipped or not text:
            continue
        code, named = f"{stem(name)}Code", f"{stem(name)}Name"
        if fields.get(code) and fields.get(named):
            skipped |= {code, named}
            title = label(named, rules).removesuffix("名称")
            found.append((title, f"{fields[code]} {fields[named]}"))
        else:
            title = label(name, rules).removesuffix("名称")
            found.append((title, value(name, text, rules)))
    return found
