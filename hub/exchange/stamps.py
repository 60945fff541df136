"""Stamped lists: what a node recorded between two checkpoints, under one time-stamp token.

Rules (protocol 8, adr/0011):
- A list names messages by SHA-256 and nothing else: it tells nobody whose they are.
- Its first line says whose list it is and between which checkpoints; the digests follow, each once
  and in order, one a line. The token is over these octets as they stand, so that any tool for
  RFC 3161 checks one against the other.
- What it proves: whoever is named was there no later than the token says. The word is the
  authority's, so it counts also for what the node itself has made.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import MINUTE, Instant
from hub.parties import NodeId

FORM: Final = "evx-stamped-1"
EARLY: Final = MINUTE
"""How far a record's time may lie behind the end of its list: clocks of machines differ."""
NEAR: Final = 4
"""In so many lists from a moment on a record of that moment is looked for."""


@dataclass(frozen=True, slots=True, order=True)
class StampedList:
    """One list; its number is unique."""

    number: int
    """Of the checkpoint that ends it."""
    ends_at: Instant
    """When that was made."""
    stamped_at: Instant
    """What the token says."""
    octets: bytes
    token: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """Whose list, and between which checkpoints of the journal."""

    env: str
    node: NodeId
    incarnation: str
    after: int
    number: int


def listed(span: Span, digests: Iterable[bytes]) -> bytes:
    """The octets of a list of messages, given by SHA-256; what is given twice stands once."""
    head = f"{FORM} {span.env} {span.node} {span.incarnation} {span.after} {span.number}\n"
    lines = sorted({digest.hex() for digest in digests})
    return "".join((head, *(f"{line}\n" for line in lines))).encode()


def names(octets: bytes, env: str, digest: bytes) -> bool:
    """Whether octets are a list of this environment that names the message."""
    return octets.startswith(f"{FORM} {env} ".encode()) and f"\n{digest.hex()}\n".encode() in octets


class Stamping(Protocol):
    """The verbs of a transaction that keep stamped lists."""

    def add_stamped(self, rows: Sequence[StampedList]) -> None:
        """Keep them; one that is there already stays as it is."""
        ...

    def last_stamped(self) -> int:
        """The number of the newest list; 0: there is none."""
        ...

    def stamped_lists(self, recorded_at: Collection[Instant]) -> list[StampedList]:
        """Lists that may name what was recorded at these moments, in order."""
        ...
