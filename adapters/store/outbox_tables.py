"""The outbox's tables: open hops, which stay few, their history, and the dense sequences.

Columns of a row's table stand in the order of the row's fields.
"""

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, text

from adapters.store.tables import METADATA, flag, key, number, octets, words

READY: Final = text("state IN ('due', 'claimed')")
SENT: Final = text("state = 'sent'")
SENT_FIRST: Final = text("state = 'sent' AND attempt <= 1")
SENT_AGAIN: Final = text("state = 'sent' AND attempt > 1")
GOING_AGAIN: Final = text("state IN ('due', 'claimed') AND channel <> ''")
"""It went by a channel before."""


def _hop_columns() -> list[Column[str] | Column[bytes] | Column[int] | Column[bool]]:
    """What open and closed hops have in common; `hop` is the delivery id, a space, the peer."""
    return [
        words("hop"),
        words("peer"),
        words("receiver"),
        number("rank"),
        number("n"),
        octets("message_digest"),
        number("body_bytes"),
        number("proof_at", nullable=True),
        words("state"),
        number("due_at"),
        number("attempt"),
        words("channel"),
        words("channel_incarnation"),
        number("created_at"),
        flag("alone"),
    ]


OUTBOX: Final = Table(
    "outbox",
    METADATA,
    *_hop_columns(),
    words("worker"),
    PrimaryKeyConstraint("hop"),
)
Index(
    "outbox_ready", OUTBOX.c.rank, OUTBOX.c.due_at, OUTBOX.c.n,
    postgresql_where=READY, sqlite_where=READY,
)  # fmt: skip
Index(
    "outbox_sent", OUTBOX.c.peer, OUTBOX.c.rank, OUTBOX.c.due_at, OUTBOX.c.n,
    postgresql_where=SENT_FIRST, sqlite_where=SENT_FIRST,
)  # fmt: skip
Index(
    "outbox_sent_again", OUTBOX.c.peer, OUTBOX.c.rank, OUTBOX.c.due_at, OUTBOX.c.n,
    postgresql_where=SENT_AGAIN, sqlite_where=SENT_AGAIN,
)  # fmt: skip
Index(
    "outbox_going_again", OUTBOX.c.peer, OUTBOX.c.rank,
    postgresql_where=GOING_AGAIN, sqlite_where=GOING_AGAIN,
)  # fmt: skip
Index(
    "outbox_channel", OUTBOX.c.channel, OUTBOX.c.channel_incarnation,
    postgresql_where=SENT, sqlite_where=SENT,
)  # fmt: skip

OUTBOX_HISTORY: Final = Table(
    "outbox_history",
    METADATA,
    key("id"),
    *_hop_columns(),
    words("code"),
    number("closed_at"),
    number("copies"),
    Index("outbox_history_by_hop", "hop"),
    Index("outbox_history_by_time", "closed_at"),
)

COUNTER: Final = Table(
    "counter",
    METADATA,
    words("incarnation"),
    words("peer"),
    number("rank"),
    number("n"),
    octets("digest"),
    PrimaryKeyConstraint("incarnation", "peer", "rank"),
)

ENDED: Final = Table(
    "counter_ended",
    METADATA,
    words("incarnation"),
    words("peer"),
    number("rank"),
    number("count"),
    PrimaryKeyConstraint("incarnation", "peer", "rank"),
)
"""Of each sequence, how many numbers ended without being recorded at the other end."""
