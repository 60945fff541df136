"""What people ask of a store: what waits to be sent, and where one voucher has been. Read only."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from hub.clock import Instant
from hub.exchange.model import Closing, DeliveryRow, MessageClass, OutboxRow, RefusalRow, RowState
from hub.exchange.sought import ANY, Sought
from hub.parties import NodeId

CLASHES: Final = ("identity_conflict", "receipt_and_return")
"""Codes of refusals that are conflicts (protocol 1): both messages are kept."""
DISCARDED: Final = "discarded"
"""Closes a parked row that operators have given up."""
LOOKED_MAX: Final = 100_000
"""Among so many at most those that somebody asks for are looked for."""
T = TypeVar("T")


def oldest(
    read: Callable[[int], Sequence[T]], wanted: Callable[[T], bool], limit: int
) -> tuple[list[T], bool]:
    """The first so many that are wanted of what `read` gives first, and whether there may be more.

    It is read on while too few of what was read are wanted: what comes before hides nothing.
    """
    asked = limit + 1
    while True:
        every = read(asked)
        found = [one for one in every if wanted(one)]
        whole = len(every) < asked
        if whole or len(found) > limit or asked >= LOOKED_MAX:
            return found[:limit], len(found) > limit or not whole
        asked = min(8 * asked, LOOKED_MAX)


def kept(read: Callable[[int], Sequence[T]]) -> Callable[[int], Sequence[T]]:
    """`read` for several that look in turn: it is read again only where more is asked for."""
    asked, held = 0, list[T]()

    def first(limit: int) -> Sequence[T]:
        nonlocal asked, held
        if asked < limit and asked == len(held):  # fewer than were asked for are all there are
            asked, held = limit, list(read(limit))
        return held[:limit]

    return first


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
class Clashes:
    """Other content under a taken identity, as one sender brought it."""

    sender: str
    count: int
    newest: Instant


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

    def open_notices(self) -> int:
        """How many notices are owed; those that a process had claimed when it died are, too."""
        ...

    def oldest_hops(self, limit: int, peer: str = "", sought: Sought = ANY) -> list[OutboxRow]:
        """Open rows sought, to one peer or to all, by creation, then delivery and peer."""
        ...

    def parked_hops(self, limit: int, sought: Sought = ANY) -> list[OutboxRow]:
        """PARKED rows sought, by creation, then delivery and peer."""
        ...

    def hops_of(self, voucher_id: str) -> list[HopTrace]:
        """All hops of a voucher's layers, by creation, delivery and peer."""
        ...

    def received(self, peer: NodeId, incarnation: str) -> Mapping[MessageClass, Received]:
        """What is on record of a peer's sequences in one life of its store; reads them all."""
        ...

    def clashes(self) -> list[Clashes]:
        """Refused conflicts on record, by sender (codes of `CLASHES`)."""
        ...

    def conflicts(self, limit: int, sender: str = "", sought: Sought = ANY) -> list[RefusalRow]:
        """Refused conflicts sought, of one sender or of all, the newest first."""
        ...

    def deliveries_of(self, voucher_id: str) -> list[DeliveryRow]:
        """All deliveries of a voucher's layers on record, by time and delivery."""
        ...


class Hurrying(Protocol):
    """What people may do about rows that wait for an answer."""

    def hurry_hops(self, delivery_ids: Collection[str]) -> int:
        """SENT and PARKED rows of these deliveries become DUE at once; returns how many."""
        ...
