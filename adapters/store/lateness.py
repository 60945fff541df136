"""What a present neighbour leaves unanswered goes again, so much at once and no more.

*Out again* is what was sent again and is not late yet, and what is on its way again. Rows that were
sent once and rows that were sent more often have their own share each.
"""

from sqlalchemy import (
    ColumnElement,
    Executable,
    TextClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    union_all,
    update,
)

from adapters.store.outbox import shut_names, shut_off
from adapters.store.outbox_tables import GOING_AGAIN, OUTBOX, SENT_AGAIN, SENT_FIRST
from adapters.store.session import Form, Forms
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.model import RowState
from hub.exchange.party_orders import NOBODY, Shut
from hub.parties import NodeId


def _late(sent: TextClause) -> ColumnElement[bool]:
    return and_(sent, OUTBOX.c.peer == bindparam("of"), OUTBOX.c.due_at < bindparam("before"))


def _any_late(_forms: Forms) -> Executable:
    return select(*(exists().where(_late(sent)) for sent in (SENT_FIRST, SENT_AGAIN)))


def _out_again(forms: Forms) -> Executable:
    """How many go for the second time, and for the third or later."""
    mine = OUTBOX.c.peer == bindparam("of")
    sent = select(OUTBOX.c.attempt.label("nth")).where(
        SENT_AGAIN, mine, OUTBOX.c.due_at >= bindparam("before")
    )
    claimed = OUTBOX.c.state == RowState.CLAIMED.value
    nth = case((claimed, OUTBOX.c.attempt), else_=OUTBOX.c.attempt + 1).label("nth")
    going = select(nth).where(GOING_AGAIN, mine, ~shut_off(forms))
    out = union_all(sent, going).subquery()
    return select(
        func.count(case((out.c.nth <= 2, 1))),
        func.count(case((out.c.nth > 2, 1))),
    )


def _again(forms: Forms, sent: TextClause) -> Executable:
    late = (
        select(OUTBOX.c.hop)
        .where(_late(sent), ~shut_off(forms))
        .order_by(OUTBOX.c.due_at, OUTBOX.c.n)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)  # it is being closed
        .cte("late")
    )
    again = update(OUTBOX).where(OUTBOX.c.hop.in_(select(late.c.hop)))
    return again.values(state=RowState.DUE.value, due_at=bindparam("now")).returning(OUTBOX.c.hop)


def _second(forms: Forms) -> Executable:
    return _again(forms, SENT_FIRST)


def _later(forms: Forms) -> Executable:
    return _again(forms, SENT_AGAIN)


class Lateness(Unit):
    """Rows that no notice closes in time."""

    def expire_sent(self, peer: NodeId, before: Instant, limit: int, shut: Shut = NOBODY) -> int:
        """SENT rows of a present peer that waited too long become DUE."""
        of = {"of": peer, "before": before}
        (late,) = self.session.rows(_any_late, **of)
        if not any(late):
            return 0
        closed = shut_names(shut)
        (out,) = self.session.rows(_out_again, **of, **closed)
        again = 0
        shares: tuple[Form, ...] = (_second, _later)
        for share, waits, taken in zip(shares, late, out, strict=True):
            room = max(0, limit - taken) if waits else 0
            if room:
                values = {**of, **closed, "limit": room, "now": self.now}
                again += len(self.session.rows(share, **values))
        return again
