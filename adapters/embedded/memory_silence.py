"""A line by which nothing is heard for a while, as a memory channel sees it.

What is handed over meanwhile lies in the line or waits to be sent. When the word is overdue the
channel is suspect: what waits is refused, what lies in the line is unknown. All the same it arrives
when the line comes back; the confirm that comes with it is a sign of life and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from hub.exchange.model import Outcome, Outgoing, Publish

_LEAVES: Final = 0.7
"""How likely something that was handed over has left the process when the word is overdue."""


@dataclass(slots=True)
class Silence:
    """Of one channel; ticks of its broker."""

    until: int
    doubted_at: int
    chance: Random
    suspect: bool = False
    line: list[Outgoing] = field(default_factory=list)
    waiting: list[Outgoing] = field(default_factory=list)

    @property
    def outstanding(self) -> int:
        """What was handed over and has no outcome yet."""
        return 0 if self.suspect else len(self.line) + len(self.waiting)

    def publish(self, outgoing: Sequence[Outgoing]) -> list[Outcome]:
        """Take these over; what is told of them at once."""
        if self.suspect:
            return _refused(outgoing)
        for item in outgoing:
            (self.line if self.chance.random() < _LEAVES else self.waiting).append(item)
        return []

    def doubt(self) -> list[Outcome]:
        """The word is overdue: what is told of what has no outcome yet."""
        if self.suspect:
            return []
        self.suspect = True
        waiting, self.waiting = self.waiting, []
        return _refused(waiting) + _unknown(self.line)

    def cut(self) -> list[Outcome]:
        """The connection has ended, and what waits with it: what has no outcome yet is unknown."""
        waiting, self.waiting = self.waiting, []
        return [] if self.suspect else _unknown(self.line + waiting)


def _refused(outgoing: Sequence[Outgoing]) -> list[Outcome]:
    return [Outcome(item.token, Publish.REFUSED, "channel_suspect") for item in outgoing]


def _unknown(outgoing: Sequence[Outgoing]) -> list[Outcome]:
    return [Outcome(item.token, Publish.UNKNOWN, "confirm_lost") for item in outgoing]
