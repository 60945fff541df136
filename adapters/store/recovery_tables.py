"""Tables of the resync after a restore: small while it goes on, a row a neighbour afterwards."""

from typing import Final

from sqlalchemy import PrimaryKeyConstraint, Table

from adapters.store.tables import METADATA, flag, number, octets, words

RESTORE: Final = Table(
    "restore",
    METADATA,
    number("id", primary_key=True),
    number("since"),
    number("spoke_at"),
    number("opened_at"),
)
"""One row, number 1, in a store that was ever restored."""

RESYNC: Final = Table(
    "resync",
    METADATA,
    words("peer", primary_key=True),
    words("way"),
    number("since"),
    number("after_at"),
    words("after_id"),
    number("rounds"),
    number("listed"),
    number("wanted"),
    number("recovered"),
    number("began_at"),
    number("ended_at"),
    words("told_by", default=""),
)

WANTED: Final = Table(
    "resync_wanted",
    METADATA,
    words("peer"),
    words("delivery_id"),
    words("way"),
    octets("digest"),
    number("asked_at"),
    PrimaryKeyConstraint("peer", "delivery_id"),
)

ASK: Final = Table(
    "resync_ask",
    METADATA,
    words("peer", primary_key=True),
    words("life"),
    words("way"),
    number("since"),
    number("after_at"),
    words("after_id"),
    flag("answered"),
)

FORMER_LIFE: Final = Table(
    "former_life",
    METADATA,
    words("peer"),
    words("life"),
    PrimaryKeyConstraint("peer", "life"),
)
"""Lives of neighbours' stores that are over: whatever still speaks in their name is not heard."""
