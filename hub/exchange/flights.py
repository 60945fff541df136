"""What a dispatcher has taken, sent and not heard of yet, and has heard and not written yet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.exchange.model import MessageClass, NoticeEntry, OutboxRow
from hub.parties import NodeId

RowKey = tuple[str, NodeId]


@dataclass(slots=True)
class Flight:
    """One packet or notice batch that is out and unconfirmed."""

    channel: str
    message_class: MessageClass
    incarnation: str
    peer: NodeId
    """To whom."""
    again: bool = False
    """Whether its rows were sent before."""
    rows: list[RowKey] = field(default_factory=list)
    notices: list[int] = field(default_factory=list)
    tried: bool = False
    """Whether a row of it was published before, whatever became of that."""


@dataclass(slots=True)
class Marks:
    """What outcomes say, to be written with the next transaction."""

    sent: dict[tuple[str, str, bool], list[RowKey]] = field(
        default_factory=lambda: defaultdict(list)
    )
    failed: list[RowKey] = field(default_factory=list)
    """Refused: tried again after a pause."""
    left: list[RowKey] = field(default_factory=list)
    """Nothing could take them: after a pause, as if they had not been claimed."""
    unknown: list[RowKey] = field(default_factory=list)
    """Their channel fell silent: they go another way at once."""
    returned: set[tuple[str, NodeId, MessageClass]] = field(default_factory=set)
    """Channel, peer and class of a queue that is gone; the rows that showed it are `failed`."""
    notices: list[int] = field(default_factory=list)
    owed: dict[int, NodeId] = field(default_factory=dict)
    """Notices that did not go out, and to whom."""

    def __bool__(self) -> bool:
        return bool(self.sent or self.urgent or self.notices or self.owed)

    @property
    def urgent(self) -> bool:
        """Whether they wait for no slow round."""
        return bool(self.failed or self.left or self.unknown)


@dataclass(slots=True)
class Taken:
    """What one claim has brought."""

    rows: Sequence[OutboxRow] = ()
    octets: Mapping[bytes, bytes] = field(default_factory=dict)
    damaged: Sequence[OutboxRow] = ()
    notices: Sequence[tuple[NodeId, int, NoticeEntry]] = ()
