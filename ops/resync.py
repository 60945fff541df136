"""Comparing a restored node with its neighbours, and opening it: a guarded act (PROTOCOL §9, §10).

Where operators are registered, opening needs a proposal and an approval signed by two of them over
the exact act; a development node without operators asks for its name to be typed. What was done is
journalled with the act's digest.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.clock import Instant
from hub.errors import Misconfigured, RuleBroken
from hub.exchange.muteness import OPEN
from hub.exchange.resync import PeerState, compare
from hub.parties import NodeId
from hub.trust.operators import Act, Signed, Step, allow
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


@dataclass(frozen=True, slots=True)
class Consent:
    """Who says yes: two signatures, or on a development node its name typed."""

    proposal: Path | None = None
    approval: Path | None = None
    typed: str = ""


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
    _require(parts, act, consent)
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        tx.set_peer_state(peer, OPEN)
        tx.append_journal(str(place.lane), f"act {ACT} {act.digest.hex()} {peer}".encode())
        tx.commit()
    return act


def _require(parts: Parts, act: Act, consent: Consent) -> None:
    view = parts.view(parts.fence.trust_state)
    if consent.proposal is not None and consent.approval is not None:
        now = parts.clock.now()
        allow(act, _signed(consent.proposal), _signed(consent.approval), view, now)
    elif view.has_operators or parts.settings.purpose != "development":
        raise RuleBroken("act_unsigned", digest=act.digest.hex())
    elif consent.typed != parts.settings.node:
        raise Misconfigured("name_not_typed")


def _signed(path: Path) -> Signed:
    """A signature file: one JSON object with step, act (hex), operator, at, signature (base64)."""
    try:
        told = json.loads(path.read_bytes())
        return Signed(
            Step(told["step"]), bytes.fromhex(told["act"]), str(told["operator"]),
            Instant(int(told["at"])), base64.b64decode(told["signature"], validate=True),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misconfigured("signed_act_unreadable", reason=type(error).__name__) from error
