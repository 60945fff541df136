"""Writing what people carry: a neighbour's open rows as packets, its items' answers as notices.

Rules (protocol 3, 4):
- The very packets a channel would get: same ids, numbers and octets, marked as possible duplicates.
  The rows stay open and due; what a channel takes as well does no harm.
- What may not go to a neighbour now (a restore, an order about a party, damaged octets) is not
  written into a file either.
- Rows are read in portions, so that a file of any size needs the memory of one portion.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic

from hub.errors import RuleBroken, StoreDamaged
from hub.exchange import packets, quarantine
from hub.exchange.carriage import Carriage
from hub.exchange.composing import compose, packed
from hub.exchange.model import Mark, NoticeBatch, NoticeEntry, OutboxRow
from hub.exchange.party_orders import NOBODY, Shut
from hub.exchange.place import Place
from hub.exchange.ports import NodeSigner, Store, T
from hub.observer import Fact, Observer
from hub.parties import NodeId

PORTION: Final = 500
SERIAL: Final = "carried"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written into one file."""

    number: str
    peer: NodeId
    delivery_ids: tuple[str, ...]
    left: int
    """Open rows that are left for another file."""
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class Written:
    """What became of a plan."""

    delivery_ids: list[str] = field(default_factory=list)
    withheld: int = 0
    """Rows that an order about a party or damaged octets keep back."""
    damaged: int = 0


class Carrier(Generic[T]):
    """Writes what one node has for a neighbour; not thread-safe."""

    def __init__(
        self, place: Place, store: Store[T], signer: NodeSigner, observe: Observer,
        shut: Callable[[], Shut] = lambda: NOBODY,
    ) -> None:  # fmt: skip
        self._place = place
        self._store = store
        self._signer = signer
        self._certificate = hashlib.sha256(signer.certificate).digest()
        self._observe = observe
        self._shut = shut

    def plan(self, peer: NodeId, limit: int, *, fresh: bool = False) -> Plan:
        """Draw a number and choose rows; `fresh`: only those that no file holds yet.

        Raises:
            RuleBroken: `peer_unknown`, `carried_nothing`; `carried_peer_recovering`: after a
                restore nothing goes to that neighbour before it is compared.
            Fenced: `other_incarnation`.
        """
        place = self._place
        if peer not in place.directory.neighbours(place.node):
            raise RuleBroken("peer_unknown", peer=str(peer))
        with self._store.begin() as tx:
            tx.fence.require_incarnation(place.incarnation)
            if peer in tx.recovering([peer]) and peer not in tx.askers():
                raise RuleBroken("carried_peer_recovering", peer=str(peer))
            found = [name for name, number in tx.carriable(peer) if not (fresh and number)]
            if not found:
                raise RuleBroken("carried_nothing", peer=str(peer))
            serial = tx.next_serial(str(place.node), SERIAL)
            marks = tuple(tx.marks(peer))
            tx.commit()
        number = f"{place.node}-{place.incarnation[:8]}-{serial:05d}"
        return Plan(number, peer, tuple(found[:limit]), max(0, len(found) - limit), marks)

    def packets(self, plan: Plan, written: Written) -> Iterator[tuple[bytes, int]]:
        """Packets as octets, and how many items each has; `written` grows with what is taken.

        Raises:
            StoreDown, CustodyDown: now and then; the file is to be begun anew.
        """
        for start in range(0, len(plan.delivery_ids), PORTION):
            try:
                rows, octets, trust = self._portion(plan, start, written, quarantine.sound)
            except StoreDamaged:
                rows, octets, trust = self._portion(plan, start, written, quarantine.singly)
            for load in compose(rows, octets):
                packet = packed(load, self._place, trust, self._signer, self._certificate)
                yield packets.encode_packet(packet), len(load.items)
                written.delivery_ids += [row.delivery_id for row in load.rows]

    def _portion(
        self, plan: Plan, start: int, written: Written, read: quarantine.Reading
    ) -> tuple[list[OutboxRow], Mapping[bytes, bytes], int]:
        shut = self._shut()
        with self._store.read() as tx:
            found = tx.open_rows(plan.peer, plan.delivery_ids[start : start + PORTION])
            rows = [row for row in found if not _shut(row, shut)]
            octets, damaged = read(tx, rows)
            trust = tx.trust_number()
        written.withheld += len(found) - len(rows)
        written.damaged += len(damaged)
        whole = [row for row in rows if row.message_digest in octets]
        return [replace(r, attempt=max(2, r.attempt + 1), channel="") for r in whole], octets, trust

    def notices(self, peer: NodeId, entries: Sequence[NoticeEntry]) -> bytes:
        """Sealed notices as octets; at most `packets.NOTICES_MAX`."""
        place = self._place
        batch = NoticeBatch(place.env, place.node, peer, place.incarnation, tuple(entries))
        signature = self._signer.sign(packets.notices_tbs(batch))
        return packets.encode_notices(batch, self._certificate, signature)

    def keep(self, row: Carriage, line: str, delivery_ids: Sequence[str] = ()) -> None:
        """Put a finished hand-over on record, with the journal's line and the marks of its rows.

        Raises:
            Fenced: `other_incarnation`. StoreDown: the file is good, but not on record.
        """
        for start in range(0, len(delivery_ids), PORTION):
            with self._store.begin() as tx:
                tx.fence.require_incarnation(self._place.incarnation)
                names = delivery_ids[start : start + PORTION]
                still = [r.delivery_id for r in tx.open_rows(row.peer, names)]
                tx.note_carried(row.peer, still, row.number)
                tx.commit()
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            tx.put_carriage(row)
            tx.append_journal(str(self._place.lane), line.encode())
            tx.commit()
        fields = {
            "document_id": row.number, "kind": row.kind.value, "state": row.way.value,
            "peer": str(row.peer), "digest": row.digest.hex(), "count": row.count,
        }  # fmt: skip
        self._observe(Fact("carried", fields))


def _shut(row: OutboxRow, shut: Shut) -> bool:
    original = "/original/" in row.delivery_id
    return row.receiver in shut.receivers or (original and row.receiver in shut.originals)
