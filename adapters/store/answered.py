"""How far neighbours have answered lately: a bounded look at the end of the outbox's history."""

from typing import Final

from sqlalchemy import Executable, func, select

from adapters.store.session import Forms
from adapters.store.tables import OUTBOX_HISTORY
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.parties import NodeId

ANSWERED_ROWS: Final = 500


def _answered(_forms: Forms) -> Executable:
    latest = (
        select(OUTBOX_HISTORY.c.peer, OUTBOX_HISTORY.c.created_at)
        .order_by(OUTBOX_HISTORY.c.id.desc())
        .limit(ANSWERED_ROWS)
        .subquery()
    )
    return select(latest.c.peer, func.max(latest.c.created_at)).group_by(latest.c.peer)


class Answered(Unit):
    """What notices have closed lately."""

    def answered(self) -> dict[NodeId, Instant]:
        """Per peer when the newest row was made that was closed lately."""
        return {NodeId(peer): Instant(at) for peer, at in self.session.rows(_answered)}
