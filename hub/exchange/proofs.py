"""Proof lists that came with packets: a neighbour's sealed word of what it had, and since when.

Rules (protocol 3, 8):
- The receiver keeps the list as it was sealed, with whatever of its packet was recorded: years on
  it still says to others what it said here.
- Kept is what was believed when it came. Who reads it again checks its signature again.
- A list is found by the moment its vouchers were recorded at; one moment may have several.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.clock import Instant
from hub.parties import NodeId


@dataclass(frozen=True, slots=True, order=True)
class ProofList:
    """One list; (recorded_at, digest) is unique."""

    recorded_at: Instant
    """When this node recorded what came with it."""
    digest: bytes
    """SHA-256 of the signature."""
    node: NodeId
    """Who sealed it."""
    signer: bytes
    """SHA-256 of the node certificate."""
    signature: bytes
    octets: bytes
    """As `packets.proof_list` writes them."""


class Proving(Protocol):
    """The verbs of a transaction that keep proof lists."""

    def add_proof_lists(self, rows: Sequence[ProofList]) -> None:
        """Keep them; one that is there already stays as it is."""
        ...

    def proof_lists(self, recorded_at: Collection[Instant]) -> list[ProofList]:
        """What came with vouchers that were recorded at these moments, in order."""
        ...
