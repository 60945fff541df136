"""Rows and notices that will not arrive as they stand: due at once.

What another had claimed when this dispatcher begins.
A dispatcher begins when its predecessor was killed, or when its node has just become active. The
claims it finds are a dead one's, or a frozen one's whose late marks have no effect: the same ids
twice are harmless (protocol 6), half a minute's wait for every row that was under way is not.

What was claimed and did not go out: free again after a pause, whatever the claim says.

What waits for a moment that no clock set right would have named: the store's clock ran ahead when
the row was made, claimed or sent, and was put back. It would wait for as long as that was.

What went into a queue that is gone: a mandatory return says so. The broker and its life may be well
otherwise; no notice of what the queue held can come (protocol 3).
"""

from collections.abc import Collection
from typing import Final, Protocol

from hub.clock import MINUTE, Instant
from hub.exchange.model import MessageClass
from hub.parties import NodeId

AHEAD_MS: Final = 1 * MINUTE
"""No claim, pause or deadline is longer."""
TASKS_AHEAD_MS: Final = 6 * MINUTE
"""No claim or pause of a desk's task is longer."""


class Reclaiming(Protocol):
    """What a transaction can do about it."""

    def reclaim_hops(self, worker: str) -> int:
        """CLAIMED rows of every other worker become DUE at once; returns how many."""
        ...

    def reclaim_notices(self) -> int:
        """Claimed notices become free at once, whoever holds them; returns how many.

        Required: the caller has claimed none.
        """
        ...

    def recall(self, peers: Collection[NodeId], after: Instant, limit: int) -> int:
        """Rows for these peers that wait for a moment after this do so no longer.

        DUE and CLAIMED ones are DUE at once, SENT ones are late at once, and go again where
        `expire_sent` says so; so many of each at most. Notices become free, PARKED rows stay.
        Returns how many became DUE.
        """
        ...

    def recall_tasks(self, after: Instant, limit: int) -> int:
        """Desks' tasks that wait for a moment after this do so no longer; so many, and how many.

        DUE ones are due at once. CLAIMED ones stay so until then: a core may still be asked about
        them. PARKED ones stay.
        """
        ...

    def put_back_notices(self, keys: Collection[int], until: Instant) -> None:
        """Claimed notices become free at `until`; what has been dropped stays gone.

        They are taken after those that never were claimed, the longest free first: what one peer
        does not take holds up no other.
        """
        ...

    def reopen_path(self, channel: str, peer: NodeId, message_class: MessageClass) -> int:
        """SENT rows of this class that went to this peer by this channel become DUE at once."""
        ...
