"""Mail: what a party's own system reads from its node, and what it says to it. Values only.

- An *order* asks the system's core to move money. Its id is the order's key (protocol 5), its
  content the order; new → read → answered. One that was only inquired about has no content yet.
- A *bounce* is a movement that the core tells of as come back: answered from the start.
- A *voucher* is a layer that has arrived for the party, in a node whose desk leaves decisions to
  the party's own system; its id is the layer's. new → read → confirmed.
Whatever was read and not finished can be read again; nothing is lost with an answer on its way.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.clock import Instant

ORDER: Final = "order"
BOUNCE: Final = "bounce"


class MailState(StrEnum):
    """Of one piece of mail."""

    NEW = "new"
    READ = "read"
    CONFIRMED = "confirmed"
    """A voucher: the party's own system has it on record."""
    ANSWERED = "answered"


WAITING: Final = frozenset({MailState.NEW, MailState.READ})


@dataclass(frozen=True, slots=True)
class Mail:
    """One piece of mail; what may change comes last."""

    id: str
    party: str
    kind: str
    """`order`, `bounce`, or a voucher's VtCode."""
    division: str
    """Empty for orders."""
    at: Instant
    digest: bytes = b""
    """Of the voucher's message."""
    state: MailState = MailState.NEW
    content: str = ""
    """An order, as JSON."""
    asked: bool = False
    """The node wants to know what became of this key."""
    outcome: str = ""
    """Of an order: `done`, `refused`, `not_known`; empty: nothing said yet."""
    code: str = ""
    trace: str = ""
    day: str = ""
    """Business day of an outcome or of a bounce."""
