"""A simulated core's own book: accounts, entries, and what became of each key.

Rules: a movement is two entries that sum to zero; entries are only ever added; a key moves at most
once, because its row is written in the same transaction as its entries. The book is the core's:
nothing of the node's store is in it, so it can be checked from outside.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from hub.desks.ports import Order
from hub.errors import StoreDown
from hub.money import Fen


class Fate(StrEnum):
    """What the core knows of a key."""

    MOVED = "moved"
    REFUSED = "refused"
    PENDING = "pending"
    """Taken, not moved yet: it will move."""
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class Known:
    """A key in the book."""

    order: Order
    fate: Fate
    code: str = ""
    asked: int = 0
    """How often it was inquired."""


class Book(Protocol):
    """The book's verbs; all of one call are one transaction."""

    def find(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """What is known of these keys."""
        ...

    def write(self, rows: Mapping[str, Known], moves: Sequence[tuple[str, Order]]) -> None:
        """Write fates, and the two entries of each move (movement name, order)."""
        ...

    def on(self, day: str) -> list[Known]:
        """Movements of a business day, bounced ones included, in order of keys."""
        ...

    def entries(self) -> list[tuple[str, str, int]]:
        """(movement, account, fen) of every entry."""
        ...


def balances(book: Book) -> Mapping[str, Fen]:
    """Balances by account; they sum to zero."""
    sums: dict[str, int] = {}
    for _, account, amount in book.entries():
        sums[account] = sums.get(account, 0) + amount
    return {account: Fen(value) for account, value in sorted(sums.items())}


def moved_more_than_once(book: Book) -> list[str]:
    """Movements with more than their two entries: must be empty, always."""
    seen: dict[str, int] = {}
    for movement, _, _ in book.entries():
        seen[movement] = seen.get(movement, 0) + 1
    return sorted(name for name, count in seen.items() if count != 2)


class MemoryBook:
    """A book in memory."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._entries: list[tuple[str, str, int]] = []

    def find(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """What is known of these keys."""
        return {key: self._known[key] for key in keys if key in self._known}

    def write(self, rows: Mapping[str, Known], moves: Sequence[tuple[str, Order]]) -> None:
        """Write fates and entries."""
        self._known.update(rows)
        for name, order in moves:
            self._entries += _legs(name, order)

    def on(self, day: str) -> list[Known]:
        """Movements of a business day."""
        return [
            self._known[key]
            for key in sorted(self._known)
            if self._known[key].order.day == day and self._known[key].fate in _MOVED
        ]

    def entries(self) -> list[tuple[str, str, int]]:
        """Every entry."""
        return list(self._entries)


_MOVED: Final = frozenset({Fate.MOVED, Fate.BOUNCED})
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS known (
    key TEXT PRIMARY KEY, from_account TEXT, from_name TEXT, to_account TEXT, to_name TEXT,
    to_bank TEXT, amount_fen INTEGER, day TEXT, fate TEXT, code TEXT, asked INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS known_by_day ON known (day);
CREATE TABLE IF NOT EXISTS entry (
    n INTEGER PRIMARY KEY, movement TEXT, account TEXT, amount_fen INTEGER
);
CREATE INDEX IF NOT EXISTS entry_by_movement ON entry (movement);
"""


class SqliteBook:
    """A book in an SQLite file of its own; several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        with _border():
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def find(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """What is known of these keys."""
        found: dict[str, Known] = {}
        with _border():
            rows = self._connection.execute(
                "SELECT * FROM known WHERE key IN (SELECT value FROM json_each(?))",
                (json.dumps(list(keys)),),
            )
            found.update({row[0]: _known(row) for row in rows})
        return found

    def write(self, rows: Mapping[str, Known], moves: Sequence[tuple[str, Order]]) -> None:
        """Write fates and entries in one transaction; a key that moved by then stays as it is."""
        with _border(), closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                taken = self._taken(cursor, moves)
                cursor.executemany(
                    "INSERT INTO known VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE"
                    " SET fate=excluded.fate, code=excluded.code, asked=excluded.asked",
                    [_row(key, row) for key, row in rows.items() if key not in taken],
                )
                cursor.executemany(
                    "INSERT INTO entry (movement, account, amount_fen) VALUES (?,?,?)",
                    [leg for name, order in moves if name not in taken
                     for leg in _legs(name, order)],
                )  # fmt: skip
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def _taken(self, cursor: sqlite3.Cursor, moves: Sequence[tuple[str, Order]]) -> set[str]:
        """Movements that another process has made since they were looked for."""
        return {
            name
            for name, _ in moves
            if cursor.execute("SELECT 1 FROM entry WHERE movement=? LIMIT 1", (name,)).fetchone()
        }

    def on(self, day: str) -> list[Known]:
        """Movements of a business day."""
        with _border():
            rows = self._connection.execute(
                "SELECT * FROM known WHERE day=? AND fate IN ('moved','bounced') ORDER BY key",
                (day,),
            )
            return [_known(row) for row in rows]

    def entries(self) -> list[tuple[str, str, int]]:
        """Every entry."""
        with _border():
            rows = self._connection.execute("SELECT movement, account, amount_fen FROM entry")
            return [(str(name), str(account), int(amount)) for name, account, amount in rows]


@contextmanager
def _border() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreDown("core_book_away") from error


def _legs(name: str, order: Order) -> list[tuple[str, str, int]]:
    assert order.amount_fen > 0, "an order moves something"
    return [
        (name, order.from_account, -order.amount_fen),
        (name, order.to_account, order.amount_fen),
    ]


def _row(key: str, known: Known) -> tuple[str | int, ...]:
    order = known.order
    return (
        key, order.from_account, order.from_name, order.to_account, order.to_name, order.to_bank,
        order.amount_fen, order.day, known.fate, known.code, known.asked,
    )  # fmt: skip


def _known(row: Sequence[str | int]) -> Known:
    key, payer, payer_name, payee, payee_name, bank = (str(value) for value in row[:6])
    order = Order(key, payer, payer_name, payee, payee_name, bank, Fen(int(row[6])), str(row[7]))
    return Known(order, Fate(str(row[8])), str(row[9]), int(row[10]))
