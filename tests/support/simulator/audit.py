"""An auditor on every channel: what is acknowledged must be on record by then.

What a node may not hear is not recorded, and acknowledged all the same: its sender keeps it.
"""

import hashlib
from collections.abc import Collection
from typing import Any

from adapters.embedded.memory_store import MemoryStore
from hub.exchange import packets
from hub.exchange.model import Incoming, MessageClass, Packet
from hub.exchange.ports import Channel


class Audited:
    """A channel that notes violations; otherwise the channel itself."""

    def __init__(self, channel: Channel, store: MemoryStore, violations: list[str]) -> None:
        self._channel = channel
        self._store = store
        self._violations = violations
        self._held: dict[int, Incoming] = {}
        """What has come and may be heard."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def receive(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        got = self._channel.receive(limit, classes)
        heard = [i for i in got if i.message_class is not MessageClass.HOP and self._hears(i)]
        self._held.update({incoming.tag: incoming for incoming in heard})
        return got

    def _hears(self, incoming: Incoming) -> bool:
        packet = packets.decode(incoming.octets)
        assert isinstance(packet, Packet)
        with self._store.read() as tx:
            life = tx.lives([packet.sender]).get(packet.sender, packet.incarnation)
            return life == packet.incarnation and not tx.restore().mute

    def ack(self, tags: Collection[int]) -> None:
        for tag in tags:
            incoming = self._held.pop(tag, None)
            if incoming is not None:
                self._check(incoming)
        self._channel.ack(tags)

    def _check(self, incoming: Incoming) -> None:
        packet = packets.decode(incoming.octets)
        assert isinstance(packet, Packet)
        digests = {hashlib.sha256(item.octets).digest() for item in packet.items}
        with self._store.read() as tx:
            missing = digests - tx.messages(digests).keys()
        if missing:
            self._violations.append(f"{len(missing)} items acknowledged before they were recorded")
