"""Tables of the carried path, in the exchange's METADATA."""

from typing import Final

from sqlalchemy import PrimaryKeyConstraint, Table

from adapters.store.tables import METADATA, number, octets, words

CARRIED_HOP: Final = Table(
    "carried_hop", METADATA, words("hop", primary_key=True), words("number")
)  # fmt: skip
"""The file that an open hop was last written into; marks of closed ones are dropped later."""

CARRIAGE: Final = Table(
    "carriage",
    METADATA,
    words("number"),
    words("kind"),
    words("way"),
    words("peer"),
    octets("digest"),
    number("count"),
    number("refused"),
    number("waiting"),
    number("body_bytes"),
    words("act"),
    words("who"),
    number("at"),
    PrimaryKeyConstraint("number", "kind", "way"),
)
