"""What people ask of a store: what waits to be sent, and where one voucher has been. Read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hub.clock import Instant
from hub.exchange.model import Closing, DeliveryRow, MessageClass, OutboxRow, RowState
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class HopGroup:
    """Open outbox rows to one peer in one state."""

    peer: NodeId
    state: RowState
    count: int
    since: Instant
    """When the oldest was written."""


@dataclass(frozen=True, slots=True)
class HopTrace:
    """One hop of a voucher; `closing` is None while it is open."""

    row: OutboxRow
    closing: Closing | None


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one sequence: how many numbers are on record, and the highest of them."""

    count: int
    highest: int


class Looking(Protocol):
    """Read verbs for people; cost follows from what is open, or from one voucher."""

    def hop_groups(self) -> list[HopGroup]:
        """Open rows by peer and state, in that order."""
        ...

    def hops_of(self, voucher_id: str) -> list[HopTrace]:
        """All hops of a voucher's layers, by creation, delivery and peer."""
        ...

    def received(self, peer: NodeId, incarnation: str) -> Mapping[MessageClass, Received]:
        """What is on record of a peer's sequences in one life of its store; reads them all."""
        ...

    def deliveries_of(self, voucher_id: str) -> list[DeliveryRow]:
        """All deliveries of a voucher's layers on record, by time and delivery."""
        ...
