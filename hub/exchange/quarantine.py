"""Quarantine: stored octets that contradict their digest leave no node and stop nobody.

A row whose octets are damaged or missing is parked with a fact and a line in the journal; the rows
beside it go on. It is due again by command, once the octets have been put right (`hubctl store
verify` names them). A notice may still close it: the peer has the octets then. A page that the
store itself cannot read holds up no other row, either; where that ends the transaction
(PostgreSQL), the process ends and the operator hears of it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from hub.errors import Damaged, StoreDamaged
from hub.exchange.model import OutboxRow
from hub.parties import NodeId

CODE: Final = "message_damaged"


class Parking(Protocol):
    """The verbs of a transaction that quarantine rests on."""

    def messages(self, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Octets of those that are kept. Raises `Damaged` when octets do not match."""
        ...

    def park_hops(self, worker: str, delivery_ids: Collection[tuple[str, NodeId]]) -> None:
        """Rows still claimed by this worker become PARKED: neither sent nor taken again."""
        ...


def sound(tx: Parking, rows: Sequence[OutboxRow]) -> tuple[Mapping[bytes, bytes], list[OutboxRow]]:
    """Octets of these rows, and the rows whose octets are damaged or missing."""
    digests = {row.message_digest for row in rows}
    try:
        octets = dict(tx.messages(digests))
    except (Damaged, StoreDamaged):
        octets = {}
        for digest in sorted(digests):
            octets.update(_whole(tx, digest))
    return octets, [row for row in rows if row.message_digest not in octets]


def _whole(tx: Parking, digest: bytes) -> Mapping[bytes, bytes]:
    try:
        return tx.messages([digest])
    except (Damaged, StoreDamaged):
        return {}
