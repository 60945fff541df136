"""Receiving: what channels bring becomes a record, exactly once in effect.

decode → judge, outside any transaction → one transaction: fence, trust state, identities, octets,
journal, effects, outbox rows, notice entries → commit → the caller acknowledges (protocol 3).
Anything that fails before the commit leaves no trace and comes again with the redelivery.
A trust list that came along is taken before anything is judged. Under a list that has expired for
good no voucher takes effect: it is withheld, which is recorded once, and unanswered.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Generic

from hub.clock import Clock, Instant
from hub.errors import Held, Malformed, Misconfigured, Rejection, StoreDown, Unavailable
from hub.exchange import (
    aside,
    inbox,
    limiting,
    parcels,
    resync_hearing,
    routing,
    withholding,
)
from hub.exchange.ahead import Ahead
from hub.exchange.beside import Aids
from hub.exchange.gate import living
from hub.exchange.inbox import Decided, Plan
from hub.exchange.judging import Judge, Judged
from hub.exchange.model import Closing, Incoming, NoticeBatch, RefusalRow
from hub.exchange.parcels import Parcels
from hub.exchange.place import Place
from hub.exchange.ports import Application, Store, T, Verifier
from hub.exchange.posting import arrive
from hub.exchange.recovery import WantedKey
from hub.exchange.repeats import Repeating, Repeats
from hub.observer import Fact, Observer

RETRIES: Final = 8


class Exchange(Generic[T]):
    """One per worker process; not thread-safe."""

    def __init__(
        self,
        place: Place,
        store: Store[T],
        verifier: Verifier,
        application: Application[T],
        clock: Clock,
        observe: Observer,
        aids: Aids | None = None,
    ) -> None:
        """`aids`: what may be used beside the records; nothing unless given."""
        self._place = place
        self._store = store
        self._verifier = verifier
        self._application = application
        self._clock = clock
        self._observe = observe
        self._aids = aids or Aids()
        self._repeating = Repeating(clock)
        self._judge = Judge(place, store, verifier, observe, self._aids.orders, self._aids.clocks)

    def receive(self, batch: Sequence[Incoming]) -> None:
        """Record a batch; when this returns, all of it may be acknowledged.

        What the application refuses is refused; what it cannot take now is held; neither hurts
        what came beside it.

        Raises:
            StoreDown: nothing was recorded; stop consuming and try again later.
            Fenced: this process may not write any more.
        """
        sorted_ = parcels.sort(batch, self._place, self._verifier)
        self._take(sorted_)
        self._hear(sorted_)
        self._receive(sorted_, self._judge.judge(sorted_.packets, self._clock.now()))

    def _take(self, sorted_: Parcels) -> None:
        """Take lists; one that does not hold is refused like any parcel."""
        for incoming, parcel in sorted_.documents:
            try:
                if self._aids.documents is None:
                    raise Malformed("document_unexpected")
                self._aids.documents.take(parcel.octets, parcel.parts)
            except Rejection as error:
                sorted_.bad.append((incoming, error.code))
            except Held as error:
                fields = {"sender": str(incoming.sender), "code": error.code}
                self._observe(Fact("held", fields))

    def _hear(self, sorted_: Parcels) -> None:
        """Answer probes; one that does not hold is refused, one that cannot be answered is lost."""
        for incoming, parcel in sorted_.probes:
            try:
                if self._aids.echo is None:
                    raise Malformed("probe_unexpected")
                self._aids.echo.hear(incoming, parcel)
            except Rejection as error:
                sorted_.bad.append((incoming, error.code))
            except (Held, Misconfigured, Unavailable) as error:
                fields = {"sender": str(incoming.sender), "code": error.code}
                self._observe(Fact("probe_lost", fields))

    def items(self, incoming: Incoming) -> int:
        """How many items a channel message holds; 0 when it is no packet."""
        sorted_ = parcels.sort([incoming], self._place, self._verifier)
        return sum(len(packet.items) for _, packet in sorted_.packets)

    def receive_item(self, incoming: Incoming, index: int) -> None:
        """Record one item of a packet, as `receive` does."""
        packets_ = parcels.sort([incoming], self._place, self._verifier).packets
        self._receive(Parcels(), self._judge.judge(packets_, self._clock.now(), index))

    def set_aside(self, incoming: Incoming, index: int | None) -> None:
        """Keep an item's octets (None: the whole message's) and look away until the hour is over.

        Required: these octets alone have brought out a fault of this program.
        """
        octets, sender = incoming.octets, str(incoming.sender)
        if index is not None:
            (_, packet), *_ = parcels.sort([incoming], self._place, self._verifier).packets
            octets = packet.items[index].octets
        digest, now = hashlib.sha256(octets).digest(), self._clock.now()
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            tx.add_messages({digest: octets})
            row = RefusalRow(*aside.key(sender, digest, now), aside.CODE, digest.hex(), now)
            tx.add_refusals([row])
            line = f"{aside.CODE} {sender} {digest.hex()}"
            tx.append_journal(str(self._place.lane), line.encode())
            tx.commit()
        self._observe(Fact(aside.CODE, {"sender": sender, "digest": digest.hex()}))

    def _receive(self, sorted_: Parcels, judged: Judged) -> None:
        try:
            self._settle(sorted_, judged)
        except (Rejection, Held, Misconfigured):
            whole = [d for d in judged.decided if d.voucher is not None]
            others = [d for d in judged.decided if d.voucher is None]
            if not whole:
                raise
            rest = replace(judged, decided=others)
            self._settle(replace(sorted_, packets=[]), rest)
            for one in whole:
                self._alone(one, replace(judged, answered=[], decided=[one]))

    def _alone(self, one: Decided, judged: Judged) -> None:
        """One arrival in a transaction of its own; what the application says is about it."""
        try:
            self._settle(Parcels(), judged)
        except Rejection as error:
            refused = replace(one, voucher=None, role=None, code=error.code)
            self._settle(Parcels(), replace(judged, decided=[refused]))
        except (Held, Misconfigured) as error:
            fields = {"sender": str(one.incoming.sender), "code": error.code}
            self._observe(Fact("held", fields))

    def _settle(self, sorted_: Parcels, judged: Judged) -> None:
        """Record, again and again while others contend."""
        for attempt in range(RETRIES):
            try:
                self._record(sorted_, judged)
            except StoreDown as error:
                last = attempt == RETRIES - 1
                if last or error.code not in {"store_contended", "trust_state_changed"}:
                    raise
                if error.code == "trust_state_changed":
                    if not sorted_.packets and judged.decided:
                        raise  # taken out of its packet: it comes again as a whole
                    judged = self._judge.judge(sorted_.packets, self._clock.now())
            else:
                return

    def _record(self, sorted_: Parcels, judged: Judged) -> None:
        ids = {
            routing.delivery_id(d.voucher.top.id, d.item.receiver, d.role)
            for d in judged.decided
            if d.voucher is not None and d.role is not None
        }
        whole = [d.voucher for d in judged.decided if d.voucher is not None]
        copies = self._place.copies
        in_doubt = self._in_doubt()
        before = self._clock.monotonic()
        senders = {d.incoming.sender for d in judged.decided}
        ahead = Ahead(layers=inbox.layer_ids(whole), deliveries=ids, lives=senders)
        with self._store.begin(ahead) as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            if tx.fence.trust_state != judged.trust_state:
                self._verifier.refresh(tx.fence.trust_state)
                raise StoreDown("trust_state_changed")
            (decided, over), withheld = living(tx, judged.decided), Plan()
            if self._aids.clocks is not None:
                self._aids.clocks.note(tx.now, before)
            if decided and not in_doubt and self._over(tx.now):
                decided, withheld = withholding.withhold(tx, decided)
            vouchers = [d.voucher for d in decided if d.voucher is not None]
            layers = tx.layers(inbox.layer_ids(vouchers)) if vouchers else {}
            deliveries = tx.deliveries(ids) if ids else {}
            decided, limited = limiting.within(tx, self._aids.orders, decided, deliveries)
            made = inbox.plan(decided, layers, deliveries, tx.now, copies)
            withholding.add(made, withheld)
            for one in judged.answered:
                inbox.again(made, one.incoming, one.item, one.row, one.digest, copies)
            made.facts += [*over, *limited]
            _refuse(made, sorted_.bad, tx.now)
            repeats = self._repeating.due(made.repeats)
            self._write(tx, made, repeats)
            resync_hearing.arrived(tx, _items(decided, judged) & judged.wanted)
            made.facts += self._close(tx, resync_hearing.timely(tx, sorted_.notices))
            if sorted_.beats:
                tx.seen(sorted_.beats)
            if sorted_.resyncs:
                _tell(made, resync_hearing.hear(tx, self._place, sorted_.resyncs))
            if made.lines:
                tx.append_journal(str(self._place.lane), "\n".join(made.lines).encode())
            tx.commit()
        self._repeating.said(repeats)
        for fact in made.facts:
            self._observe(fact)

    def _in_doubt(self) -> bool:
        """Whether clocks are suspect; asked only where an expiry would be judged by them."""
        clocks = self._aids.clocks
        return clocks is not None and self._over(self._clock.now()) and clocks.suspect()

    def _over(self, now: Instant) -> bool:
        return withholding.withholds(self._verifier, now, self._clock.now())

    def _write(self, tx: T, made: Plan, repeats: Repeats) -> None:
        if made.messages:
            tx.add_messages(made.messages)
        if made.layers:
            tx.add_layers([made.layers[key] for key in sorted(made.layers)])
        if made.deliveries:
            tx.add_deliveries([made.deliveries[key] for key in sorted(made.deliveries)])
        if made.proofs:
            tx.add_proof_lists([made.proofs[key] for key in sorted(made.proofs)])
        if made.refusals:
            tx.add_refusals([made.refusals[key] for key in sorted(made.refusals)])
        if made.arrivals:
            resync_hearing.remember_hops(tx, self._place, made)
            arrive(tx, self._application, made.arrivals)
        for notices in (made.notices, repeats):
            for peer in sorted(notices):
                tx.add_notices(peer, notices[peer])

    def _close(self, tx: T, batches: Sequence[NoticeBatch]) -> list[Fact]:
        """Close rows, all at once; several octets may be told of under one name.

        What was refused does not arrive: people must know.
        """
        named: dict[Closing, set[bytes]] = defaultdict(set)
        for batch in batches:
            for entry in batch.entries:
                closing = Closing(entry.delivery_id, batch.sender, entry.code, tx.now, entry.copies)
                named[closing] |= {entry.digest_received, entry.digest_on_record}
        if closed := tx.close_hops(named) if named else []:
            self._application.closed(tx, closed)
        return [
            Fact("row_refused", {"peer": str(c.peer), "code": c.code, "delivery_id": c.delivery_id})
            for c in closed
            if c.code != inbox.RECORDED
        ]


def _items(decided: Sequence[Decided], judged: Judged) -> set[WantedKey]:
    """Every item that has its verdict now, as its sender names it."""
    found = {(one.incoming.sender, one.item.delivery_id) for one in decided}
    return found | {(one.incoming.sender, one.item.delivery_id) for one in judged.answered}


def _tell(made: Plan, facts: Sequence[Fact]) -> None:
    """What a resync has come to: in the journal, too."""
    made.facts += facts
    made.lines += [f"{fact.name} {fact.fields['peer']}" for fact in facts]


def _refuse(made: Plan, bad: Sequence[tuple[Incoming, str]], now: Instant) -> None:
    """Channel messages that are no parcels: kept, with their code; there is nobody to answer."""
    for incoming, code in bad:
        digest = hashlib.sha256(incoming.octets).digest()
        key = (str(incoming.sender), digest)
        made.refusals[key] = RefusalRow(*key, code, "", now)
        made.messages[digest] = incoming.octets
        made.lines.append(f"refused {key[0]} {digest.hex()} {code}")
        made.facts.append(Fact("refused", {"sender": key[0], "code": code}))
