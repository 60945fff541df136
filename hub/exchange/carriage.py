"""What is known of files that people carried between this node and a neighbour (protocol 4).

Rules:
- A row that was carried stays open and due as it was: only the neighbour's notice closes it. That
  it was carried is a mark beside it, for people.
- A file is known by its number, and taken when all of it has been: then, and only then, its
  carriage is on record. Taking it again changes nothing.
- A carriage tells counts, digests and who did it; never what the vouchers say.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.clock import Instant
from hub.exchange.model import OutboxRow
from hub.parties import NodeId


class CarriedKind(StrEnum):
    """What a carried file holds."""

    PACKETS = "packets"
    """Open rows of its sender, as packets."""
    ANSWER = "answer"
    """Hop notices about the items of a file of packets; it bears the number of that file."""


class CarriedWay(StrEnum):
    """Which way a file went, seen from this node."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Carriage:
    """One hand-over; (number, kind, way) is unique."""

    number: str
    kind: CarriedKind
    way: CarriedWay
    peer: NodeId
    digest: bytes
    """SHA-256 of the whole file."""
    count: int
    """Items, or notices."""
    refused: int
    waiting: int
    """Items that this node could not answer yet; always 0 on the way out."""
    body_bytes: int
    """Of the file."""
    act: str
    """Digest of the guarded act, in hex; empty: none was needed."""
    who: str
    """Operators, with blanks."""
    at: Instant


CarriageKey = tuple[str, CarriedKind, CarriedWay]


class Carrying(Protocol):
    """The verbs of a transaction that the carried path rests on."""

    def carriable(self, peer: NodeId) -> list[tuple[str, str]]:
        """Open rows towards a peer that are not parked: delivery, number of the last file.

        By class, then number; the file's number is empty where a row was never carried.
        """
        ...

    def open_rows(self, peer: NodeId, delivery_ids: Collection[str]) -> list[OutboxRow]:
        """Those of these rows that are open, by class, then number."""
        ...

    def note_carried(self, peer: NodeId, delivery_ids: Collection[str], number: str) -> None:
        """Note the file that these rows were written into; the newest counts."""
        ...

    def carried_open(self) -> Mapping[str, int]:
        """By number of a file: how many rows are open that were last written into it."""
        ...

    def put_carriage(self, row: Carriage) -> None:
        """Record a hand-over, in place of an earlier one of its key; once a file.

        Marks of rows that are closed are forgotten.
        """
        ...

    def carriages(self) -> Sequence[Carriage]:
        """All hand-overs on record, by time and key."""
        ...
