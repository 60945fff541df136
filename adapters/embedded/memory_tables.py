"""Tables in memory with an undo log: what the memory store is made of.

Rules: values are immutable and are replaced, never changed, so a snapshot is a copy of the
dictionaries. Every change goes through `Work.put` or `Work.drop`, so roll-back is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

from hub.clock import Instant

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Table(Generic[K, V]):
    """The name of a table and the types of its key and value."""

    name: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All tables at one moment; restored any number of times."""

    tables: dict[str, dict[Any, Any]]


@dataclass(slots=True)
class Data:
    """What all processes of a node share: the tables, and whether a transaction is open."""

    tables: dict[str, dict[Any, Any]] = field(default_factory=dict)
    busy: bool = False

    def table(self, table: Table[K, V]) -> dict[K, V]:
        """The rows of a table, in the order of their keys' first writing. Read only."""
        found = self.tables.get(table.name)
        if found is None:
            found = self.tables[table.name] = {}
        return cast("dict[K, V]", found)


_ABSENT: Final = object()


class Work:
    """One transaction's changes; port groups are mixed into it (see memory_store)."""

    def __init__(
        self, data: Data, now: Instant, before: Callable[[str], None], *, writable: bool
    ) -> None:
        self.now = now
        """The store's clock at the start of the transaction."""
        self.before = before
        """Told the verb's name before it acts; may raise, and so crashes the process there."""
        self._data = data
        self._writable = writable
        self._undo: list[tuple[dict[Any, Any], object, object]] = []

    def rows(self, table: Table[K, V]) -> dict[K, V]:
        """The rows of a table; change them through `put` and `drop` only."""
        return self._data.table(table)

    def put(self, table: Table[K, V], key: K, value: V) -> None:
        """Write a row."""
        assert self._writable, "no writing in a read view or after the end"
        rows = self._data.table(table)
        self._undo.append((rows, key, rows.get(key, _ABSENT)))
        rows[key] = value

    def drop(self, table: Table[K, V], key: K) -> None:
        """Remove a row that is there."""
        assert self._writable, "no writing in a read view or after the end"
        rows = self._data.table(table)
        self._undo.append((rows, key, rows.pop(key)))

    def next_number(self, table: Table[K, int], key: K) -> int:
        """Count up, from 1."""
        n = self.rows(table).get(key, 0) + 1
        self.put(table, key, n)
        return n

    def keep(self) -> None:
        """Make it true; the transaction is over."""
        self._undo.clear()
        self._writable = False

    def roll_back(self) -> None:
        """Undo whatever was not kept; the transaction is over."""
        for rows, key, old in reversed(self._undo):
            if old is _ABSENT:
                rows.pop(key, None)
            else:
                rows[key] = old
        self.keep()
