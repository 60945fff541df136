"""How far a clock has moved against the monotonic one: never by more than is certain. Pure.

A clock is read between two looks at the monotonic one. What passes between those two, a slow
store, a busy machine, a process that was stopped, widens what is known; it is no movement. Two
readings that may be of one offset are taken to be so, and know together what both of them know.
"""

from dataclasses import dataclass
from typing import Self

from hub.clock import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Offset:
    """A clock less the monotonic one, in milliseconds: not below the one, not above the other."""

    low: float
    high: float

    @classmethod
    def read(cls, at: Instant, before: float, after: float) -> Self:
        """The clock said `at` at some moment between two of the monotonic one, in seconds."""
        assert before <= after, "monotonic"
        return cls(at - after * SECOND, at - before * SECOND)

    def moved(self, since: "Offset") -> int:
        """By how many milliseconds at least, and which way; 0: perhaps not at all."""
        if self.low > since.high:
            return int(self.low - since.high)
        return -int(since.low - self.high) if self.high < since.low else 0

    def narrowed(self, by: "Offset") -> "Offset":
        """What both say; this one where they contradict each other."""
        low, high = max(self.low, by.low), min(self.high, by.high)
        return Offset(low, high) if low <= high else self
