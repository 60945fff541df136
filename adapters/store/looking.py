"""Read verbs for people: groups of what is open, and everything about one voucher."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Executable, bindparam, distinct, func, select

from adapters.store.desk_tables import INTENT, OPEN, TASK, UNSETTLED
from adapters.store.outbox import read_hop
from adapters.store.outbox_tables import OUTBOX, OUTBOX_HISTORY
from adapters.store.records import read_delivery
from adapters.store.session import Form, Forms
from adapters.store.sought import Shape, shape, values
from adapters.store.tables import CLASH, DELIVERY, REFUSAL
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.desks.model import TaskGroup, TaskKind, TaskState
from hub.exchange.looking import Clashes, HopGroup, HopTrace, Received
from hub.exchange.model import Closing, DeliveryRow, MessageClass, OutboxRow, RefusalRow, RowState
from hub.exchange.sought import ANY, Sought
from hub.parties import NodeId

_HOP_GROUP: Final = (OUTBOX.c.peer, OUTBOX.c.state)
_TASK: Final = TASK.c
_TASK_GROUP: Final = (_TASK.party, _TASK.kind, _TASK.state, _TASK.waiting_for, _TASK.next_action)


def _groups(_forms: Forms) -> Executable:
    counted = (func.count(), func.min(OUTBOX.c.created_at))
    return select(*_HOP_GROUP, *counted).group_by(*_HOP_GROUP).order_by(*_HOP_GROUP)


def _tasks(_forms: Forms) -> Executable:
    counted = (func.count(), func.min(_TASK.since), func.min(_TASK.due_at))
    return select(*_TASK_GROUP, *counted).where(OPEN).group_by(*_TASK_GROUP).order_by(*_TASK_GROUP)


def _within(column: ColumnElement[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Ids of a voucher's layers begin with the voucher's and a slash; `0` follows the slash."""
    return column > bindparam("first"), column < bindparam("last")


def _open_of(_forms: Forms) -> Executable:
    return select(OUTBOX).where(*_within(OUTBOX.c.hop))


def _closed_of(_forms: Forms) -> Executable:
    return select(OUTBOX_HISTORY).where(*_within(OUTBOX_HISTORY.c.hop))


def _deliveries_of(_forms: Forms) -> Executable:
    order = (DELIVERY.c.recorded_at, DELIVERY.c.delivery_id)
    return select(DELIVERY).where(*_within(DELIVERY.c.delivery_id)).order_by(*order)


def _received(_forms: Forms) -> Executable:
    sent = DELIVERY.c
    return (
        select(sent.message_class, func.count(distinct(sent.n)), func.max(sent.n))
        .where(sent.sender == bindparam("peer"), sent.incarnation == bindparam("life"))
        .group_by(sent.message_class)
    )


def _intents_left(_forms: Forms) -> Executable:
    return select(func.count(INTENT.c.key)).where(UNSETTLED)


@cache
def _open(sought: Shape, *columns: str) -> Form:
    """The oldest rows that have these values in these columns."""

    def form(_forms: Forms) -> Executable:
        named = [OUTBOX.c[name] == bindparam(name) for name in columns]
        mine = select(OUTBOX).where(*named, *sought.on(OUTBOX.c.hop))
        return mine.order_by(OUTBOX.c.created_at, OUTBOX.c.hop).limit(bindparam("limit"))

    return form


def _clashes(_forms: Forms) -> Executable:
    row = REFUSAL.c
    counted = (func.count(), func.max(row.refused_at))
    grouped = select(row.sender, *counted).where(CLASH).group_by(row.sender)
    return grouped.order_by(row.sender)


@cache
def _conflicts(sought: Shape, *columns: str) -> Form:
    """The newest conflicts that have these values in these columns."""

    def form(_forms: Forms) -> Executable:
        row = REFUSAL.c
        named = [row[name] == bindparam(name) for name in columns]
        mine = select(REFUSAL).where(CLASH, *named, *sought.on(row.delivery_id))
        order = (row.refused_at.desc(), row.sender, row.digest)
        return mine.order_by(*order).limit(bindparam("limit"))

    return form


class Looks(Unit):
    """What people ask; nothing is locked, nothing written."""

    def hop_groups(self) -> list[HopGroup]:
        """Open rows by peer and state."""
        return [
            HopGroup(peer, RowState(state), count, Instant(since))
            for peer, state, count, since in self.session.rows(_groups)
        ]

    def task_groups(self) -> list[TaskGroup]:
        """Unfinished tasks by whose move it is."""
        return [
            TaskGroup(row[0], TaskKind(row[1]), TaskState(row[2]), *row[3:])
            for row in self.session.rows(_tasks)
        ]

    def oldest_hops(self, limit: int, peer: str = "", sought: Sought = ANY) -> list[OutboxRow]:
        """Open rows sought, by creation."""
        return self._hops(limit, sought, {"peer": peer} if peer else {})

    def parked_hops(self, limit: int, sought: Sought = ANY) -> list[OutboxRow]:
        """PARKED rows sought, by creation."""
        return self._hops(limit, sought, {"state": RowState.PARKED.value})

    def _hops(self, limit: int, sought: Sought, named: Mapping[str, str]) -> list[OutboxRow]:
        form = _open(shape(sought), *named)
        rows = self.session.rows(form, limit=limit, **named, **values(sought))
        return [read_hop(row) for row in rows]

    def clashes(self) -> list[Clashes]:
        """Refused conflicts on record, by sender."""
        return [Clashes(row[0], row[1], Instant(row[2])) for row in self.session.rows(_clashes)]

    def conflicts(self, limit: int, sender: str = "", sought: Sought = ANY) -> list[RefusalRow]:
        """Refused conflicts sought, the newest first."""
        named = {"sender": sender} if sender else {}
        form = _conflicts(shape(sought), *named)
        rows = self.session.rows(form, limit=limit, **named, **values(sought))
        return [RefusalRow(*row) for row in rows]

    def hops_of(self, voucher_id: str) -> list[HopTrace]:
        """All hops of a voucher's layers."""
        within = {"first": f"{voucher_id}/", "last": f"{voucher_id}0"}
        found = [HopTrace(read_hop(row), None) for row in self.session.rows(_open_of, **within)]
        for row in self.session.rows(_closed_of, **within):
            hop = read_hop(row[1:])
            closing = Closing(hop.delivery_id, hop.peer, *row[16:19])
            found.append(HopTrace(hop, closing))
        return sorted(found, key=lambda t: (t.row.created_at, t.row.delivery_id, t.row.peer))

    def received(self, peer: NodeId, incarnation: str) -> Mapping[MessageClass, Received]:
        """What is on record of a peer's sequences in one life of its store."""
        rows = self.session.rows(_received, peer=peer, life=incarnation)
        return {MessageClass(row[0]): Received(row[1], row[2]) for row in rows}

    def intents_left(self) -> int:
        """Intents without outcome."""
        count: int = self.session.rows(_intents_left)[0][0]
        return count

    def deliveries_of(self, voucher_id: str) -> list[DeliveryRow]:
        """All deliveries of a voucher's layers."""
        within = {"first": f"{voucher_id}/", "last": f"{voucher_id}0"}
        return [read_delivery(row) for row in self.session.rows(_deliveries_of, **within)]
