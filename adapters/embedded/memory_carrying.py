"""What was carried, in memory."""

from collections.abc import Collection, Mapping
from typing import Final

from adapters.embedded.memory_outbox import OPEN, RANKS
from adapters.embedded.memory_tables import Table, Work
from hub.exchange.carriage import Carriage, CarriageKey
from hub.exchange.model import OutboxRow, RowState
from hub.parties import NodeId

CARRIED: Final = Table[tuple[str, NodeId], str]("carried_hop")
CARRIAGES: Final = Table[CarriageKey, Carriage]("carriage")


class Carried(Work):
    """The carried path."""

    def carriable(self, peer: NodeId) -> list[tuple[str, str]]:
        """Open rows towards a peer that are not parked, and the files they were written into."""
        self.before("carriable")
        marks = self.rows(CARRIED)
        found = [
            held.row
            for (_, of), held in self.rows(OPEN).items()
            if of == peer and held.row.state is not RowState.PARKED
        ]
        return [
            (r.delivery_id, marks.get((r.delivery_id, peer), "")) for r in sorted(found, key=_order)
        ]

    def open_rows(self, peer: NodeId, delivery_ids: Collection[str]) -> list[OutboxRow]:
        """Those of these rows that are open, by class, then number."""
        self.before("open_rows")
        held = self.rows(OPEN)
        keys = {(name, peer) for name in delivery_ids}
        return sorted((held[key].row for key in keys if key in held), key=_order)

    def note_carried(self, peer: NodeId, delivery_ids: Collection[str], number: str) -> None:
        """Note the file of these rows."""
        self.before("note_carried")
        for name in sorted(set(delivery_ids)):
            self.put(CARRIED, (name, peer), number)

    def carried_open(self) -> Mapping[str, int]:
        """Open rows by the file they were last written into."""
        self.before("carried_open")
        found: dict[str, int] = {}
        for key, number in self.rows(CARRIED).items():
            if key in self.rows(OPEN):
                found[number] = found.get(number, 0) + 1
        return found

    def put_carriage(self, row: Carriage) -> None:
        """Record a hand-over; marks of rows that are closed are forgotten."""
        self.before("put_carriage")
        for key in [key for key in self.rows(CARRIED) if key not in self.rows(OPEN)]:
            self.drop(CARRIED, key)
        self.put(CARRIAGES, (row.number, row.kind, row.way), row)

    def carriages(self) -> list[Carriage]:
        """All hand-overs on record, by time and key."""
        self.before("carriages")
        found = self.rows(CARRIAGES).values()
        return sorted(found, key=lambda r: (r.at, r.number, r.kind, r.way))


def _order(row: OutboxRow) -> tuple[int, int, str]:
    return RANKS[row.message_class], row.n, row.delivery_id
