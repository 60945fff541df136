"""Believing a neighbour's new life on people's word: a guarded act (protocol 9, 10; ADR 15).

The evidence, what the neighbour's operators wrote of the life of their store, is kept by its
digest.
"""

import hashlib
from typing import Final

from hub.exchange.orders import required_reason
from hub.exchange.vouching import vouched
from hub.parties import NodeId
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.resync import require_neighbour
from ops.wiring import Parts

ACT: Final = "resync.believe"


def act_of(parts: Parts, peer: NodeId, life: str, reason: str, octets: bytes) -> Act:
    """The act, bound to this life of the store, both lives of the neighbour and the evidence.

    Raises:
        RuleBroken: `peer_unknown`, `life_not_awaited`, `life_still_speaks`.
        Misconfigured: `reason_format`.
    """
    require_neighbour(parts, peer)
    place = parts.place
    with parts.store.read() as tx:
        row = tx.peers().get(peer)
        vouched(row, life, place, tx.now)
    arguments = {
        "node": str(place.node), "peer": str(peer), "known": row.incarnation, "life": life,
        "reason": required_reason(reason), "evidence": hashlib.sha256(octets).hexdigest(),
        "incarnation": place.incarnation,
    }  # fmt: skip
    return Act(place.env, ACT, arguments)


def believe(parts: Parts, act: Act, octets: bytes, consent: Consent) -> None:
    """From now on the neighbour is heard as that life; the one known before is over for good.

    Raises:
        RuleBroken: `life_not_awaited`, `life_still_speaks`; as `ops.guarded.require` says.
        SealUntrusted, Misconfigured: as `ops.guarded.require` says.
        Fenced: `other_incarnation`. StoreDown: nothing was done.
    """
    line, place = require(parts, act, consent), parts.place
    peer = NodeId(act.arguments["peer"])
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        row = tx.peers().get(peer)
        beat = vouched(row, act.arguments["life"], place, tx.now)
        tx.add_messages({hashlib.sha256(octets).digest(): octets})
        tx.seen([beat])
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
