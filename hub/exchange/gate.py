"""What may be heard after a restore, of this store or of a neighbour's (protocol 9).

- A packet of a life of its sender's store that is over is not heard: the sender has forgotten it,
  and may have decided otherwise since. That is asked before judging, and once more in the
  transaction that records: between the two a process may have stood still for long.
- A mute node hears only what it has asked for. Whatever else waits at its sender: taken now, it
  could occupy the identity of something that is about to come back.
- What is handed back is heard where it was asked for, or where its layer is on record again.
"""

from collections.abc import Sequence
from typing import Final

from hub.exchange.inbox import Decided
from hub.exchange.model import Item, Packet, Verdict
from hub.exchange.ports import Transaction
from hub.exchange.recovery import NOT_YET, WantedKey, handed_back
from hub.observer import Fact
from hub.parties import NodeId

FORMER: Final = "sender_life_over"
MUTE: Final = "node_recovering"


def living(tx: Transaction, decided: Sequence[Decided]) -> tuple[Sequence[Decided], Sequence[Fact]]:
    """Those whose sender still lives the life they were sent in, and what is said of the others."""
    lives = tx.lives({one.incoming.sender for one in decided}) if decided else {}
    over = [
        one
        for one in decided
        if lives.get(one.incoming.sender, one.packet.incarnation) != one.packet.incarnation
    ]
    if not over:
        return decided, ()
    facts = [Fact("held", {"sender": str(o.incoming.sender), "code": FORMER}) for o in over]
    return [one for one in decided if one not in over], facts


class Gate:
    """What the store says of a batch of items; reads it, decides nothing else."""

    def __init__(self, tx: Transaction, items: Sequence[tuple[NodeId, Item]]) -> None:
        self._lives = tx.lives({sender for sender, _ in items})
        restore = tx.restore()
        self._mute = restore.mute
        comparing = restore.opened_at == NOT_YET  # also with a voice: set aside, or asked again
        back = {name for _, item in items if (name := handed_back(item.delivery_id))}
        keys = {(sender, item.delivery_id) for sender, item in items}
        self._wanted = tx.wanted(keys) if comparing or back else {}
        rows = tx.layers({name.rsplit("/", 2)[0] for name in back}) if back else {}
        self._known = {name for name, row in rows.items() if row.verdict is Verdict.RECORDED}

    @property
    def wanted(self) -> frozenset[WantedKey]:
        """Which of the items were asked for."""
        return frozenset(self._wanted)

    def bars(self, sender: NodeId, packet: Packet, item: Item, digest: bytes) -> str:
        """Why an item is not heard now; empty: it is."""
        if self._lives.get(sender, packet.incarnation) != packet.incarnation:
            return FORMER
        asked = self._wanted.get((sender, item.delivery_id)) == digest
        back = handed_back(item.delivery_id)
        if back and not asked and back.rsplit("/", 2)[0] not in self._known:
            return MUTE
        return MUTE if self._mute and not asked and not back else ""
