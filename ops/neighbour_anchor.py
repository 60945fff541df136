"""Letting go what is held of a neighbour's journal that went back: a guarded act (protocol 7, 10).

It is evidence, so the act names it whole, and the act is journalled.
"""

from typing import Final

from hub.errors import RuleBroken
from hub.exchange.beats import PeerRow
from hub.exchange.orders import required_reason
from hub.parties import NodeId
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.resync import require_neighbour
from ops.wiring import Parts

ACT: Final = "store.let-go"


def act_of(parts: Parts, peer: NodeId, reason: str) -> Act:
    """The act, bound to this life of the store and to the checkpoint that is held.

    Raises:
        RuleBroken: `peer_unknown`, `anchor_not_kept`.
        Misconfigured: `reason_format`.
    """
    require_neighbour(parts, peer)
    place = parts.place
    with parts.store.read() as tx:
        anchor = _kept(tx.peers().get(peer))
    arguments = {
        "node": str(place.node), "peer": str(peer), "anchor": anchor,
        "reason": required_reason(reason), "incarnation": place.incarnation,
    }  # fmt: skip
    return Act(place.env, ACT, arguments)


def let_go(parts: Parts, act: Act, consent: Consent) -> None:
    """From now on what the neighbour says is held again.

    Raises:
        RuleBroken: `anchor_not_kept`: also another one than was signed; as `ops.guarded.require`.
        SealUntrusted, Misconfigured: as `ops.guarded.require` says.
        Fenced: `other_incarnation`. StoreDown: nothing was done.
    """
    line, place = require(parts, act, consent), parts.place
    peer = NodeId(act.arguments["peer"])
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        if _kept(tx.peers().get(peer)) != act.arguments["anchor"]:
            raise RuleBroken("anchor_not_kept")
        tx.let_go(peer)
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()


def _kept(row: PeerRow | None) -> str:
    if row is None or not row.back_since:
        raise RuleBroken("anchor_not_kept")
    return str(row.hold.anchor)
