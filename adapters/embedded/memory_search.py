"""Finding vouchers in memory (hub.desks.search.Searching)."""

from collections.abc import Sequence
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.desks.search import Findable, Found, Query

FINDABLE: Final = Table[tuple[str, int], Findable]("desk_findable")


class Search(Work):
    """Rows as people look for them."""

    def add_findable(self, rows: Sequence[Findable]) -> None:
        """Record rows that are new."""
        self.before("add_findable")
        for row in rows:
            if (row.voucher_id, row.row) not in self.rows(FINDABLE):
                self.put(FINDABLE, (row.voucher_id, row.row), row)

    def find(self, query: Query, limit: int) -> Found:
        """Rows that match."""
        self.before("find")
        ranges = query.ranges()
        found = [
            row
            for row in self.rows(FINDABLE).values()
            if all(first <= getattr(row, name) <= last for name, (first, last) in ranges.items())
            and (not query.divisions or row.division in query.divisions)
        ]
        found.sort(key=lambda row: (row.day, row.voucher_id, row.row))
        return Found(found[:limit], len(found) > limit)
