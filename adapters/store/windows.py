"""Closed windows of the journal that are to be stamped: what was recorded between two checkpoints.

A checkpoint covers what is committed, so nothing can come into a window any more, and what one
window does not name the next one does. A node that has never stamped begins a day back.
"""

from dataclasses import dataclass

from adapters.store.archive_gather import Gathered, Gatherer
from adapters.store.store import SqlStore
from hub.clock import DAY
from hub.exchange.archives import named
from hub.journal import Checkpoint


@dataclass(frozen=True, slots=True)
class Window:
    """What was recorded after one checkpoint, up to another."""

    opening: Checkpoint
    closing: Checkpoint
    digests: frozenset[bytes]
    """SHA-256 of the messages; at least one."""


class Windows:
    """Of one store, each of so many checkpoints: about a minute each."""

    def __init__(self, store: SqlStore, length: int) -> None:
        self._store = store
        self._journal = Gatherer(store)
        self._length = length
        self._seen = 0
        """Up to this checkpoint nothing is left to stamp."""

    def due(self) -> Window | None:
        """The earliest closed window with anything in it that is not stamped.

        Raises:
            StoreDown: the store is away.
        """
        opening, last = self._opening()
        while opening is not None and opening.number + self._length <= last:
            closing = self._journal.numbered(opening.number + self._length)
            rows = self._journal.journal(Gathered(opening, closing))
            digests = frozenset(one.digest for row in rows for one in named(row[3]))
            if digests:
                return Window(opening, closing, digests)
            opening, self._seen = closing, closing.number
        return None

    def _opening(self) -> tuple[Checkpoint | None, int]:
        """After which checkpoint the next window begins, and the number of the newest."""
        with self._store.read() as tx:
            now, newest, stamped = tx.now, tx.last_checkpoint(), tx.last_stamped()
        if newest is None:
            return None, 0
        done = max(stamped, self._seen)
        if done:
            return self._journal.numbered(done), newest.number
        first = self._journal.first_since(now - DAY)
        return (self._journal.before(first) if first is not None else None), newest.number
