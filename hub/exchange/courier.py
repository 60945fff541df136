"""The courier: brings numbered documents to neighbours that lack them (protocol 10).

Beats announce how far a node's lists and releases go. Whoever announces less than this node has is
sent what is missing, in order, each with the parts its shelf gives along. Nothing answers:
the next beat tells. What got lost is sent again after a while, over the next channel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic

from hub.clock import SECOND, Instant
from hub.errors import ChannelDown
from hub.exchange import packets, presence
from hub.exchange.beating import TOKEN
from hub.exchange.beats import PeerRow
from hub.exchange.documents import Numbered, Shelf
from hub.exchange.model import ChannelState, DocumentParcel, MessageClass, Outgoing
from hub.exchange.place import Place
from hub.exchange.ports import Channel, Store, T
from hub.observer import Fact, Observer
from hub.parties import NodeId

AGAIN_MS: Final = 30 * SECOND
"""Longer than a beat's period: by then a neighbour has said that it has the list."""
PARCEL_BYTES_MAX: Final = packets.ALONE_BYTES_MAX - 64 * 1024


@dataclass(frozen=True, slots=True)
class Carried:
    """What a courier carries: a kind of document, and how far a neighbour has come with it."""

    kind: str
    announced: Callable[[PeerRow], int]


LISTS: Final = Carried("TL01", lambda row: row.trust_number)
RELEASES: Final = Carried("CR01", lambda row: row.catalogue_release)


class Courier(Generic[T]):
    """One per kind of document and dispatcher process."""

    def __init__(
        self,
        place: Place,
        store: Store[T],
        channels: Mapping[str, Channel],
        shelf: Shelf,
        observe: Observer,
        carried: Carried = LISTS,
    ) -> None:
        self._carried = carried
        self._place = place
        self._store = store
        self._channels = channels
        self._shelf = shelf
        self._observe = observe
        self._sent: dict[NodeId, tuple[int, int, Instant]] = {}
        self._turn = 0

    def step(self) -> int:
        """Send what present neighbours lack; how many parcels were handed over.

        Raises:
            StoreDown: try again later.
        """
        newest = self._shelf.newest()
        with self._store.read() as tx:
            peers, now = tx.peers(), tx.now
        sent = 0
        for peer in self._place.directory.neighbours(self._place.node):
            row = peers.get(peer)
            if row is None or not presence.present(row, now):
                continue
            number = self._carried.announced(row)
            if number >= newest:
                continue
            before = self._sent.get(peer)
            if before is not None and before[:2] == (number, newest) and now < before[2]:
                continue
            done = self._bring(peer, number)
            if done:
                self._sent[peer] = (number, newest, Instant(now + AGAIN_MS))
                kind = self._carried.kind
                fields: dict[str, str | int] = {"peer": str(peer), "kind": kind}
                fields |= {"n": newest, "count": done}
                self._observe(Fact("lists_sent", fields))
            sent += done
        return sent

    def _bring(self, peer: NodeId, number: int) -> int:
        parcels = [
            Outgoing(TOKEN, peer, MessageClass.HOP, packets.encode_document(parcel))
            for document in self._shelf.after(number)
            for parcel in self._parcels(peer, document)
        ]
        names = [n for n, c in self._channels.items() if c.health().state is ChannelState.UP]
        self._turn += 1
        for turn in range(len(names)):
            try:
                self._channels[names[(self._turn + turn) % len(names)]].publish(parcels)
            except ChannelDown:
                continue
            return len(parcels)
        return 0

    def _parcels(self, peer: NodeId, document: Numbered) -> list[DocumentParcel]:
        """Each has the document itself, so that their order does not matter."""
        loads: list[list[bytes]] = [[]]
        room = PARCEL_BYTES_MAX - len(document.octets)
        for part in document.parts:
            if loads[-1] and sum(map(len, loads[-1])) + len(part) > room:
                loads.append([])
            loads[-1].append(part)
        place = self._place
        return [
            DocumentParcel(
                place.env, place.node, peer, place.incarnation, document.octets, tuple(load)
            )
            for load in loads
        ]
