"""The clearing quota's book: kept alike by the treasury, which decides by it, and by finance.

Both enter what a 5106 or 5108 grants and what a settled 2301 or 2302 moves, so that a 3510 compares
two books that nobody copied from each other. A division's quota is a book of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from hub.clearing.model import Line, LineState, QuotaKey, quota_key
from hub.clearing.movement import COUNTED, Movement, movements
from hub.clearing.quota import Change, book_of
from hub.desks.elements import NOTICES, REQUESTS
from hub.desks.model import LedgerEntry
from hub.desks.ports import DeskTransaction
from hub.desks.step import Means

KINDS: Final = (*NOTICES, *REQUESTS)
_UNDER_WAY_MAX: Final = 100_000
"""Requests at a core at one moment; their quota is taken and their day is not known yet."""


def enter(tx: DeskTransaction, party: str, division: str, changes: Iterable[Change]) -> None:
    """Append these changes; one that is there already changes nothing."""
    book = book_of(division)
    tx.add_entries(
        [LedgerEntry(party, book, str(c.key), c.cause, c.amount_fen, tx.now) for c in changes]
    )


class QuotaDay:
    """One business day of a party's quota books: its lines read once, for any of its divisions."""

    def __init__(self, tx: DeskTransaction, means: Means, party: str, day: str) -> None:
        self._tx = tx
        self._party = party
        self._today = _by_division(_counted(tx.lines_on(party, KINDS, day)))
        since = tx.lines_in(party, REQUESTS, {LineState.EXECUTING}, _UNDER_WAY_MAX)
        for later in means.calendar.days_after(day, tx.now):
            since += _counted(tx.lines_on(party, KINDS, later))
        self._since = _by_division(since)

    def of(self, division: str, also: Collection[QuotaKey] = ()) -> list[Movement]:
        """What the day did to every key that moved on it, and to those of `also`."""
        today = self._today.get(division, [])
        keys = {line.quota for line in today} | set(also)
        if not keys:
            return []
        found = self._tx.balances(self._party, book_of(division), {str(key) for key in keys})
        balances = {quota_key(key): value for key, value in found.items()}
        return movements(today, self._since.get(division, []), balances, NOTICES)


def _counted(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.state in COUNTED]


def _by_division(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.division].append(line)
    return found
