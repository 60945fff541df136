"""What a dispatcher does each second for lists and releases: settle, refresh, bring to neighbours.

All of it is idempotent, so that several machines may do it at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from hub.clock import Clock
from hub.errors import HubError, StoreDown
from hub.exchange.documents import Numbered
from hub.observer import Fact, Observer
from hub.trust.keeping import STANDING, newest
from hub.trust.listing import LIST
from hub.trust.pinned import named
from hub.trust.ports import KeptState
from hub.trust.release_keeping import files_of

REFRESH_SECONDS: Final = 0.25
BRING_EVERY: Final = 4
"""Steps from one look at what neighbours lack to the next: they tell it only by beats."""
LISTS_AT_ONCE: Final = 20
"""More are sent when the next beat has told that these came."""


class StoreShelf:
    """Accepted lists of a store, as a courier takes them."""

    def __init__(self, store: Any) -> None:  # noqa: ANN401 - SQL and memory stores share no class
        self._store = store

    def newest(self) -> int:
        """The highest accepted number."""
        with self._store.read() as tx:
            row = newest(tx.trust_lists())
        return row.number if row is not None else 0

    def after(self, number: int) -> Sequence[Numbered]:
        """Those with a higher number, with the sections that are new in each."""
        with self._store.read() as tx:
            rows = [row for row in tx.trust_lists() if row.state in STANDING]
            wanted = [row for row in rows if row.number > number][:LISTS_AT_ONCE]
            before = [row for row in rows if row.number <= number][-1:]
            messages = tx.messages([row.digest for row in (*before, *wanted)])
            known = {part for row in before for part in named(LIST, messages[row.digest]).values()}
            found = []
            for row in wanted:
                parts = sorted(set(named(LIST, messages[row.digest]).values()))
                octets = tx.messages([bytes.fromhex(one) for one in parts if one not in known])
                known.update(parts)
                found.append(Numbered(row.number, messages[row.digest], tuple(octets.values())))
        return found


class ReleaseShelf:
    """Accepted catalogue releases of a store, as a courier takes them."""

    def __init__(self, store: Any) -> None:  # noqa: ANN401 - as above
        self._store = store

    def newest(self) -> int:
        """The highest number that is here, the founding one's at first; 0 before it."""
        with self._store.read() as tx:
            row = newest(tx.releases())
        return row.number if row is not None else 0

    def after(self, number: int) -> Sequence[Numbered]:
        """Those with a higher number, with all their files: a neighbour began with its own."""
        with self._store.read() as tx:
            rows = [row for row in tx.releases() if row.state is KeptState.ACCEPTED]
            wanted = [row for row in rows if row.number > number][:LISTS_AT_ONCE]
            found = [files_of(tx, row) for row in wanted]
        return [
            Numbered(one.row.number, one.message, tuple(dict.fromkeys(one.parts.values())))
            for one in found
            if one is not None
        ]


class Settles(Protocol):
    """Keeps numbered documents."""

    def settle(self) -> int:
        """Judge what waits; how many changed."""
        ...


class Steps(Protocol):
    """Brings numbered documents to neighbours."""

    def step(self) -> int:
        """Send what present neighbours lack; how many parcels."""
        ...


class Refreshing:
    """Takes over the trust in force a few times a second, also while nothing comes."""

    def __init__(self, refresh: Callable[[], None], clock: Clock) -> None:
        self._refresh = refresh
        self._clock = clock
        self._due = float("-inf")

    def __call__(self) -> None:
        """Refresh, if it is time.

        Raises:
            StoreDown: the store is away.
        """
        now = self._clock.monotonic()
        if now >= self._due:
            self._due = now + REFRESH_SECONDS
            self._refresh()


class TrustRounds:
    """One step a second, beside sending."""

    def __init__(
        self,
        refresh: Callable[[], None],
        keepings: Sequence[Settles],
        couriers: Sequence[Steps],
        observe: Observer,
    ) -> None:
        self._refresh = refresh
        self._keepings = keepings
        self._couriers = couriers
        self._observe = observe
        self._turn = -1

    def step(self) -> int:
        """Do what is due; a document that makes trouble must not stop the others.

        Raises:
            StoreDown: the store is away.
        """
        settling = [keeping.settle for keeping in self._keepings]
        self._turn += 1
        bringing = [courier.step for courier in self._couriers if self._turn % BRING_EVERY == 0]
        done = sum(map(self._tried, settling))
        self._tried(self._refreshed)
        return done + sum(map(self._tried, bringing))

    def _refreshed(self) -> int:
        self._refresh()
        return 0

    def _tried(self, act: Callable[[], int]) -> int:
        try:
            return act()
        except StoreDown:
            raise
        except HubError as error:
            self._observe(Fact("trust_waits", {"code": error.code}))
            return 0
