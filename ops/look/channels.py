"""What each channel of a node says of itself, asked over a connection of this command's own."""

from collections.abc import Callable
from typing import Final

from hub.exchange.model import ChannelHealth, ChannelState
from ops.wiring import Parts

PATIENCE_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.05


def healths(parts: Parts, sleep: Callable[[float], None]) -> list[ChannelHealth]:
    """Connect to every channel, wait a little for those that need it, and disconnect.

    Nothing is received: a command holds no message back from the node's own processes.
    """
    channels = parts.channels(lambda: None)
    try:
        deadline = parts.clock.monotonic() + PATIENCE_SECONDS
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
