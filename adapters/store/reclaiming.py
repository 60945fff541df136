"""Claims of dispatchers that are gone, and what lay in a queue that is gone."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Executable, and_, bindparam, select, union_all, update

from adapters.store.outbox import ANY_RANK, EACH_RANK, RANKS, due_again
from adapters.store.outbox_tables import OUTBOX, READY, SENT, SENT_AGAIN, SENT_FIRST
from adapters.store.session import Forms
from adapters.store.tables import NOTICE
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.model import MessageClass, RowState
from hub.parties import NodeId


def _reclaim(_forms: Forms) -> Executable:
    claimed = OUTBOX.c.state == RowState.CLAIMED.value
    left = (
        select(OUTBOX.c.hop)
        .where(READY, claimed, OUTBOX.c.worker != bindparam("by"))
        .order_by(OUTBOX.c.hop)
        .with_for_update()
        .cte("left_over")
    )
    values = {"state": RowState.DUE.value, "worker": "", "due_at": bindparam("now")}
    again = update(OUTBOX).where(OUTBOX.c.hop.in_(select(left.c.hop)))
    return again.values(values).returning(OUTBOX.c.hop)


def _free(_forms: Forms) -> Executable:
    left = (
        select(NOTICE.c.id)
        .where(NOTICE.c.claimed_until > 0)
        .order_by(NOTICE.c.id)
        .with_for_update()
        .cte("left_over")
    )
    again = update(NOTICE).where(NOTICE.c.id.in_(select(left.c.id)))
    return again.values(claimed_until=0).returning(NOTICE.c.id)


def _ahead(where: ColumnElement[bool], values: Mapping[str, object]) -> Executable:
    ahead = (
        select(OUTBOX.c.hop)
        .where(where, OUTBOX.c.due_at > bindparam("after"))
        .order_by(OUTBOX.c.hop)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)  # somebody is at it; if not, the next round has it
        .cte("ahead")
    )
    again = update(OUTBOX).where(OUTBOX.c.hop.in_(select(ahead.c.hop)))
    return again.values({**values, "due_at": bindparam("now")}).returning(OUTBOX.c.hop)


def _ready_ahead(forms: Forms) -> Executable:
    where = and_(READY, ANY_RANK, forms.among(OUTBOX.c.peer, "peers"))
    return _ahead(where, {"state": RowState.DUE.value, "worker": ""})


def _sent_ahead(forms: Forms) -> Executable:
    """Late from now on; whether it is sent again is not judged here."""
    mine = and_(forms.among(OUTBOX.c.peer, "peers"), OUTBOX.c.due_at > bindparam("after"))
    found = union_all(*(
        select(OUTBOX.c.hop).where(sent, rank, mine)
        for sent in (SENT_FIRST, SENT_AGAIN)
        for rank in EACH_RANK
    )).subquery()  # fmt: skip
    return _ahead(and_(SENT, OUTBOX.c.hop.in_(select(found.c.hop))), {})


def _free_ahead(_forms: Forms) -> Executable:
    ahead = (
        select(NOTICE.c.id)
        .where(NOTICE.c.claimed_until > bindparam("after"))
        .order_by(NOTICE.c.id)
        .with_for_update(skip_locked=True)
        .cte("ahead")
    )
    return update(NOTICE).where(NOTICE.c.id.in_(select(ahead.c.id))).values(claimed_until=0)


def _returned(_forms: Forms) -> Executable:
    path = (
        OUTBOX.c.channel == bindparam("name"),
        OUTBOX.c.peer == bindparam("to"),
        OUTBOX.c.rank == bindparam("of"),
    )
    lost = (
        select(OUTBOX.c.hop)
        .where(SENT, *path)
        .order_by(OUTBOX.c.hop)
        .with_for_update(skip_locked=True)  # it is being closed
        .cte("lost")
    )
    return due_again(lost)


class Reclaims(Unit):
    """Rows and notices somebody else had claimed."""

    def reclaim_hops(self, worker: str) -> int:
        """CLAIMED rows of every other worker become DUE."""
        return len(self.session.rows(_reclaim, by=worker, now=self.now))

    def reclaim_notices(self) -> int:
        """Claimed notices become free."""
        return len(self.session.rows(_free))

    def recall(self, peers: Collection[NodeId], after: Instant, limit: int) -> int:
        """Rows and notices that wait for a moment after this do so no longer."""
        values = {"peers": list(peers), "after": after, "now": self.now, "limit": limit}
        due = len(self.session.rows(_ready_ahead, **values))
        self.session.rows(_sent_ahead, **values)
        self.session.run(_free_ahead, after=after)
        return due

    def reopen_path(self, channel: str, peer: NodeId, message_class: MessageClass) -> int:
        """SENT rows of this class that went to this peer by this channel become DUE."""
        values = {"name": channel, "to": peer, "of": RANKS[message_class], "now": self.now}
        return len(self.session.rows(_returned, **values))
