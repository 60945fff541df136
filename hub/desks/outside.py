"""Settled outside: a voucher that was executed by other means is never executed electronically.

Where paper or a telephone had to stand in for the exchange, two operators say so at the node that
was to execute the voucher (protocol 4). It is refused while a movement may be under way, and once
it is said it stands: the copy that comes later is recorded and answered, and moves nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Instant

CODE: Final = "settled_outside"
"""What the issuer hears of it, in a statement."""


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """One voucher settled by other means; (party, voucher_id) is unique."""

    party: str
    """Who was to execute it."""
    voucher_id: str
    reason: str
    """One word of the operators' own."""
    evidence: bytes
    """SHA-256 of the evidence, whose octets the store keeps."""
    act: str
    """Digest (hex) of the act that two operators have signed."""
    at: Instant


class Settling(Protocol):
    """The verbs of a transaction that this rests on."""

    def put_outside(self, rows: Sequence[OutsideRow]) -> None:
        """Record them; the first word about a voucher stands."""
        ...

    def outside(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, OutsideRow]:
        """Which of these are settled outside, by voucher."""
        ...

    def all_outside(self) -> list[OutsideRow]:
        """All of this node, by time and voucher."""
        ...
