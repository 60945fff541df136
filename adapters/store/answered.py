"""How far neighbours have answered lately, and what waits where they do not.

A bounded look at the end of the outbox's history, and at what was sent by one path in a time.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    TextClause,
    and_,
    bindparam,
    case,
    func,
    select,
    union,
    union_all,
)

from adapters.store.outbox import ANY_RANK, EACH_RANK, due_again
from adapters.store.outbox_tables import OUTBOX, OUTBOX_HISTORY, SENT_FIRST
from adapters.store.session import Forms
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.parties import NodeId

ANSWERED_ROWS: Final = 500


def _answered(_forms: Forms) -> Executable:
    first = OUTBOX_HISTORY.c.attempt == 1
    by = case((first, OUTBOX_HISTORY.c.channel), else_="").label("channel")
    latest = (
        select(OUTBOX_HISTORY.c.peer, by, OUTBOX_HISTORY.c.created_at)
        .order_by(OUTBOX_HISTORY.c.id.desc())
        .limit(ANSWERED_ROWS)
        .subquery()
    )
    path = (latest.c.peer, latest.c.channel)
    return select(*path, func.max(latest.c.created_at)).group_by(*path)


def _by_path(rank: TextClause) -> ColumnElement[bool]:
    return and_(
        SENT_FIRST,
        rank,
        OUTBOX.c.peer == bindparam("of"),
        OUTBOX.c.due_at >= bindparam("since"),
        OUTBOX.c.due_at < bindparam("before"),
        OUTBOX.c.channel == bindparam("by"),
        OUTBOX.c.attempt == 1,
    )


def _lagging(forms: Forms) -> Executable:
    waits = and_(
        SENT_FIRST,
        OUTBOX.c.due_at >= bindparam("since"),
        OUTBOX.c.due_at < bindparam("before"),
        OUTBOX.c.attempt == 1,
        forms.among(OUTBOX.c.peer, "peers"),
    )
    return union(*(select(OUTBOX.c.peer).where(waits, rank) for rank in EACH_RANK))


def _waits(_forms: Forms) -> Executable:
    found = union_all(*(select(OUTBOX.c.hop).where(_by_path(rank)) for rank in EACH_RANK))
    return select(found.subquery().c.hop).limit(1).offset(bindparam("others"))


def _overtaken(_forms: Forms) -> Executable:
    late = (
        select(OUTBOX.c.hop)
        .where(_by_path(ANY_RANK))
        .order_by(OUTBOX.c.due_at, OUTBOX.c.n)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)  # it is being closed
        .cte("overtaken")
    )
    return due_again(late)


class Answered(Unit):
    """What notices have closed lately, and what they have not."""

    def answered(self) -> dict[NodeId, Instant]:
        """Per peer when the newest row was made that was closed lately."""
        found: dict[NodeId, Instant] = {}
        for (peer, _), at in self.answered_by().items():
            found[peer] = max(found.get(peer, at), at)
        return found

    def answered_by(self) -> dict[tuple[NodeId, str], Instant]:
        """The same per peer and channel."""
        rows = self.session.rows(_answered)
        return {(NodeId(peer), channel): Instant(at) for peer, channel, at in rows}

    def lagging(self, peers: Collection[NodeId], since: Instant, before: Instant) -> set[NodeId]:
        """To which of these a SENT first attempt waits with a deadline in that time."""
        given = {"since": since, "before": before}
        rows = self.session.rows_among(_lagging, "peers", sorted(map(str, peers)), **given)
        return {NodeId(row[0]) for row in rows}

    def waits(self, path: tuple[NodeId, str], since: Instant, before: Instant, count: int) -> bool:
        """Whether so many SENT first attempts went by this path with a deadline in that time."""
        peer, name = path
        given = {"of": peer, "by": name, "since": since, "before": before, "others": count - 1}
        return bool(self.session.rows(_waits, **given))

    def expire_path(
        self, path: tuple[NodeId, str], since: Instant, before: Instant, limit: int
    ) -> int:
        """Such rows become DUE."""
        peer, name = path
        again = self.session.rows(
            _overtaken, of=peer, by=name, since=since, before=before, limit=limit, now=self.now
        )
        return len(again)
