"""Channels under suspicion: one that has just refused a packet is left alone for a while. Pure.

A mandatory return or a missing queue says something of the channel, not of the row (protocol 3):
the row goes another way, the channel is tried again after a pause that doubles with each refusal
in a row, and a confirm after the pause clears it. When every channel is suspect, the one whose
pause ends first is used: one missing queue must not stop what goes to everybody else.

The same for a peer's *paths*: a channel by which it did not answer in time is left alone for what
goes to this peer. No confirm clears a path, as the broker confirms what nobody fetches: it is
forgotten when it has served as long again as it was left alone.

A channel that was away and has come back is used after the others for a while: its neighbours need
longer to come back to it than a packet needs to be confirmed, and nobody fetches what lies there.
"""

from collections.abc import Iterable
from typing import Final, Self

from hub.exchange.model import ChannelHealth, ChannelState

FIRST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 30.0
PATH_SECONDS: Final = 4.0
RETURN_SECONDS: Final = 3.0
"""Longer than the longest pause between two attempts to connect."""


class Suspicions:
    """Of one dispatcher; `now` is its monotonic clock."""

    def __init__(self, first_seconds: float = FIRST_SECONDS, *, forgets: bool = False) -> None:
        """`forgets`: a refusal long after the last one is the first again."""
        self._first = first_seconds
        self._forgets = forgets
        self._until: dict[str, float] = {}
        self._in_a_row: dict[str, int] = {}

    @classmethod
    def of_paths(cls) -> Self:
        """The channels towards one peer."""
        return cls(PATH_SECONDS, forgets=True)

    def refused(self, channel: str, now: float) -> float:
        """It refused something; for how many seconds it is suspect now, 0: it was already."""
        if now < self._until.get(channel, 0.0):
            return 0.0
        count = self._in_a_row.get(channel, 0)
        if self._forgets and now > self._until.get(channel, now) + self._pause(count):
            count = 0
        seconds = self._pause(count)
        self._in_a_row[channel] = count + 1
        self._until[channel] = now + seconds
        return seconds

    def _pause(self, count: int) -> float:
        return min(LONGEST_SECONDS, self._first * 2.0 ** min(count, 10))

    def confirmed(self, channel: str, now: float) -> None:
        """It took something; that counts once its pause is over."""
        if now >= self._until.get(channel, 0.0):
            self._in_a_row.pop(channel, None)

    def usable(self, healths: Iterable[ChannelHealth], now: float) -> list[ChannelHealth]:
        """Working channels that are not suspect, else the one whose pause ends first."""
        known = [h for h in healths if h.state in {ChannelState.UP, ChannelState.HALF_OPEN}]
        well = [h for h in known if now >= self._until.get(h.name, 0.0)]
        return well or sorted(known, key=lambda h: (self._until[h.name], h.name))[:1]


class Returned:
    """Channels that have come back just now, of one dispatcher; `now` is its monotonic clock."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def look(self, healths: Iterable[ChannelHealth], now: float) -> None:
        """Note who is away and who is back."""
        for health in healths:
            if health.state is ChannelState.OPEN:
                self._since.pop(health.name, None)
            else:
                self._since.setdefault(health.name, now)

    def stable(self, healths: Iterable[ChannelHealth], now: float) -> list[ChannelHealth]:
        """Those that have been there for a while."""
        return [h for h in healths if now - self._since.get(h.name, now) >= RETURN_SECONDS]
