"""One way to handle every kind of channel in the contract suite: make, kill, take away, wipe."""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol, TypeVar

from adapters.embedded.channel import EmbeddedChannel, Limits
from adapters.embedded.channel_file import create
from adapters.embedded.memory_channel import MemoryBroker, MemoryChannel
from hub.clock import Instant
from hub.exchange.model import (
    ChannelState,
    Incoming,
    MessageClass,
    Outcome,
    Outgoing,
    Publish,
)
from hub.exchange.ports import Channel
from hub.parties import NodeId

HUB = NodeId("hub")
BANK = NodeId("bank-a")
NODES = (HUB, BANK)
ALL = frozenset(MessageClass)
LEASE_MS = 300


class RealClock:
    """Wall and monotonic time of this machine."""

    def now(self) -> Instant:
        return Instant(time.time_ns() // 1_000_000)

    def monotonic(self) -> float:
        return time.monotonic()


class Harness(Protocol):
    """What the suite needs of one kind of channel."""

    def channel(self, node: NodeId, wake: Callable[[], None] | None = None) -> Channel: ...

    def kill(self, channel: Channel) -> None:
        """The consumer vanishes without a word."""
        ...

    def away(self) -> None:
        """The broker cannot be reached; its disk stays, or, for a file, is put aside."""
        ...

    def back(self) -> None: ...

    def wipe(self) -> None:
        """Everything stored is gone; a new incarnation runs."""
        ...

    def end(self) -> None: ...


class MemoryHarness:
    def __init__(self) -> None:
        self.broker = MemoryBroker("one", NODES)

    def channel(self, node: NodeId, wake: Callable[[], None] | None = None) -> Channel:
        return self.broker.channel(node, wake)

    def kill(self, channel: Channel) -> None:
        assert isinstance(channel, MemoryChannel)
        channel.die()

    def away(self) -> None:
        self.broker.down()

    def back(self) -> None:
        self.broker.up()

    def wipe(self) -> None:
        self.broker.wipe()

    def end(self) -> None:
        self.broker.down()


class EmbeddedHarness:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "one.channel"
        create(self.path, NODES)
        self.channels: list[EmbeddedChannel] = []

    def channel(self, node: NodeId, wake: Callable[[], None] | None = None) -> Channel:
        made = EmbeddedChannel(
            self.path, node, RealClock(), wake=wake, limits=Limits(lease_ms=LEASE_MS)
        )
        self.channels.append(made)
        return made

    def kill(self, channel: Channel) -> None:
        """Nothing of a killed process reaches the file: simply never called again."""
        assert isinstance(channel, EmbeddedChannel)
        self.channels.remove(channel)
        assert channel._file is not None
        channel._file.connection.close()

    def parts(self) -> list[Path]:
        return [self.path.with_name(self.path.name + end) for end in ("", "-wal", "-shm")]

    def away(self) -> None:
        for part in self.parts():
            part.unlink()

    def back(self) -> None:
        create(self.path, NODES)

    def wipe(self) -> None:
        self.away()
        self.back()

    def end(self) -> None:
        for channel in self.channels:
            channel.close()


T = TypeVar("T")


# --- what the tests say ---------------------------------------------------------------------------


def a_message(
    token: int,
    octets: bytes = b"octets",
    receiver: NodeId = BANK,
    message_class: MessageClass = MessageClass.ONLINE,
) -> Outgoing:
    return Outgoing(token, receiver, message_class, octets)


def until(look: Callable[[], T], seconds: float = 10.0) -> T:
    """The first truthy answer; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)
    return answer


def outcomes(channel: Channel, count: int, seconds: float = 10.0) -> list[Outcome]:
    """Exactly `count` outcomes, by token."""
    got: list[Outcome] = []

    def enough() -> bool:
        got.extend(channel.outcomes())
        return len(got) >= count

    until(enough, seconds)
    assert count == len(got)
    return sorted(got, key=lambda outcome: outcome.token)


def arrivals(
    channel: Channel,
    count: int,
    classes: Collection[MessageClass] = ALL,
    seconds: float = 10.0,
) -> list[Incoming]:
    """At least `count` messages, waited for."""
    got: list[Incoming] = []

    def enough() -> bool:
        got.extend(channel.receive(count - len(got), classes))
        return len(got) >= count

    until(enough, seconds)
    return got


def is_up(channel: Channel) -> Channel:
    """The channel, once it is up."""
    until(lambda: channel.health().state is ChannelState.UP, 30.0)
    return channel


def send(channel: Channel, *messages: Outgoing) -> None:
    """Publish and see every one confirmed."""
    channel.publish(messages)
    told = outcomes(channel, len(messages))
    assert [Publish.CONFIRMED] * len(messages) == [outcome.publish for outcome in told], told
