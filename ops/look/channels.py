"""What each channel of a node says of itself, asked over a connection of this command's own."""

from collections.abc import Callable
from typing import Final

from hub.exchange.model import ChannelHealth, ChannelState
from ops.wiring import Parts

PATIENCE_SECONDS: Final = 3.0
LINE_SECONDS: Final = 4.0
"""More for each standby line: so long does one before it that says nothing take."""
PAUSE_SECONDS: Final = 0.05


def healths(parts: Parts, sleep: Callable[[float], None]) -> list[ChannelHealth]:
    """Connect to every channel, wait a little for those that need it, and disconnect.

    Nothing is received: a command holds no message back from the node's own processes.
    """
    channels = parts.channels(lambda: None)
    try:
        lines = max((len(one.lines) for one in parts.settings.channels), default=0)
        patience = PATIENCE_SECONDS + LINE_SECONDS * max(0, lines - 1)
        deadline = parts.clock.monotonic() + patience
        while True:
            found = [channel.health() for channel in channels.values()]
            if all(health.state is ChannelState.UP for health in found):
                return found
            if parts.clock.monotonic() > deadline:
                return found
            sleep(PAUSE_SECONDS)
    finally:
        for channel in channels.values():
            channel.close()
