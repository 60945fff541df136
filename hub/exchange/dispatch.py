"""Dispatching: outbox rows become packets on healthy channels; notices and statements are sealed.

One dispatcher per machine (PROTOCOL §3). A claim is a short transaction; publishing and its
confirm happen outside; outcomes are marked in batches, in the transaction of the next claim. An
expired claim is published again with the same ids. Hop notices are dropped once their batch is
confirmed: a lost one is made again when the duplicate arrives.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic

from hub.clock import SECOND, Clock, Instant
from hub.errors import ChannelDown
from hub.exchange import packets, presence
from hub.exchange.model import (
    ChannelHealth,
    Item,
    MessageClass,
    NoticeBatch,
    NoticeEntry,
    OutboxRow,
    Outcome,
    Outgoing,
    Packet,
    Publish,
)
from hub.exchange.place import Place
from hub.exchange.ports import Channel, NodeSigner, Store, T
from hub.exchange.selector import choose
from hub.observer import Fact, Observer
from hub.parties import NodeId, party

CLAIM_MS: Final = 30 * SECOND
RETRY_MS: Final = 250
CLAIM_ROWS: Final = 500

RowKey = tuple[str, NodeId]


@dataclass(slots=True)
class _Flight:
    """One packet or notice batch that is out and unconfirmed."""

    channel: str
    incarnation: str
    rows: list[RowKey] = field(default_factory=list)
    notices: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Marks:
    """What outcomes say, to be written with the next transaction."""

    sent: dict[tuple[str, str], list[RowKey]] = field(default_factory=lambda: defaultdict(list))
    failed: list[RowKey] = field(default_factory=list)
    notices: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.sent or self.failed or self.notices)


class Dispatcher(Generic[T]):
    """One per machine; not thread-safe. `worker` names its claims."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a dispatcher
        self,
        place: Place,
        store: Store[T],
        channels: Mapping[str, Channel],
        signer: NodeSigner,
        clock: Clock,
        observe: Observer,
        worker: str,
        window: int = 64,
    ) -> None:
        self._place = place
        self._store = store
        self._channels = channels
        self._signer = signer
        self._signer_digest = hashlib.sha256(signer.certificate).digest()
        self._clock = clock
        self._observe = observe
        self._worker = worker
        self._window = window
        self._flights: dict[int, _Flight] = {}
        self._marks = _Marks()
        self._token = 0
        self._turn = 0

    @property
    def outstanding(self) -> int:
        """Packets and notice batches not confirmed yet."""
        return len(self._flights)

    def step(self) -> int:
        """Collect outcomes, mark, claim, publish; returns how much was done (0: nothing waits).

        Raises:
            StoreDown: try again later; nothing is lost, claims expire.
        """
        done = self._collect()
        healths = [channel.health() for channel in self._channels.values()]
        room = any(choose([h], "", self._window, 0) for h in healths)
        with self._store.read() as tx:
            backlog = tx.backlog()
        claim = room and (backlog.hops or backlog.notices)
        if not (self._marks or claim):
            return done
        rows: list[OutboxRow] = []
        notices: list[tuple[NodeId, int, NoticeEntry]] = []
        octets: Mapping[bytes, bytes] = {}
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            self._write_marks(tx)
            if claim:
                until = Instant(tx.now + CLAIM_MS)
                neighbours = self._place.directory.neighbours(self._place.node)
                open_to = sorted({*neighbours} - tx.recovering(neighbours))
                if backlog.hops and open_to:
                    rows = tx.claim_hops(self._worker, until, CLAIM_ROWS, open_to)
                    octets = tx.messages({row.message_digest for row in rows})
                if backlog.notices:
                    notices = tx.take_notices(self._worker, until, packets.NOTICES_MAX)
            tx.commit()
        self._marks = _Marks()
        self._publish_rows(rows, octets)
        self._publish_notices(notices)
        return done + len(rows) + len(notices)

    def settle(self) -> None:
        """Write what outcomes said, without claiming more: for an orderly stop."""
        self._collect()
        if self._marks:
            with self._store.begin() as tx:
                self._write_marks(tx)
                tx.commit()
            self._marks = _Marks()

    def retransmit(self, now: Instant) -> int:
        """Make rows due again: a present peer is silent, or the channel they went by was wiped."""
        again = 0
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            for health in (c.health() for c in self._channels.values()):
                if health.incarnation:
                    again += tx.reopen_channel(health.name, health.incarnation)
            for peer in presence.present_peers(tx.peers(), tx.now):
                again += tx.expire_sent(peer, tx.now, 2 * self._window * packets.ITEMS_MAX)
            tx.commit()
        if again:
            self._observe(Fact("retransmit", {"count": again, "at": now}))
        return again

    # --- outcomes --------------------------------------------------------------------------------

    def _collect(self) -> int:
        done = 0
        for channel in self._channels.values():
            for outcome in channel.outcomes():
                flight = self._flights.pop(outcome.token, None)
                if flight is not None:
                    self._note(flight, outcome)
                    done += 1
        return done

    def _note(self, flight: _Flight, outcome: Outcome) -> None:
        if outcome.publish is Publish.CONFIRMED:
            if flight.rows:
                self._marks.sent[flight.channel, flight.incarnation] += flight.rows
            self._marks.notices += flight.notices
            return
        self._marks.failed += flight.rows
        fields = {"channel": flight.channel, "code": outcome.code or str(outcome.publish)}
        self._observe(Fact("publish_failed", fields))

    def _write_marks(self, tx: T) -> None:
        deadline = Instant(tx.now + presence.NOTICE_DEADLINE_MS)
        for channel, rows in self._marks.sent.items():
            tx.mark_sent(self._worker, sorted(rows), channel, deadline)
        if self._marks.failed:
            tx.release_hops(self._worker, sorted(self._marks.failed), Instant(tx.now + RETRY_MS))
        if self._marks.notices:
            tx.drop_notices(self._marks.notices)

    # --- publishing ------------------------------------------------------------------------------

    def _publish_rows(self, rows: Sequence[OutboxRow], octets: Mapping[bytes, bytes]) -> None:
        for peer, message_class, group, items in _compose(rows, octets):
            packet = self._seal(
                Packet(
                    self._place.env,
                    self._place.node,
                    peer,
                    message_class,
                    self._place.incarnation,
                    items,
                )
            )
            avoid = group[0].channel if group[0].attempt > 1 else ""
            keys = [(row.delivery_id, row.peer) for row in group]
            if not self._send(peer, message_class, packets.encode_packet(packet), avoid, keys, []):
                self._marks.failed += keys

    def _seal(self, packet: Packet) -> Packet:
        """Only what has a proof time is sealed: an issuer's node has nothing to prove."""
        if all(item.proof_at is None for item in packet.items):
            return packet
        signature = self._signer.sign(packets.proof_list(packet))
        return Packet(
            packet.env,
            packet.sender,
            packet.receiver,
            packet.message_class,
            packet.incarnation,
            packet.items,
            self._signer_digest,
            signature,
        )

    def _publish_notices(self, taken: Iterable[tuple[NodeId, int, NoticeEntry]]) -> None:
        per_peer: dict[NodeId, list[tuple[int, NoticeEntry]]] = defaultdict(list)
        for peer, key, entry in taken:
            per_peer[peer].append((key, entry))
        for peer, entries in sorted(per_peer.items()):
            batch = NoticeBatch(
                self._place.env,
                self._place.node,
                peer,
                self._place.incarnation,
                tuple(entry for _, entry in entries),
            )
            signature = self._signer.sign(packets.notices_tbs(batch))
            octets = packets.encode_notices(batch, self._signer_digest, signature)
            self._send(peer, MessageClass.HOP, octets, "", [], [key for key, _ in entries])

    def _send(
        self,
        peer: NodeId,
        message_class: MessageClass,
        octets: bytes,
        avoid: str,
        rows: list[RowKey],
        notices: list[int],
    ) -> bool:
        healths: list[ChannelHealth] = [c.health() for c in self._channels.values()]
        while healths:
            self._turn += 1
            name = choose(healths, avoid, self._window, self._turn)
            if name is None:
                return False
            health = next(h for h in healths if h.name == name)
            self._token += 1
            try:
                self._channels[name].publish([Outgoing(self._token, peer, message_class, octets)])
            except ChannelDown:
                healths.remove(health)
                continue
            self._flights[self._token] = _Flight(name, health.incarnation, rows, notices)
            return True
        return False


def _compose(
    rows: Sequence[OutboxRow], octets: Mapping[bytes, bytes]
) -> list[tuple[NodeId, MessageClass, list[OutboxRow], tuple[Item, ...]]]:
    """Rows as packets: same peer, same class, urgent first; what travels alone is alone."""
    groups: dict[tuple[NodeId, MessageClass], list[OutboxRow]] = defaultdict(list)
    for row in rows:
        groups[row.peer, row.message_class].append(row)
    order = [MessageClass.URGENT, MessageClass.ONLINE, MessageClass.BATCH]
    made = []
    for (peer, message_class), members in sorted(
        groups.items(), key=lambda g: (order.index(g[0][1]), g[0][0])
    ):
        chosen: list[OutboxRow] = []
        items: list[Item] = []
        for row in members:
            item = _item(row, octets[row.message_digest])
            if items and (row.alone or chosen[0].alone or not packets.fits(items, item)):
                made.append((peer, message_class, chosen, tuple(items)))
                chosen, items = [], []
            chosen.append(row)
            items.append(item)
        made.append((peer, message_class, chosen, tuple(items)))
    return made


def _item(row: OutboxRow, octets: bytes) -> Item:
    return Item(
        row.delivery_id,
        party(row.receiver),
        row.n,
        row.attempt,
        row.attempt > 1,
        row.proof_at,
        octets,
    )
