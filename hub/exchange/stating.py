"""Making statements: queued entries of one party for one issuer become a sealed document.

In one transaction: take entries, number, seal, post. When it fails nothing was taken.
"""

from collections.abc import Callable
from typing import Generic

from hub.exchange import statements
from hub.exchange.place import Place
from hub.exchange.ports import Sealer, Store, T
from hub.exchange.posting import Poster


class Stater(Generic[T]):
    """Makes statements; any number of processes may run it."""

    def __init__(
        self,
        place: Place,
        store: Store[T],
        sealer: Sealer,
        poster: Poster[T],
        cat: Callable[[], int],
    ) -> None:
        """`cat` tells the catalogue release in force."""
        self._place = place
        self._store = store
        self._sealer = sealer
        self._poster = poster
        self._cat = cat

    def step(self) -> int:
        """Make one statement; returns how many entries it has; 0: none queued, or all wait.

        Raises:
            StoreDown, CustodyDown: nothing was taken; try again later.
        """
        with self._store.read() as tx:
            if not tx.backlog().statements:
                return 0
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            if tx.recovering(self._place.directory.neighbours(self._place.node)):
                return 0  # a restored node states nothing before it was compared
            entries = tx.take_statements(statements.ENTRIES_MAX)
            if not entries:
                return 0
            serial = tx.next_serial(entries[0].party, statements.KIND)
            draft = statements.draft(
                entries,
                self._place.env,
                self._cat(),
                tx.now,
                f"{self._place.incarnation}-{serial}",
            )
            self._poster.post(tx, self._sealer.seal([draft]))
            tx.commit()
        return len(entries)
