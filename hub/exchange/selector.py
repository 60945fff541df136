"""Which channel a packet takes. Pure.

Channels that are up are used alike, the least burdened first; a row that is sent again avoids the
channel it went by last, when there is another. A half-open channel gets one packet as its probe.
"""

from collections.abc import Iterable

from hub.exchange.model import ChannelHealth, ChannelState


def choose(healths: Iterable[ChannelHealth], avoid: str, window: int, turn: int) -> str | None:
    """Name of the channel to use, or None: wait. `turn` rotates between equals."""
    usable = [
        h
        for h in healths
        if (h.state is ChannelState.UP and h.outstanding < window)
        or (h.state is ChannelState.HALF_OPEN and not h.outstanding)
    ]
    others = [h for h in usable if h.name != avoid] or usable
    if not others:
        return None
    least = min(h.outstanding for h in others)
    equals = sorted(h.name for h in others if h.outstanding == least)
    return equals[turn % len(equals)]
