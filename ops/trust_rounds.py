"""What a node's dispatcher does for trust each second: refresh, put in force, bring to neighbours.

All of it is idempotent, so that several machines may do it at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from hub.clock import Clock
from hub.errors import HubError, StoreDown
from hub.exchange.courier import Courier
from hub.exchange.documents import Numbered
from hub.observer import Fact, Observer
from hub.trust.keeping import ACCEPTED, TrustKeeping
from hub.trust.listing import named_sections

REFRESH_SECONDS: Final = 0.25
LISTS_AT_ONCE: Final = 20
"""More are sent when the next beat has told that these came."""


class StoreShelf:
    """Accepted lists of a store, as a courier takes them."""

    def __init__(self, store: Any) -> None:  # noqa: ANN401 - SQL and memory stores share no class
        self._store = store

    def newest(self) -> int:
        """The highest accepted number."""
        with self._store.read() as tx:
            rows = tx.trust_lists()
        return max((row.number for row in rows if row.state in ACCEPTED), default=0)

    def after(self, number: int) -> Sequence[Numbered]:
        """Those with a higher number, with the sections that are new in each."""
        with self._store.read() as tx:
            rows = [row for row in tx.trust_lists() if row.state in ACCEPTED]
            wanted = [row for row in rows if row.number > number][:LISTS_AT_ONCE]
            before = [row for row in rows if row.number <= number][-1:]
            messages = tx.messages([row.digest for row in (*before, *wanted)])
            known = {name for row in before for name in named_sections(messages[row.digest])}
            found = []
            for row in wanted:
                names = sorted(set(named_sections(messages[row.digest])))
                parts = tx.messages([bytes.fromhex(name) for name in names if name not in known])
                known.update(names)
                found.append(Numbered(row.number, messages[row.digest], tuple(parts.values())))
        return found


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
        keeping: TrustKeeping[Any],
        courier: Courier[Any],
        observe: Observer,
    ) -> None:
        self._refresh = refresh
        self._keeping = keeping
        self._courier = courier
        self._observe = observe

    def step(self) -> int:
        """Do what is due; a list that makes trouble must not stop the sending.

        Raises:
            StoreDown: the store is away.
        """
        try:
            done = self._keeping.settle()
            self._refresh()
            return done + self._courier.step()
        except StoreDown:
            raise
        except HubError as error:
            self._observe(Fact("trust_waits", {"code": error.code}))
            return 0
