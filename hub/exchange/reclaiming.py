"""What another dispatcher had claimed when this one begins: due at once, not when its claim ends.

A dispatcher begins when its predecessor was killed, or when its node has just become active. The
claims it finds are a dead one's, or a frozen one's whose late marks have no effect: the same ids
twice are harmless (PROTOCOL §6), half a minute's wait for every row that was under way is not.
"""

from typing import Protocol


class Reclaiming(Protocol):
    """What a transaction can do about it."""

    def reclaim_hops(self, worker: str) -> int:
        """CLAIMED rows of every other worker become DUE at once; returns how many."""
        ...
