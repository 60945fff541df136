"""What a store knows of its archives: which days, and where each message that moved lies."""

from typing import Final

from sqlalchemy import Table

from adapters.store.tables import METADATA, number, octets, words

ARCHIVE_DAY: Final = Table(
    "archive_day",
    METADATA,
    words("day", primary_key=True),
    octets("proof"),
    number("messages"),
    number("body_bytes"),
    words("keep_until"),
    words("state"),
    number("at"),
)
"""`written`: its file is whole, octets are moving; `moved`: they have; `empty`: there were none."""

ARCHIVED: Final = Table("archived", METADATA, octets("digest", primary_key=True), words("day"))
"""Messages whose octets lie in a day's file."""
