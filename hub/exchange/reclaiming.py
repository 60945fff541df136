"""What another had claimed, rows and notices, when this dispatcher begins: due at once.

A dispatcher begins when its predecessor was killed, or when its node has just become active. The
claims it finds are a dead one's, or a frozen one's whose late marks have no effect: the same ids
twice are harmless (protocol 6), half a minute's wait for every row that was under way is not.
"""

from typing import Protocol


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
