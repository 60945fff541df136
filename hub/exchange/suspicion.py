"""Channels under suspicion: one that has just refused a packet is left alone for a while. Pure.

A mandatory return or a missing queue says something of the channel, not of the row (PROTOCOL §3):
the row goes another way, the channel is tried again after a pause that doubles with each refusal
in a row, and a confirm after the pause clears it. When every channel is suspect, the one whose
pause ends first is used: one missing queue must not stop what goes to everybody else.
"""

from collections.abc import Iterable
from typing import Final

from hub.exchange.model import ChannelHealth, ChannelState

FIRST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 30.0


class Suspicions:
    """Of one dispatcher; `now` is its monotonic clock."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._in_a_row: dict[str, int] = {}

    def refused(self, channel: str, now: float) -> float:
        """It refused something; for how many seconds it is suspect now, 0: it was already."""
        if now < self._until.get(channel, 0.0):
            return 0.0
        count = self._in_a_row.get(channel, 0)
        seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(count, 10))
        self._in_a_row[channel] = count + 1
        self._until[channel] = now + seconds
        return seconds

    def confirmed(self, channel: str, now: float) -> None:
        """It took something; that counts once its pause is over."""
        if now >= self._until.get(channel, 0.0):
            self._in_a_row.pop(channel, None)

    def usable(self, healths: Iterable[ChannelHealth], now: float) -> list[ChannelHealth]:
        """Working channels that are not suspect, else the one whose pause ends first."""
        known = [h for h in healths if h.state in {ChannelState.UP, ChannelState.HALF_OPEN}]
        well = [h for h in known if now >= self._until.get(h.name, 0.0)]
        return well or sorted(known, key=lambda h: (self._until[h.name], h.name))[:1]
