"""Dispatching: outbox rows become packets on healthy channels; notices and statements are sealed.

One dispatcher per machine (protocol 3). A claim is a short transaction; publishing and its
confirm happen outside. What nobody waits for, marks of what was sent and hop notices, is done in
slow rounds, many at the price of one; a row that a notice closes before its mark needs none. An
expired claim is published again with the same ids. Hop notices are dropped once their batch is
confirmed: a lost one is made again when the duplicate arrives. A batch that was refused, or that no
channel took, goes again after a pause that doubles until one is confirmed. What went by a channel
that lost it is due again in the very next step; what went out and nobody can say whether it arrived
goes another way in that step, too.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic

from hub.clock import SECOND, Clock, Instant
from hub.errors import ChannelDown, StoreDamaged
from hub.exchange import lateness, packets, presence, quarantine
from hub.exchange.ahead import Ahead
from hub.exchange.clocks import Clocks
from hub.exchange.composing import compose, packed
from hub.exchange.flights import Flight, Marks, RowKey, Taken
from hub.exchange.lives import Lives
from hub.exchange.model import (
    Backlog,
    ChannelHealth,
    MessageClass,
    NoticeBatch,
    NoticeEntry,
    OutboxRow,
    Outcome,
    Outgoing,
    Publish,
)
from hub.exchange.overtaking import Overtaking
from hub.exchange.party_orders import NOBODY, PartyOrders, Shut
from hub.exchange.place import Place
from hub.exchange.ports import Channel, NodeSigner, Store, T
from hub.exchange.selector import choose
from hub.exchange.suspicion import Returned, Suspicions
from hub.observer import Fact, Observer
from hub.parties import NodeId

CLAIM_MS: Final = 30 * SECOND
RETRY_MS: Final = 250
CLAIM_ROWS: Final = 500
UNROUTABLE: Final = "unroutable"
"""A mandatory return: the queue is gone, with what lay in it."""
_LEFT: Final = Backlog(hops=True, notices=True, statements=False)


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
        self._flights: dict[int, Flight] = {}
        self._marks = Marks()
        self._lives = Lives()
        self._suspicions = Suspicions()
        self._unanswered = defaultdict[NodeId, Suspicions](Suspicions.of_paths)
        self._returned = Returned()
        limit = 2 * window * packets.ITEMS_MAX
        self._overtaking = Overtaking(place, store, list(channels), observe, limit)
        self._notices_wait = False
        self._notices_put_back = Counter[NodeId]()
        """How often in a row, per peer."""
        self._singly = False
        """Whether messages are read one by one: a page of the store could not be read."""
        self._begun = False
        self._token = 0
        self._turn = 0
        self._trust_number = 0
        self.orders: PartyOrders | None = None
        """About parties; without them everything goes out."""
        self.clocks: Clocks | None = None
        """While they are in doubt no deadline has passed; without them they never are."""

    @property
    def outstanding(self) -> int:
        """Packets and notice batches not confirmed yet."""
        return len(self._flights)

    @property
    def owes(self) -> bool:
        """Whether a slow round has something to do before long."""
        return bool(self._flights or self._marks or self._notices_wait)

    def step(self, *, slow: bool = True, rung: bool = False) -> bool:
        """Collect outcomes, claim, publish; whether more waits to be sent at once.

        Args:
            slow: also mark what was sent and send hop notices; due every now and then.
            rung: somebody has just left rows and notices, so there is no need to look first.

        Raises:
            StoreDown: try again later; nothing is lost, claims expire.
            StoreDamaged: a page that is no single message's cannot be read.
        """
        if not self._begun:
            self._begin()
        self._collect()
        healths = [channel.health() for channel in self._channels.values()]
        lost = self._lives.lost(healths)
        self._returned.look(healths, self._clock.monotonic())
        room = any(choose([h], "", self._window, 0) for h in healths)
        backlog = _LEFT if rung else self._look()
        hops = backlog.hops or bool(self._marks.unknown)  # claimed until this step
        wanted = Backlog(
            hops=room and hops, notices=room and backlog.notices and slow, statements=False
        )
        self._notices_wait = backlog.notices and not wanted.notices
        mark = bool(self._marks) and (slow or self._marks.urgent or bool(lost))
        if not (mark or lost or wanted.hops or wanted.notices):
            return False
        taken = Taken()
        ahead = Ahead(recovering=wanted.hops, trust_number=wanted.hops)
        try:
            with self._store.begin(ahead) as tx:
                tx.fence.require_incarnation(self._place.incarnation)
                again = Counter(self._write_marks(tx) if mark else {})
                again.update({name: tx.reopen_channel(name, lost[name]) for name in sorted(lost)})
                self._claim(tx, wanted, taken)
                tx.commit()
        except StoreDamaged:
            if self._singly:  # it is no message's page: nothing can be set aside
                raise
            self._singly = True
            return True
        if mark:
            self._marks = Marks()
        self._lives.note(healths)
        self._tell(again, taken)
        self._singly = False
        self._publish(taken)
        full = len(taken.rows) == CLAIM_ROWS or len(taken.notices) == packets.NOTICES_MAX
        return full or any(again.values())

    def _begin(self) -> None:
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            left = tx.reclaim_hops(self._worker) + tx.reclaim_notices()
            tx.commit()
        self._begun = True
        if left:
            self._observe(Fact("claims_taken_over", {"count": left}))

    def _shut(self) -> Shut:
        return self.orders.shut() if self.orders is not None else NOBODY

    def _look(self) -> Backlog:
        with self._store.read() as tx:
            return tx.backlog()

    def _claim(self, tx: T, wanted: Backlog, taken: Taken) -> None:
        """Take what is due; what is damaged is parked."""
        until = Instant(tx.now + CLAIM_MS)
        if wanted.hops:
            neighbours = self._place.neighbours
            mute, self._trust_number = tx.recovering(neighbours), tx.trust_number()
            if mute:  # what is on record goes to those who have asked what they lack
                mute -= tx.askers()
            open_to = sorted({*neighbours} - mute)
            rows = tx.claim_hops(self._worker, until, CLAIM_ROWS, open_to, self._shut())
            read = quarantine.singly if self._singly else quarantine.sound
            taken.octets, taken.damaged = read(tx, rows)
            taken.rows = [row for row in rows if row.message_digest in taken.octets]
            if taken.damaged:
                tx.park_hops(self._worker, sorted((r.delivery_id, r.peer) for r in taken.damaged))
                lines = [f"parked {row.delivery_id} {row.peer}" for row in taken.damaged]
                tx.append_journal(str(self._place.lane), "\n".join(lines).encode())
        if wanted.notices:
            taken.notices = tx.take_notices(self._worker, until, packets.NOTICES_MAX)

    def _tell(self, again: Mapping[str, int], taken: Taken) -> None:
        for name, count in again.items():
            if count:
                self._observe(Fact("channel_lost", {"channel": name, "count": count}))
        for row in taken.damaged:
            fields = {"delivery_id": row.delivery_id, "digest": row.message_digest.hex()}
            self._observe(Fact("message_quarantined", {**fields, "code": quarantine.CODE}))
        if taken.damaged and self._singly:
            self._observe(Fact("store_damaged", {"count": len(taken.damaged)}))

    def finish(self) -> bool:
        """Send the notices that are owed and write what outcomes said; claims no rows.

        For an orderly stop, call by call until nothing of it is out any more. Returns whether
        something is: not confirmed yet, or left for the next call.
        """
        self._collect()
        wanted = Backlog(hops=False, notices=self._look().notices, statements=False)
        if not (self._marks or wanted.notices):
            return bool(self._flights)
        taken = Taken()
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            self._write_marks(tx)
            self._claim(tx, wanted, taken)
            tx.commit()
        self._marks = Marks()
        self._publish(taken)
        return bool(self._flights)

    def settle(self) -> None:
        """Write what outcomes said, without claiming or sending more."""
        self._collect()
        if self._marks:
            with self._store.begin() as tx:
                tx.fence.require_incarnation(self._place.incarnation)
                self._write_marks(tx)
                tx.commit()
            self._marks = Marks()

    def retransmit(self, now: Instant) -> int:
        """Make rows due again: a present peer is silent, or the channel they went by was wiped.

        Rows of a wiped channel that `step` passed over, as they were being closed, are met here if
        they were not closed after all.
        """
        again = 0
        in_doubt = self.clocks is not None and self.clocks.suspect()
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            for health in (c.health() for c in self._channels.values()):
                if health.incarnation:
                    again += tx.reopen_channel(health.name, health.incarnation)
            if not in_doubt:
                window = self._window * packets.ITEMS_MAX
                again += lateness.expire(tx, self._place.neighbours, window, self._shut())
            tx.commit()
        if again:
            self._observe(Fact("retransmit", {"count": again, "at": now}))
        return again

    def overtake(self) -> int:
        """Make rows due again that wait by a path where the peer does not answer."""
        in_doubt = self.clocks is not None and self.clocks.suspect()
        return 0 if in_doubt else self._overtaking.step()

    # --- outcomes --------------------------------------------------------------------------------

    def _collect(self) -> None:
        for channel in self._channels.values():
            for outcome in channel.outcomes():
                flight = self._flights.pop(outcome.token, None)
                if flight is not None:
                    self._note(flight, outcome)

    def _note(self, flight: Flight, outcome: Outcome) -> None:
        now = self._clock.monotonic()
        if outcome.publish is Publish.CONFIRMED:
            self._suspicions.confirmed(flight.channel, now)
            if flight.rows:
                self._marks.sent[flight.channel, flight.incarnation, flight.again] += flight.rows
            if flight.notices:
                self._marks.notices += flight.notices
                self._notices_put_back.pop(flight.peer, None)
            return
        refused = outcome.publish is Publish.REFUSED
        pause = refused or flight.tried  # once at once; brokers that are all slow get no load more
        (self._marks.failed if pause else self._marks.unknown).extend(flight.rows)
        self._marks.owed.update(dict.fromkeys(flight.notices, flight.peer))
        fields = {"channel": flight.channel, "code": outcome.code or str(outcome.publish)}
        self._observe(Fact("publish_failed", fields))
        if outcome.code == UNROUTABLE:
            of = flight.message_class
            self._marks.returned |= {(flight.channel, peer, of) for _, peer in flight.rows}
        if refused:
            seconds = self._suspicions.refused(flight.channel, now)
            if seconds:
                self._observe(Fact("channel_suspected", {**fields, "ms": int(seconds * SECOND)}))

    def _write_marks(self, tx: T) -> Mapping[str, int]:
        """Write what outcomes said; how many rows lay in queues that are gone, by channel."""
        for (name, life, again), rows in self._marks.sent.items():
            until = presence.deadline(tx.now, again=again)
            tx.mark_sent(self._worker, sorted(rows), (name, life), until)
        later, by = Instant(tx.now + RETRY_MS), self._worker
        tx.release_hops(by, sorted(self._marks.failed), later, went=True)
        tx.release_hops(by, sorted(self._marks.left), later, went=False)
        tx.release_hops(by, sorted(self._marks.unknown), tx.now, went=True)
        if self._marks.notices:
            tx.drop_notices(self._marks.notices)
        for peer in sorted(set(self._marks.owed.values())):
            pause = min(RETRY_MS << min(self._notices_put_back[peer], 10), CLAIM_MS)
            keys = [key for key, to in self._marks.owed.items() if to == peer]
            tx.put_back_notices(keys, Instant(tx.now + pause))
            self._notices_put_back[peer] += 1
        gone = Counter[str]()
        for name, peer, of in sorted(self._marks.returned):
            gone[name] += tx.reopen_path(name, peer, of)
        return gone

    # --- publishing ------------------------------------------------------------------------------

    def _publish(self, taken: Taken) -> None:
        """Hand over what was taken; what was not goes back, also when a packet cannot be signed."""
        self._marks.owed.update({key: peer for peer, key, _ in taken.notices})
        left = {(row.delivery_id, row.peer) for row in taken.rows}
        try:
            self._publish_rows(taken.rows, taken.octets, left)
        finally:
            self._marks.left += left
        self._publish_notices(taken.notices)

    def _publish_rows(
        self, rows: Sequence[OutboxRow], octets: Mapping[bytes, bytes], left: set[RowKey]
    ) -> None:
        """What goes out goes out of `left`."""
        for load in compose(rows, octets):
            packet = packed(
                load, self._place, self._trust_number, self._signer, self._signer_digest
            )
            if load.avoid:
                self._unanswered[load.peer].refused(load.avoid, self._clock.monotonic())
            keys = [(row.delivery_id, row.peer) for row in load.rows]
            octets_ = packets.encode_packet(packet)
            flight = self._send(load.peer, load.message_class, octets_, load.avoid, keys, [])
            if flight is not None:
                left.difference_update(keys)
                flight.tried = any(row.attempt > 1 for row in load.rows)

    def _publish_notices(self, taken: Iterable[tuple[NodeId, int, NoticeEntry]]) -> None:
        """What goes out is owed no longer."""
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
            keys = [key for key, _ in entries]
            if self._send(peer, MessageClass.HOP, octets, "", [], keys) is not None:
                for key in keys:
                    del self._marks.owed[key]

    def _send(
        self,
        peer: NodeId,
        message_class: MessageClass,
        octets: bytes,
        avoid: str,
        rows: list[RowKey],
        notices: list[int],
    ) -> Flight | None:
        """What is out now; None: no channel takes it."""
        healths: list[ChannelHealth] = [c.health() for c in self._channels.values()]
        while healths:
            self._turn += 1
            now = self._clock.monotonic()
            usable = self._suspicions.usable(healths, now)
            if rows:
                usable = self._unanswered[peer].usable(usable, now)
            stable = self._returned.stable(usable, now)
            name = choose(stable, avoid, self._window, self._turn)
            name = name or choose(usable, avoid, self._window, self._turn)
            if name is None:
                return None
            health = next(h for h in healths if h.name == name)
            self._token += 1
            try:
                self._channels[name].publish([Outgoing(self._token, peer, message_class, octets)])
            except ChannelDown:
                healths.remove(health)
                continue
            flight = Flight(
                name, message_class, health.incarnation, peer, bool(avoid), rows, notices
            )
            self._flights[self._token] = flight
            return flight
        return None
