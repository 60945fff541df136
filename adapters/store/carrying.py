"""What was carried: a mark beside open hops, and one row a hand-over."""

from collections.abc import Collection, Mapping

from sqlalchemy import Executable, bindparam, delete, func, select

from adapters.store.carrying_tables import CARRIAGE, CARRIED_HOP
from adapters.store.outbox import CLASSES, read_hop
from adapters.store.outbox_tables import OUTBOX
from adapters.store.session import Forms
from adapters.store.unit import Unit
from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.exchange.model import OutboxRow, RowState
from hub.parties import NodeId


def _carriable(_forms: Forms) -> Executable:
    joined = OUTBOX.outerjoin(CARRIED_HOP, CARRIED_HOP.c.hop == OUTBOX.c.hop)
    return (
        select(OUTBOX.c.hop, func.coalesce(CARRIED_HOP.c.number, ""))
        .select_from(joined)
        .where(OUTBOX.c.peer == bindparam("of"), OUTBOX.c.state != RowState.PARKED.value)
        .order_by(OUTBOX.c.rank, OUTBOX.c.n, OUTBOX.c.hop)
    )


def _rows(forms: Forms) -> Executable:
    return select(OUTBOX).where(forms.among(OUTBOX.c.hop, "hops"))


def _forget(_forms: Forms) -> Executable:
    there = select(OUTBOX.c.hop).where(OUTBOX.c.hop == CARRIED_HOP.c.hop)
    return delete(CARRIED_HOP).where(~there.exists())  # NOT IN would be asked row by row


def _open(_forms: Forms) -> Executable:
    joined = CARRIED_HOP.join(OUTBOX, OUTBOX.c.hop == CARRIED_HOP.c.hop)
    counted = select(CARRIED_HOP.c.number, func.count()).select_from(joined)
    return counted.group_by(CARRIED_HOP.c.number).order_by(CARRIED_HOP.c.number)


def _carriages(_forms: Forms) -> Executable:
    order = (CARRIAGE.c.at, CARRIAGE.c.number, CARRIAGE.c.kind, CARRIAGE.c.way)
    return select(CARRIAGE).order_by(*order)


class Carried(Unit):
    """The carried path."""

    def carriable(self, peer: NodeId) -> list[tuple[str, str]]:
        """Open rows towards a peer that are not parked, and the files they were written into."""
        found = self.session.rows(_carriable, of=peer)
        return [(hop[: -len(peer) - 1], number) for hop, number in found]

    def open_rows(self, peer: NodeId, delivery_ids: Collection[str]) -> list[OutboxRow]:
        """Those of these rows that are open, by class, then number."""
        hops = sorted(f"{name} {peer}" for name in delivery_ids)
        found = [read_hop(row) for row in self.session.rows_among(_rows, "hops", hops)]
        order = {name: rank for rank, name in enumerate(CLASSES)}
        return sorted(found, key=lambda r: (order[r.message_class], r.n, r.delivery_id))

    def note_carried(self, peer: NodeId, delivery_ids: Collection[str], number: str) -> None:
        """Note the file of these rows."""
        rows = sorted((f"{name} {peer}", number) for name in set(delivery_ids))
        self.session.put(CARRIED_HOP, rows)

    def carried_open(self) -> Mapping[str, int]:
        """Open rows by the file they were last written into."""
        found: dict[str, int] = dict(map(tuple, self.session.rows(_open)))
        return found

    def put_carriage(self, row: Carriage) -> None:
        """Record a hand-over; marks of rows that are closed are forgotten, all in one pass."""
        self.session.run(_forget)
        values = (
            row.number, row.kind.value, row.way.value, row.peer, row.digest, row.count,
            row.refused, row.waiting, row.body_bytes, row.act, row.who, row.at,
        )  # fmt: skip
        self.session.put(CARRIAGE, [values])

    def carriages(self) -> list[Carriage]:
        """All hand-overs on record, by time and key."""
        return [
            Carriage(number, CarriedKind(kind), CarriedWay(way), *rest)
            for number, kind, way, *rest in self.session.rows(_carriages)
        ]
