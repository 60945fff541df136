"""Orders and answers as JSON, the same in a folder and over HTTP: what a bank's developer reads.

An order: {"schema": 1, "key", "from_account", "from_name", "to_account", "to_name", "to_bank",
"amount_fen": 12300, "amount": "123.00", "day": "20261123"}; `amount` is there for people.
An answer: {"outcome": "done", "trace", "day"} | {"outcome": "refused", "code"}
| {"outcome": "not_known"}. Nothing else is an answer: whatever cannot be read says nothing.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from hub.clock import is_day
from hub.desks.ports import TRACE, Bounce, Done, NotKnown, Order, Refused
from hub.errors import Malformed
from hub.money import Fen, yuan

SCHEMA: Final = 1
Answer = Done | Refused | NotKnown
KEY: Final = re.compile(r"[0-9a-f]{64}")
CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,59}")
_EXPECTED: Final = {
    "json": "one JSON object",
    "outcome": "done | refused | not_known",
    "trace": TRACE.pattern,
    "code": CODE.pattern,
    "day": "yyyyMMdd",
    "key": KEY.pattern,
}
"""What each member may be: told with every refusal, word for word and letter for letter."""
_WORDS: Final = (
    "key", "from_account", "from_name", "to_account", "to_name", "to_bank", "day",
)  # fmt: skip


def order_paper(order: Order) -> dict[str, Any]:
    """An order for the core."""
    words = {name: getattr(order, name) for name in _WORDS}
    money = {"amount_fen": int(order.amount_fen), "amount": yuan(order.amount_fen)}
    return {"schema": SCHEMA, **words, **money}


def order_of(paper: Mapping[str, Any]) -> Order:
    """The order that `order_paper` wrote."""
    words = {name: str(paper[name]) for name in _WORDS}
    return Order(**words, amount_fen=Fen(int(paper["amount_fen"])))


def answer_paper(answer: Answer) -> dict[str, Any]:
    """An answer, as a core writes it."""
    if isinstance(answer, Done):
        return {"outcome": "done", "trace": answer.trace, "day": answer.day}
    if isinstance(answer, Refused):
        return {"outcome": "refused", "code": answer.code}
    return {"outcome": "not_known"}


def answer_of(paper: object) -> Answer:
    """What a core says of one key.

    Raises:
        Malformed: `core_answer_form` with the member that is wrong, and what is expected.
    """
    if not isinstance(paper, dict):
        raise _wrong("json")
    outcome = paper.get("outcome")
    if outcome == "done":
        return Done(_matched(paper, "trace", TRACE), _day(paper))
    if outcome == "refused":
        return Refused(_matched(paper, "code", CODE))
    if outcome == "not_known":
        return NotKnown()
    raise _wrong("outcome")


def bounce_of(key: str, paper: object, day: str = "") -> Bounce:
    """A transfer that came back; `day` stands for the paper's where the place names it.

    Raises:
        Malformed: `core_answer_form` with the member that is wrong, and what is expected.
    """
    if not isinstance(paper, dict):
        raise _wrong("json")
    if not KEY.fullmatch(key):
        raise _wrong("key")
    return Bounce(key, _matched(paper, "code", CODE), day or _day(paper))


def read_json(octets: bytes) -> object:
    """The JSON value of a file or a request; its texts are such that a store and UTF-8 take them.

    The octets are UTF-8 and nothing else (`json` alone would guess); a mark before them, as some
    editors write it, is passed over.

    Raises:
        Malformed: `core_answer_form`.
    """
    try:
        value: object = json.loads(octets.decode("utf-8-sig"))
        if b"\\u" in octets:
            _storable(value)
    except (ValueError, RecursionError):
        raise _wrong("json") from None
    return value


def _storable(value: object) -> None:
    """Half a surrogate pair is no text, and PostgreSQL keeps no NUL: both come as escapes only.

    Raises:
        ValueError: some text is like that.
    """
    if isinstance(value, str) and b"\0" in value.encode():
        raise ValueError
    if isinstance(value, dict):
        for name, member in value.items():
            _storable(name)
            _storable(member)
    if isinstance(value, list):
        for member in value:
            _storable(member)


def _day(paper: Mapping[str, object]) -> str:
    value = paper.get("day")
    if not isinstance(value, str) or not is_day(value):
        raise _wrong("day")
    return value


def _matched(paper: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = paper.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _wrong(name)
    return value


def _wrong(member: str) -> Malformed:
    return Malformed("core_answer_form", member=member, expected=_EXPECTED[member])
