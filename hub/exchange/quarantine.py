"""Quarantine: stored octets that contradict their digest leave no node and stop nobody.

A row whose octets are damaged or missing is parked with a fact and a line in the journal; the rows
beside it go on. It is due again by command, once the octets have been put right (`hubctl store
verify` names them). A notice may still close it: the peer has the octets then.

A page that the store itself cannot read holds up no other row, either. It may end the transaction
(PostgreSQL), and one question about many messages does not tell whose it is: the batch is then
claimed anew and read one by one, each apart, and the operator hears `store_damaged`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
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

    def apart(self) -> AbstractContextManager[None]:
        """Where a reading that fails ends nothing else of the transaction; nothing is written."""
        ...

    def park_hops(self, worker: str, delivery_ids: Collection[tuple[str, NodeId]]) -> None:
        """Rows still claimed by this worker become PARKED: neither sent nor taken again."""
        ...


Reading = Callable[[Parking, Sequence[OutboxRow]], tuple[Mapping[bytes, bytes], list[OutboxRow]]]
"""Octets of rows, and the rows whose octets are damaged or missing."""


def sound(tx: Parking, rows: Sequence[OutboxRow]) -> tuple[Mapping[bytes, bytes], list[OutboxRow]]:
    """Octets of these rows, and the rows whose octets are damaged or missing.

    Raises:
        StoreDamaged: the transaction may be over; `singly` in another one finds out whose it is.
    """
    digests = {row.message_digest for row in rows}
    try:
        octets = tx.messages(digests)
    except Damaged:
        return singly(tx, rows)
    return octets, _lost(rows, octets)


def singly(tx: Parking, rows: Sequence[OutboxRow]) -> tuple[Mapping[bytes, bytes], list[OutboxRow]]:
    """The same, each message by itself; a page that cannot be read is damage of its message."""
    octets: dict[bytes, bytes] = {}
    for digest in sorted({row.message_digest for row in rows}):
        with suppress(Damaged, StoreDamaged), tx.apart():
            octets.update(tx.messages([digest]))
    return octets, _lost(rows, octets)


def _lost(rows: Sequence[OutboxRow], octets: Mapping[bytes, bytes]) -> list[OutboxRow]:
    return [row for row in rows if row.message_digest not in octets]
