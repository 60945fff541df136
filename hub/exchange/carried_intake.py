"""Taking in what people carried: checked as a whole first, then received as from a channel.

Rules (protocol 4):
- Before anything of a file is received, all of it was read once: environment, receiver, sender, the
  sender's life, every frame, the tally and the signature of a node key of the sender.
- Then its messages go the way of every channel message, through `Exchange.receive`; the channel's
  name is `carried`. What was recorded before is answered again, so a file may be begun anew.
- An answer is made from the records, never from what was done a moment ago: it can be made again.
  What has no record yet (held) is not answered, and such a file may be taken again.
- Other valid seals over a body that is on record are kept beside it, and have no row of their own:
  what is kept is judged once more, and answered with the digest on record. Where the octets kept
  are damaged, that item alone waits, told as held with the code of the damage.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic

from hub.errors import Conflict, Damaged, Malformed, SealUntrusted, TargetDown
from hub.exchange import elsewhere, packets, routing
from hub.exchange.carriage import CarriedKind, CarriedWay
from hub.exchange.carried_file import Cipher, Header, Scan, tally_tbs
from hub.exchange.inbox import RECORDED
from hub.exchange.judging import Judge
from hub.exchange.model import (
    DeliveryRow,
    Incoming,
    MessageClass,
    NoticeBatch,
    NoticeEntry,
    Packet,
)
from hub.exchange.place import Place
from hub.exchange.ports import Store, T, Verifier
from hub.observer import Fact, Observer, silent
from hub.parties import NodeId

CHANNEL: Final = "carried"
BATCH: Final[Mapping[CarriedKind, int]] = {CarriedKind.PACKETS: 20, CarriedKind.ANSWER: 1}
"""Frames that are received together: some 500 items or notices, so that transactions stay short."""
Key = tuple[bytes, str]
"""A message's digest, and the delivery that its item claims: either alone may come twice."""


@dataclass(slots=True)
class Taken:
    """What has become of a file's messages so far."""

    frames: int = 0
    count: int = 0
    """Items, or notices."""
    refused: int = 0
    waiting: int = 0
    """Items held: they have no answer yet."""
    entries: list[NoticeEntry] = field(default_factory=list)
    """Answers that are not written yet."""


class Intake(Generic[T]):
    """Takes carried files at one node; not thread-safe."""

    def __init__(
        self, place: Place, store: Store[T], verifier: Verifier,
        receive: Callable[[Sequence[Incoming]], None], observe: Observer = silent,
    ) -> None:  # fmt: skip
        """`receive`: as `Exchange.receive`."""
        self._place = place
        self._store = store
        self._verifier = verifier
        self._receive = receive
        self._observe = observe

    def require_addressed(self, header: Header) -> None:
        """Return when a file is for this node, from a neighbour in its present life.

        Raises:
            Malformed: `other_environment`, `carried_foreign`, `sender_life_over`.
        """
        place = self._place
        if header.env != place.env:
            raise Malformed("other_environment")
        known = place.directory.adjacent(place.node, header.sender)
        if header.receiver != place.node or not known:
            raise Malformed("carried_foreign")
        with self._store.read() as tx:
            life = tx.lives({header.sender}).get(header.sender, header.incarnation)
        if life != header.incarnation:
            raise Malformed("sender_life_over")

    def check(self, scan: Scan, cipher: Cipher, tell: Callable[[int], None]) -> None:
        """Read a whole file; `tell` hears how many octets were read.

        Raises:
            Malformed: `carried_truncated`, `carried_changed`, `carried_too_large`,
                `carried_malformed`: a frame holds something else than the header says.
            SealUntrusted: `carried_untrusted`.
        """
        header, count = scan.header, 0
        for octets in scan:
            count += _count(_parcel(header, cipher.decipher(scan.frames, octets)))
            tell(scan.octets)
        tally = scan.tally
        data = tally_tbs(header, tally)
        if not self._verifier.verify_node(header.sender, tally.signer, data, tally.signature):
            raise SealUntrusted("carried_untrusted")
        if count != tally.count:
            raise Malformed("carried_malformed")

    def require_new(self, header: Header, digest: bytes) -> None:
        """Return when the file with this digest was not taken here as a whole before.

        Raises:
            Conflict: `carried_taken_before`.
        """
        key = (header.number, header.kind, CarriedWay.IN)
        with self._store.read() as tx:
            rows = [r for r in tx.carriages() if (r.number, r.kind, r.way) == key]
        if any(row.digest == digest and not row.waiting for row in rows):
            raise Conflict("carried_taken_before", number=header.number)

    def take(self, header: Header, messages: Sequence[bytes], taken: Taken) -> None:
        """Receive channel messages of a checked file, and note the answers to their items.

        Raises:
            StoreDown, Fenced: as `Exchange.receive`; what came before is on record.
        """
        batch, loads = [], list[tuple[Incoming, Packet]]()
        for octets in messages:
            parcel = _parcel(header, octets)
            of = MessageClass.HOP
            if isinstance(parcel, Packet):
                of = parcel.message_class
            taken.count += _count(parcel)
            taken.frames += 1
            tag = taken.frames
            one = Incoming(CHANNEL, tag, header.sender, of, octets, redelivered=False)
            batch.append(one)
            if isinstance(parcel, Packet):
                loads.append((one, parcel))
        self._receive(batch)
        self._answer(header, loads, taken)

    def _answer(
        self, header: Header, loads: Sequence[tuple[Incoming, Packet]], taken: Taken
    ) -> None:
        """As a duplicate over a channel would be answered; see `hub.exchange.judging`."""
        sender, copies = str(header.sender), self._place.copies
        items = [item for _, packet in loads for item in packet.items]
        named = [(item, hashlib.sha256(item.octets).digest()) for item in items]
        refused = elsewhere.refused
        with self._store.read() as tx:
            deliveries = tx.deliveries({item.delivery_id for item in items})
            refusals = tx.refusals(set().union(*(elsewhere.keys(sender, *one) for one in named)))
        other = {
            (digest, item.delivery_id): deliveries[item.delivery_id]
            for item, digest in named
            if item.delivery_id in deliveries and refused(refusals, sender, item, digest) is None
            and deliveries[item.delivery_id].message_digest != digest
        }  # fmt: skip
        resealed = self._resealed(loads, other) if other else set()
        for item, digest in named:
            name = item.delivery_id
            delivery, refusal = deliveries.get(name), refused(refusals, sender, item, digest)
            on_record = digest
            if delivery is not None and (
                digest == delivery.message_digest or (digest, name) in resealed
            ):
                told, at, on_record = RECORDED, delivery.recorded_at, delivery.message_digest
            elif refusal is not None:
                taken.refused += 1
                told, at = refusal.told or refusal.code, refusal.refused_at
            else:
                taken.waiting += 1
                continue
            taken.entries.append(NoticeEntry(name, digest, on_record, told, at, copies))

    def _resealed(
        self, loads: Sequence[tuple[Incoming, Packet]], other: Mapping[Key, DeliveryRow]
    ) -> set[Key]:
        """Which of these messages are kept beside a delivery: same layer and body, seals hold."""
        with self._store.read() as tx:
            kept = self._whole(tx, {digest for digest, _ in other}, loads[0][0].sender)
            layers = tx.layers({row.layer_id for row in other.values()})
            now = tx.now
        judge = Judge(self._place, self._store, self._verifier, lambda _fact: None)
        found = set[Key]()
        for one in judge.judge(loads, now).decided:
            key = (one.digest, one.item.delivery_id)
            if (
                one.voucher is None
                or one.role is None
                or one.digest not in kept
                or key not in other
            ):
                continue
            row, top = other[key], one.voucher.top
            name = routing.delivery_id(top.id, str(one.item.receiver), one.role)
            if (name, top.body_digest) == (row.delivery_id, layers[row.layer_id].body_digest):
                found.add(key)
        return found

    def _whole(self, tx: T, digests: Collection[bytes], sender: NodeId) -> set[bytes]:
        """Which of these are kept and can be read; of the others, why not."""
        try:
            return set(tx.messages(digests))
        except (Damaged, TargetDown):
            pass  # one of them: each for itself
        found = set()
        for digest in sorted(digests):
            try:
                found |= set(tx.messages([digest]))
            except (Damaged, TargetDown) as error:
                self._observe(Fact("held", {"sender": str(sender), "code": error.code}))
        return found


def _count(parcel: Packet | NoticeBatch) -> int:
    return len(parcel.items if isinstance(parcel, Packet) else parcel.entries)


def _parcel(header: Header, octets: bytes) -> Packet | NoticeBatch:
    """A channel message of the header's kind, from and to whom the header says.

    Raises:
        Malformed: `carried_malformed`.
    """
    try:
        decoded = packets.decode(octets)
    except Malformed:
        raise Malformed("carried_malformed") from None
    parcel: Packet | NoticeBatch
    if header.kind is CarriedKind.PACKETS and isinstance(decoded, Packet):
        parcel = decoded
    elif header.kind is CarriedKind.ANSWER and isinstance(decoded, tuple):
        parcel = decoded[0]
    else:
        raise Malformed("carried_malformed")
    named = (parcel.env, parcel.sender, parcel.receiver, parcel.incarnation)
    if named != (header.env, header.sender, header.receiver, header.incarnation):
        raise Malformed("carried_malformed")
    return parcel
