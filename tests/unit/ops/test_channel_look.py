"""A command's look at a node's channels: how long it waits, and what it shows of their lines."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from hub.exchange.model import ChannelHealth, ChannelState
from ops.cli import node_views
from ops.look.channels import healths


class AfterAWhile:
    """A channel that is up after so many seconds, as one whose first line says nothing."""

    def __init__(self, now: Callable[[], float], seconds: float) -> None:
        self._now, self._seconds = now, seconds
        self.closed = False

    def health(self) -> ChannelHealth:
        up = self._now() >= self._seconds
        return ChannelHealth("c1", ChannelState.UP if up else ChannelState.OPEN, "disk", 0)

    def close(self) -> None:
        self.closed = True


def look(seconds: float, lines: int) -> tuple[ChannelState, float]:
    """What is seen of such a channel, and how long that took."""
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    channel = AfterAWhile(lambda: passed[0], seconds)
    named = SimpleNamespace(lines=[object()] * lines)
    parts: Any = SimpleNamespace(
        settings=SimpleNamespace(channels=[named]),
        clock=SimpleNamespace(monotonic=lambda: passed[0]),
        channels=lambda _wake: {"c1": channel},
    )
    (health,) = healths(parts, sleep)
    assert channel.closed
    return health.state, passed[0]


def test_a_main_line_that_says_nothing_leaves_the_standby_line_time_to_answer() -> None:
    assert ChannelState.UP == look(4.5, lines=2)[0]
    state, seconds = look(4.5, lines=1)
    assert ChannelState.OPEN == state
    assert seconds < 4, "nobody waits for a line that is not there"


def test_the_standby_line_in_use_is_shown() -> None:
    up = ChannelHealth("c1", ChannelState.UP, "disk", 0, standby="c1-2")
    data: Any = node_views.channels([up]).data
    (row,) = data["channels"]
    assert ("up", "c1-2") == (row["state"], row["standby"])
