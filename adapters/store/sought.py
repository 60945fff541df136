"""Conditions on a column of ids, from what is looked for: ranges, which an index of ids serves.

Statements are made for a shape, how many values there are, and are asked with the values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, false, or_

from hub.exchange.sought import KIND_WORD, PARTY_WORD, Sought

_WORDS: Final = 10
"""Of a delivery's id. A pattern with as many cannot match a slash by its `%`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many values of each sort are asked for; None: it is not asked."""

    begins: int | None
    parties: int | None
    but: bool

    def on(self, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """The conditions on this column."""
        found: list[ColumnElement[bool]] = []
        if self.begins is not None:
            ranges = (
                and_(column >= bindparam(f"first_{n}"), column < bindparam(f"last_{n}"))
                for n in range(self.begins)
            )
            found.append(or_(false(), *ranges))
        if self.parties is not None:
            own = (column.like(bindparam(f"own_{n}")) for n in range(self.parties))
            found.append(or_(false(), *own))
        if self.but:
            found.append(column.not_like(bindparam("but")))
        return found


def shape(sought: Sought) -> Shape:
    """How a statement for it looks."""
    begins, parties = sought.begins, sought.parties
    return Shape(
        None if begins is None else len(begins),
        None if parties is None else len(parties),
        bool(sought.but),
    )


def values(sought: Sought) -> dict[str, object]:
    """What such a statement is asked with."""
    return dict(_values(sought))


def _values(sought: Sought) -> Iterator[tuple[str, str]]:
    for n, begin in enumerate(sought.begins or ()):
        yield f"first_{n}", begin
        yield f"last_{n}", begin[:-1] + chr(ord(begin[-1]) + 1)
    for n, party in enumerate(sought.parties or ()):
        yield f"own_{n}", _pattern(PARTY_WORD, party)
    if sought.but:
        yield "but", _pattern(KIND_WORD, sought.but)


def _pattern(place: int, word: str) -> str:
    return "/".join(word if n == place else "%" for n in range(_WORDS))
