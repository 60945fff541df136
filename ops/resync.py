"""Comparing a restored node with its neighbours, and opening it: a guarded act (PROTOCOL §9, §10).

Opening is guarded (ops.guarded); what was done is journalled with the act's digest.
"""

from dataclasses import dataclass
from typing import Final

from hub.errors import RuleBroken
from hub.exchange.muteness import OPEN
from hub.exchange.resync import PeerState, compare
from hub.parties import NodeId
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.wiring import Parts

ACT: Final = "resync.open"


@dataclass(frozen=True, slots=True)
class Compared:
    """What this store can tell of itself against its neighbours."""

    node: str
    incarnation: str
    peers: list[PeerState]
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
        return Compared(str(place.node), tx.fence.incarnation, found, tx.intents_left())


def act_of(parts: Parts, peer: NodeId) -> Act:
    """The act, bound to this life of the store: after another restore it must be signed anew."""
    place = parts.place
    arguments = {"node": str(place.node), "peer": str(peer), "incarnation": place.incarnation}
    return Act(place.env, ACT, arguments)


def open_peer(parts: Parts, peer: NodeId, consent: Consent) -> Act:
    """Open a neighbour.

    Raises:
        RuleBroken: `peer_unknown`, `act_unsigned`, or what is wrong with the signatures.
        SealUntrusted: as `hub.trust.operators.allow` says.
        Misconfigured: `name_not_typed`, `signed_act_unreadable`.
        Fenced: `other_incarnation`.
    """
    place = parts.place
    if peer not in place.directory.neighbours(place.node):
        raise RuleBroken("peer_unknown", peer=str(peer))
    act = act_of(parts, peer)
    line = require(parts, act, consent)
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        tx.set_peer_state(peer, OPEN)
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    return act
