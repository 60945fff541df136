"""What a present neighbour leaves unanswered goes again, so much at once and no more.

*Out again* is what was sent again and is not late yet, and what is on its way again. Each class has
a share for rows that were sent once and one for those sent more often: who waits in one share keeps
nobody of another waiting. An index stands in the order in which each share is read.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    TextClause,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
)

from adapters.store.outbox import RANKS, due_again, shut_names, shut_off
from adapters.store.outbox_tables import GOING_AGAIN, OUTBOX, SENT_AGAIN, SENT_FIRST
from adapters.store.session import Form, Forms
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.model import RowState
from hub.exchange.party_orders import NOBODY, Shut
from hub.parties import NodeId

Numbered = Callable[[ColumnElement[int]], ColumnElement[bool]]


def _late(sent: TextClause, rank: ColumnElement[int]) -> ColumnElement[bool]:
    peer = OUTBOX.c.peer == bindparam("of")
    return and_(sent, peer, OUTBOX.c.rank == rank, OUTBOX.c.due_at < bindparam("before"))


def _oldest(_forms: Forms) -> Executable:
    """By share the deadline of its first late row; ordered, so that the index is taken for it."""
    return select(*(
        select(OUTBOX.c.due_at)
        .where(_late(sent, literal_column(str(rank))))
        .order_by(OUTBOX.c.due_at, OUTBOX.c.n)
        .limit(literal_column("1"))
        .scalar_subquery()
        for rank in RANKS.values()
        for sent in (SENT_FIRST, SENT_AGAIN)
    ))  # fmt: skip


def _out(forms: Forms, share: Numbered) -> Executable:
    """How many are out again, counted up to the limit."""
    mine = and_(OUTBOX.c.peer == bindparam("of"), OUTBOX.c.rank == bindparam("of_rank"))
    claimed = OUTBOX.c.state == RowState.CLAIMED.value
    nth = case((claimed, OUTBOX.c.attempt), else_=OUTBOX.c.attempt + 1)
    waiting = and_(SENT_AGAIN, mine, OUTBOX.c.due_at >= bindparam("before"))
    going = and_(GOING_AGAIN, mine, share(nth), ~shut_off(forms))
    return select(_count(and_(waiting, share(OUTBOX.c.attempt))) + _count(going))


def _count(where: ColumnElement[bool]) -> ColumnElement[int]:
    found = select(literal(1)).select_from(OUTBOX).where(where).limit(bindparam("limit"))
    return select(func.count()).select_from(found.subquery()).scalar_subquery()


def _again(forms: Forms, sent: TextClause) -> Executable:
    late = (
        select(OUTBOX.c.hop)
        .where(_late(sent, bindparam("of_rank")), ~shut_off(forms))
        .order_by(OUTBOX.c.due_at, OUTBOX.c.n)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)  # it is being closed
        .cte("late")
    )
    return due_again(late)


def _second_out(forms: Forms) -> Executable:
    return _out(forms, lambda nth: nth <= SECOND)


def _second(forms: Forms) -> Executable:
    return _again(forms, SENT_FIRST)


def _later_out(forms: Forms) -> Executable:
    return _out(forms, lambda nth: nth > SECOND)


def _later(forms: Forms) -> Executable:
    return _again(forms, SENT_AGAIN)


SECOND: Final = 2
SHARES: Final[list[tuple[int, Form, Form]]] = [
    (rank, *share)
    for rank in RANKS.values()
    for share in ((_second_out, _second), (_later_out, _later))
]
"""In the order of `_oldest`."""


class Lateness(Unit):
    """Rows that no notice closes in time."""

    def expire_sent(self, peer: NodeId, before: Instant, limit: int, shut: Shut = NOBODY) -> int:
        """SENT rows of a present peer that waited too long become DUE."""
        of: dict[str, object] = {"of": peer, "before": before}
        (oldest,) = self.session.rows(_oldest, **of)
        of |= shut_names(shut)
        again = 0
        for (rank, out, late), due_at in zip(SHARES, oldest, strict=True):
            if due_at is None:
                continue
            ((taken,),) = self.session.rows(out, of_rank=rank, limit=limit, **of)
            if taken < limit:
                room = {"limit": limit - taken, "now": self.now}
                again += len(self.session.rows(late, of_rank=rank, **room, **of))
        return again
