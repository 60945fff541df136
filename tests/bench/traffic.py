"""The bench's two outer processes: who sends what was sealed beforehand, and who receives it.

The *generator* publishes packets as the bureau's and the banks' nodes would, over all channels in
turn. The *sink* is their receiving side: it records delivery ids with the time, acknowledges,
answers with sealed hop notices in slow rounds, as nodes do, and forgets the hub's own.
"""

import gc
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Final

from hub.clock import Instant
from hub.errors import ChannelDown
from hub.exchange import packets
from hub.exchange.model import (
    ChannelState,
    Incoming,
    MessageClass,
    NoticeBatch,
    NoticeEntry,
    Outgoing,
    Packet,
)
from hub.exchange.ports import Channel
from hub.parties import NodeId
from keys.custody import Vault
from keys.keyring import open_node_signer
from ops.bell import Bell
from ops.demo.town import ENV, HUB_NODE
from ops.secret_files import secret
from ops.work import SLOW_SECONDS
from tests.bench.load import read_stream
from tests.bench.site import Ports, channels

WINDOW: Final = 64
"""Packets unconfirmed, a channel."""
AHEAD: Final = 1000
"""Vouchers sent and not yet received at the sink, where no rate is set."""
NODES: Final = (NodeId("bureau"), NodeId("icbc"), NodeId("ccb"))
INCARNATION: Final = "0" * 16


@dataclass(frozen=True)
class Order:
    """One stream to send."""

    path: Path
    rate: float | None = None
    """Packets a second; None: as fast as `AHEAD` allows."""


def up(all_channels: Mapping[str, Channel], seconds: float = 180) -> None:
    """Wait until every channel is usable."""
    end = time.monotonic() + seconds
    usable = {ChannelState.UP, ChannelState.HALF_OPEN}
    while not all(c.health().state in usable for c in all_channels.values()):
        assert time.monotonic() < end, "channels are away"
        time.sleep(0.05)


def generate(ports: Ports, received: "Synchronized[int]", orders: Connection) -> None:
    """Send each ordered stream; answers with its sending times, packet by packet."""
    sides = {node: channels(node, ports) for node in NODES}
    for side in sides.values():
        up(side)
    gc.freeze()  # its pauses are not the hub's
    orders.send("ready")
    total = 0
    while isinstance(order := orders.recv(), Order):
        started: list[float] = []
        for turn, (node, count, octets) in enumerate(read_stream(order.path)):
            if order.rate is None:
                while total + count - received.value > AHEAD:
                    time.sleep(0.002)
                at = time.monotonic()
            else:
                at = started[0] + turn / order.rate if started else time.monotonic()
                time.sleep(max(0.0, at - time.monotonic()))
            started.append(at)
            _publish(list(sides[node].values()), turn, octets)
            total += count
        orders.send(started)
    for side in sides.values():
        for channel in side.values():
            channel.close()


def _publish(side: list[Channel], turn: int, octets: bytes) -> None:
    out = [Outgoing(turn + 1, HUB_NODE, MessageClass.ONLINE, octets)]
    while True:
        for offset in range(len(side)):
            channel = side[(turn + offset) % len(side)]
            channel.outcomes()
            if channel.health().outstanding < WINDOW:
                channel.publish(out)
                return
        time.sleep(0.001)


def sink(root: Path, ports: Ports, received: "Synchronized[int]", orders: Connection) -> None:
    """Receive for all party nodes; each order names a file for (time, delivery id) lines."""
    bell = Bell()
    sides = [_Side(node, root, ports, bell.ring) for node in NODES]
    for side in sides:
        side.listen()
    gc.freeze()
    orders.send("ready")
    lines: list[str] = []
    while True:
        if orders.poll():
            order = orders.recv()
            if not isinstance(order, Path):
                break
            order.write_text("".join(lines))
            lines.clear()
            orders.send("written")
        fresh = [line for side in sides for line in side.step()]
        if fresh:
            lines += fresh
            received.value += len(fresh)
        else:
            bell.wait(SLOW_SECONDS)
    for side in sides:
        side.close()


class _Side:
    """One node's receiving side."""

    def __init__(self, node: NodeId, root: Path, ports: Ports, wake: Callable[[], None]) -> None:
        vault = Vault(ENV, secret(root / "passphrase"), development=True)
        self._node = node
        self._signer = open_node_signer(root / "pki" / "nodes" / node, vault)
        self._signed_by = hashlib.sha256(self._signer.certificate).digest()
        self._channels = channels(node, ports, wake)
        self._entries: list[NoticeEntry] = []
        self._slow_at = 0.0
        self._token = 0

    def listen(self) -> None:
        """Subscribe to every class."""
        up(self._channels)
        for channel in self._channels.values():
            channel.receive(0, tuple(MessageClass))

    def step(self) -> Iterator[str]:
        """Take, acknowledge, answer; a line for each voucher."""
        for channel in self._channels.values():
            try:
                batch = channel.receive(100, tuple(MessageClass))
            except ChannelDown:
                continue
            if not batch:
                continue
            at = time.monotonic()
            parcels = [packets.decode(i.octets) for i in batch if i.message_class != "hop"]
            whole = [parcel for parcel in parcels if isinstance(parcel, Packet)]
            self._note(whole)
            self._acknowledge(channel, batch)
            for packet in whole:
                for item in packet.items:
                    yield f"{at} {item.delivery_id}\n"
        if self._entries and time.monotonic() >= self._slow_at:
            self._slow_at = time.monotonic() + SLOW_SECONDS
            self._answer()

    def _note(self, whole: list[Packet]) -> None:
        now = Instant(time.time_ns() // 1_000_000)
        for packet in whole:
            for item in packet.items:
                digest = hashlib.sha256(item.octets).digest()
                entry = NoticeEntry(item.delivery_id, digest, digest, "recorded", now, 1)
                self._entries.append(entry)

    def _answer(self) -> None:
        entries, self._entries = self._entries, []
        for start in range(0, len(entries), packets.NOTICES_MAX):
            some = tuple(entries[start : start + packets.NOTICES_MAX])
            batch = NoticeBatch(ENV, self._node, HUB_NODE, INCARNATION, some)
            signature = self._signer.sign(packets.notices_tbs(batch))
            octets = packets.encode_notices(batch, self._signed_by, signature)
            self._token += 1
            channel = list(self._channels.values())[self._token % len(self._channels)]
            channel.publish([Outgoing(self._token, HUB_NODE, MessageClass.HOP, octets)])
        for channel in self._channels.values():
            channel.outcomes()

    @staticmethod
    def _acknowledge(channel: Channel, batch: list[Incoming]) -> None:
        channel.ack([incoming.tag for incoming in batch])

    def close(self) -> None:
        """End the connections."""
        for channel in self._channels.values():
            with closing(channel):
                channel.outcomes()
