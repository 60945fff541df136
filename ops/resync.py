"""How a restored node compares itself with its neighbours, and what people may do (protocol 9).

Comparing and opening go by themselves while node and neighbours run. A neighbour that is absent
keeps the node mute until it is set aside: a guarded act (ops.guarded), journalled with its digest;
it is compared when it comes back. Whoever sees a gap in a node that runs may have it compared, too.
"""

from dataclasses import dataclass, replace
from typing import Final

from hub.clock import DAY, Instant
from hub.errors import RuleBroken
from hub.exchange import resync_hearing
from hub.exchange.muteness import SET_ASIDE
from hub.exchange.recovery import NOT_YET, Progress
from hub.exchange.resync import PeerState, compare
from hub.parties import NodeId
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.wiring import Parts

ACT: Final = "resync.aside"


@dataclass(frozen=True, slots=True)
class Compared:
    """What this store can tell of itself against its neighbours."""

    node: str
    incarnation: str
    peers: list[PeerState]
    progress: dict[NodeId, Progress]
    left: dict[NodeId, int]
    """Wanted of each neighbour, and not here yet."""
    since: Instant
    """From when on a restored store may have forgotten; 0 in one that never was restored."""
    intents_left: int
    """Movements asked of a core whose outcome is not known; inquired once the node is open."""

    @property
    def mute(self) -> bool:
        """Whether the node issues nothing now."""
        return any(peer.recovering for peer in self.peers)


def look(parts: Parts) -> Compared:
    """Compare with the newest beats of all neighbours; reads only."""
    place = parts.place
    neighbours = place.directory.neighbours(place.node)
    with parts.store.read() as tx:
        peers = tx.peers()
        received = {
            peer: tx.received(peer, peers[peer].incarnation) for peer in neighbours if peer in peers
        }
        found = compare(
            neighbours, tx.recovering(neighbours), peers, received, tx.hop_groups(), tx.now
        )
        progress = dict(tx.resyncs())
        return Compared(
            str(place.node), tx.fence.incarnation, found, progress,
            {peer: tx.wanted_left(peer) for peer in progress}, tx.restore().since,
            tx.intents_left(),
        )  # fmt: skip


def act_of(parts: Parts, peer: NodeId) -> Act:
    """The act, bound to this life of the store: after another restore it must be signed anew.

    Raises:
        RuleBroken: `peer_unknown`.
    """
    require_neighbour(parts, peer)
    place = parts.place
    arguments = {"node": str(place.node), "peer": str(peer), "incarnation": place.incarnation}
    return Act(place.env, ACT, arguments)


def set_aside(parts: Parts, peer: NodeId, consent: Consent) -> Act:
    """Go on without a neighbour; it is compared when it comes back.

    Raises:
        RuleBroken: `peer_unknown`, `act_unsigned`, or what is wrong with the signatures.
        SealUntrusted: as `hub.trust.operators.allow` says.
        Misconfigured: `name_not_typed`, `signed_act_unreadable`.
        Fenced: `other_incarnation`.
    """
    place = parts.place
    act = act_of(parts, peer)
    line = require(parts, act, consent)
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        if peer in tx.recovering([peer]):
            tx.set_peer_state(peer, SET_ASIDE)
        resync_hearing.spoken(tx, place)
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    return act


def ask(parts: Parts, peer: NodeId, days: int) -> Instant:
    """Have a running node compared with a neighbour, from so many days ago on; from when on.

    Nothing is withheld meanwhile, but cores are inquired first about everything.

    Raises:
        RuleBroken: `peer_unknown`.
        Fenced: `other_incarnation`.
    """
    place = parts.place
    require_neighbour(parts, peer)
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        since = Instant(max(0, tx.now - days * DAY))
        if peer not in tx.recovering([peer]):
            tx.set_peer_state(peer, SET_ASIDE)
            old = tx.restore()
            earliest = since if old.opened_at != NOT_YET else min(since, old.since)
            tx.put_restore(replace(old, since=earliest, opened_at=NOT_YET))
        tx.append_journal(str(place.lane), f"resync asked of {peer} since {since}".encode())
        tx.commit()
    return since


def require_neighbour(parts: Parts, peer: NodeId) -> None:
    """Return when this node exchanges with that one.

    Raises:
        RuleBroken: `peer_unknown`.
    """
    if peer not in parts.place.directory.neighbours(parts.place.node):
        raise RuleBroken("peer_unknown", peer=str(peer))
