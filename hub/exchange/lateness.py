"""What is due again because its time is over: no notice came, or its clock was put back.

Judged by the store's clock, so only while that is not in doubt. How much of it is out at once, for
each peer: `hub.exchange.presence`.
"""

from collections.abc import Collection

from hub.clock import Instant
from hub.exchange import presence
from hub.exchange.party_orders import Shut
from hub.exchange.ports import Transaction
from hub.exchange.reclaiming import AHEAD_MS, TASKS_AHEAD_MS
from hub.parties import NodeId


def expire(tx: Transaction, neighbours: Collection[NodeId], window: int, shut: Shut) -> int:
    """Make rows due again, so that two windows of rows are out again at once; how many.

    A desk's tasks that wait for a moment of a clock that was put back wait no longer either.
    """
    answered = tx.answered()
    again = tx.recall(neighbours, Instant(tx.now + AHEAD_MS), 2 * window)
    for peer in presence.present_peers(tx.peers(), tx.now):
        before = presence.late_before(tx.now, answered.get(peer))
        again += tx.expire_sent(peer, before, window, shut)
    tx.recall_tasks(Instant(tx.now + TASKS_AHEAD_MS), 2 * window)
    return again
