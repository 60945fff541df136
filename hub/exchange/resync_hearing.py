"""Hearing the words of a resync, in the transaction that records a batch (protocol 9).

An ask is noted, and answered by the dispatcher. A listed page is compared with what is on record;
what is lacking is noted as wanted, page by page, first what this node had sent, then what was sent
to it. When nothing is wanted any more and the neighbour is whole itself, the neighbour is open.
A want makes hops due again, or hands back what the neighbour had sent.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from hub.exchange.inbox import RECORDED, Plan
from hub.exchange.model import Closing, Hop, MessageClass, NoticeBatch, Role, Verdict
from hub.exchange.muteness import NEWCOMERS, OPEN
from hub.exchange.place import Place
from hub.exchange.ports import Transaction
from hub.exchange.recovery import (
    BEGIN,
    Ask,
    Listed,
    Progress,
    ResyncParcel,
    WantedKey,
    Way,
    Word,
    back_id,
    handed_back,
)
from hub.observer import Fact
from hub.parties import NodeId


def hear(tx: Transaction, place: Place, parcels: Sequence[ResyncParcel]) -> list[Fact]:
    """Act on each word; words of other lives, or out of turn, change nothing."""
    lives = tx.lives({parcel.sender for parcel in parcels})
    facts: list[Fact] = []
    for parcel in parcels:
        if parcel.word is Word.LIST:
            facts += _listed(tx, place, parcel)
        elif lives.get(parcel.sender) != parcel.life:
            continue
        elif parcel.word is Word.ASK:
            tx.put_ask(Ask(parcel.sender, parcel.life, parcel.way, parcel.since, parcel.after))
        elif parcel.way is Way.TO:
            tx.again_hops(parcel.sender, {e.delivery_id: e.digest for e in parcel.entries})
        else:
            _hand_back(tx, place, parcel.sender, parcel.entries)
    return facts


def timely(tx: Transaction, batches: Sequence[NoticeBatch]) -> list[NoticeBatch]:
    """Without notices of a life that is over: what they tell of may be forgotten by now."""
    lives = tx.lives({batch.sender for batch in batches}) if batches else {}
    return [b for b in batches if lives.get(b.sender, b.incarnation) == b.incarnation]


def arrived(tx: Transaction, keys: Collection[WantedKey]) -> None:
    """Items that were wanted have come."""
    if not keys:
        return
    progress = tx.resyncs()
    for peer, count in sorted(tx.drop_wanted(keys).items()):
        if peer in progress:
            old = progress[peer]
            tx.put_resync(replace(old, recovered=old.recovered + count))


def remember_hops(tx: Transaction, place: Place, made: Plan) -> None:
    """Hops of own layers that a neighbour has handed back: it has recorded them, so closed."""
    hops = []
    hub = place.directory.hub_party
    for arrival in made.arrivals:
        row = arrival.delivery
        if row.role is not Role.BACK or row.layer_id not in made.layers:
            continue
        hop = Hop(
            f"{row.layer_id}/{hub}/{Role.RELAY}", NodeId(row.sender), str(hub), row.message_class,
            row.message_digest, len(arrival.voucher.octets), None,
        )  # fmt: skip
        hops.append((hop, Closing(hop.delivery_id, hop.peer, RECORDED, tx.now, 1)))
    if hops:
        tx.add_closed(hops)


# --- the asking side -----------------------------------------------------------------------------


def _listed(tx: Transaction, place: Place, parcel: ResyncParcel) -> list[Fact]:
    progress = tx.resyncs().get(parcel.sender)
    if (
        progress is None
        or progress.done
        or (parcel.life, parcel.incarnation) != (place.incarnation, progress.told_by)
        or (parcel.way, parcel.after) != (progress.way, progress.after)
    ):
        return []
    lacking = _lacking(tx, parcel)
    new = tx.add_wanted(parcel.sender, parcel.way, lacking)
    moved = replace(
        progress,
        after=parcel.upto,
        listed=progress.listed + len(parcel.entries),
        wanted=progress.wanted + new,
    )
    if parcel.last and not tx.wanted_left(parcel.sender):
        moved = _advanced(tx, moved, whole=parcel.whole)
    tx.put_resync(moved)
    if not moved.done:
        return []
    opened(tx, place, parcel.sender)
    return [Fact("resynced", {"peer": str(parcel.sender), "count": moved.recovered})]


def _advanced(tx: Transaction, progress: Progress, *, whole: bool) -> Progress:
    """Back is done: to. Both are done: over, or once more when the neighbour was not whole."""
    if progress.way is Way.BACK:
        return replace(progress, way=Way.TO, after=BEGIN)
    if whole:
        return replace(progress, ended_at=tx.now)
    return replace(progress, way=Way.BACK, after=BEGIN, rounds=progress.rounds + 1)


def _lacking(tx: Transaction, parcel: ResyncParcel) -> list[Listed]:
    if parcel.way is Way.TO:
        known = tx.deliveries({entry.delivery_id for entry in parcel.entries})
        return [entry for entry in parcel.entries if entry.delivery_id not in known]
    layers = tx.layers({_layer(entry.delivery_id) for entry in parcel.entries})
    recorded = {name for name, row in layers.items() if row.verdict is Verdict.RECORDED}
    return [
        Listed(back_id(entry.delivery_id), entry.digest)
        for entry in parcel.entries
        if _layer(entry.delivery_id) not in recorded
    ]


def opened(tx: Transaction, place: Place, peer: NodeId) -> None:
    """A neighbour is compared: nothing is withheld from it and for its sake any more."""
    tx.set_peer_state(peer, OPEN)
    spoken(tx, place)
    neighbours = place.directory.neighbours(place.node)
    states = {name: row.state for name, row in tx.peers().items()}
    restore = tx.restore()
    if all(states.get(name, OPEN) == OPEN for name in neighbours) and not restore.mute:
        tx.put_restore(replace(restore, opened_at=tx.now))


def spoken(tx: Transaction, place: Place) -> None:
    """Give the node its voice when no neighbour is recovering any more."""
    restore = tx.restore()
    if restore.mute and not tx.recovering(place.directory.neighbours(place.node)):
        tx.set_peer_state(NEWCOMERS, OPEN)
        tx.put_restore(replace(restore, spoke_at=tx.now))


# --- the telling side ----------------------------------------------------------------------------


def _hand_back(tx: Transaction, place: Place, peer: NodeId, entries: Sequence[Listed]) -> None:
    """Hops of what this neighbour had sent, unless they are open already."""
    asked = {handed_back(e.delivery_id): e.digest for e in entries}
    rows = [
        row
        for name, row in sorted(tx.deliveries(asked.keys() - {""}).items())
        if row.sender == peer and row.message_digest == asked[name]
    ]
    open_ = tx.open_among(peer, [back_id(row.delivery_id) for row in rows])
    again = {
        back_id(r.delivery_id): r.message_digest for r in rows if back_id(r.delivery_id) in open_
    }
    tx.again_hops(peer, again)
    new = [row for row in rows if back_id(row.delivery_id) not in open_]
    octets = tx.messages({row.message_digest for row in new})
    layers = tx.layers({row.layer_id for row in new})
    hub = place.directory.hub
    hops = [
        Hop(
            delivery_id=back_id(row.delivery_id),
            peer=peer,
            receiver=str(place.directory.hub_party) if peer == hub else _acting(row.layer_id),
            message_class=row.message_class,
            message_digest=row.message_digest,
            body_bytes=len(octets[row.message_digest]),
            proof_at=layers[row.layer_id].proof_at,
            alone=row.message_class is MessageClass.BATCH,
        )
        for row in new
    ]
    if hops:
        tx.add_hops(hops)


def _layer(delivery_id: str) -> str:
    """The layer of (layer, receiver, role)."""
    return delivery_id.rsplit("/", 2)[0]


def _acting(layer_id: str) -> str:
    return layer_id.rpartition("/")[2]
