"""Stamped lists, in memory."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.clock import Instant
from hub.exchange.stamps import EARLY, NEAR, StampedList

STAMPED: Final = Table[int, StampedList]("stamped_list")
_BY_TIME: Final = attrgetter("ends_at", "number")


class Stamps(Work):
    """What an authority has stamped."""

    def add_stamped(self, rows: Sequence[StampedList]) -> None:
        """Keep them; one that is there already stays as it is."""
        self.before("add_stamped")
        for row in rows:
            if row.number not in self.rows(STAMPED):
                self.put(STAMPED, row.number, row)

    def last_stamped(self) -> int:
        """The number of the newest list; 0: there is none."""
        self.before("last_stamped")
        return max(self.rows(STAMPED), default=0)

    def stamped_lists(self, recorded_at: Collection[Instant]) -> list[StampedList]:
        """Lists that may name what was recorded at these moments, in order."""
        self.before("stamped_lists")
        every = sorted(self.rows(STAMPED).values(), key=_BY_TIME)
        found = set[StampedList]()
        for moment in recorded_at:
            found |= set([row for row in every if row.ends_at >= moment - EARLY][:NEAR])
        return sorted(found)
