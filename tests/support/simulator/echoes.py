"""Channels with a long memory: what a node has said comes again when nobody expects it any more.

A broker that was away comes back with what it held, a backup of a broker's disk is put in place, a
consumer that was frozen gives back what it had fetched. So each run keeps what machines published,
and may bring again what a node has said in a life that is over by now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.embedded.memory_channel import MemoryBroker, MemoryChannel
from hub.exchange.model import Outgoing
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class Said:
    """One message that a node has given to a channel."""

    node: NodeId
    life: str
    channel: str
    outgoing: Outgoing


class Overheard:
    """A channel that keeps what is published; otherwise the channel itself."""

    def __init__(self, channel: MemoryChannel, life: str, said: list[Said]) -> None:
        self._channel = channel
        self._life = life
        self._said = said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        channel = self._channel
        channel.publish(outgoing)
        self._said += [Said(channel.node, self._life, channel.name, one) for one in outgoing]


def again(said: Sequence[Said], brokers: Sequence[MemoryBroker]) -> None:
    """Bring this again, by the channels it went by, where they work."""
    working = {broker.name: broker for broker in brokers if broker.running}
    for one in said:
        if one.channel in working:
            channel = working[one.channel].channel(one.node)
            channel.publish([one.outgoing])
            channel.close()
