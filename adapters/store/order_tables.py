"""Tables of what operators have ordered, about channels and about parties, and of its effect."""

from typing import Final

from sqlalchemy import Table

from adapters.store.tables import METADATA, number, words

CHANNEL_ORDER: Final = Table(
    "channel_order",
    METADATA,
    words("channel", primary_key=True),
    words("state"),
    words("reason"),
    number("at"),
)
"""One row a channel that was ever drained or disabled; an empty state: taken back."""

PARTY_ORDER: Final = Table(
    "party_order",
    METADATA,
    words("party", primary_key=True),
    words("state"),
    number("per_minute"),
    words("reason"),
    number("at"),
)
"""One row a party of which anything was ever ordered."""

PARTY_ALLOWANCE: Final = Table(
    "party_allowance",
    METADATA,
    words("party", primary_key=True),
    number("full_at"),
)
"""One row a party that was ever limited: hub.exchange.allowance, in nanoseconds."""
