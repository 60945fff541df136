"""What is due again because its time is over: no notice came, or its clock was put back.

Judged by the store's clock, so only while that is not in doubt. Each look takes no more for a peer
than two windows of packets hold; what is out again already is not counted.
"""

from collections.abc import Collection

from hub.clock import Instant
from hub.exchange import presence
from hub.exchange.ports import Transaction
from hub.exchange.reclaiming import AHEAD_MS
from hub.parties import NodeId


def expire(tx: Transaction, neighbours: Collection[NodeId], most: int) -> int:
    """Make rows due again, so many of each peer at most; how many."""
    answered = tx.answered()
    again = tx.recall(neighbours, Instant(tx.now + AHEAD_MS), most)
    for peer in presence.present_peers(tx.peers(), tx.now):
        again += tx.expire_sent(peer, presence.late_before(tx.now, answered.get(peer)), most)
    return again
