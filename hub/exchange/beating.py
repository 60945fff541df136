"""Beats: every 10 s on each channel that is up, to each neighbour (protocol 3).

A beat says that this node lives, how far its sequences have come and which lists it has; the
channel authenticates it. A beat that cannot be published is simply the next one's business.

It also says which life of the receiver's store is heard here, and what its last beat said to hear.
A life that has just begun is believed when it has answered that (`succession`), so what is new in
it is said at once.
"""

from collections.abc import Callable, Mapping
from typing import Final, Generic

from hub.errors import ChannelDown
from hub.exchange import packets
from hub.exchange.beats import Beat, Hearing
from hub.exchange.model import ChannelState, MessageClass, Outgoing
from hub.exchange.place import Place
from hub.exchange.ports import Channel, Store, T
from hub.parties import NodeId

TOKEN: Final = 0
"""Nobody waits for the outcome of a beat."""
_UNMET: Final = Hearing("", "", "")


class Beater(Generic[T]):
    """Publishes beats; `numbers` tells the trust list's number and the catalogue's release."""

    def __init__(
        self,
        place: Place,
        store: Store[T],
        channels: Mapping[str, Channel],
        numbers: Callable[[], tuple[int, int]],
    ) -> None:
        self._place = place
        self._store = store
        self._channels = channels
        self._numbers = numbers
        self._told: dict[NodeId, Hearing] = {}

    def step(self, *, news: bool = False) -> int:
        """One beat per neighbour and channel; returns how many were handed over.

        Args:
            news: only to neighbours to whom another life is to be told than in the last beat.

        Raises:
            Fenced: the store is in another life; nobody beats for one that is over.
        """
        place = self._place
        with self._store.read() as tx:
            tx.fence.require_incarnation(place.incarnation)
            now, rows = tx.now, tx.peers()
            hearing = {
                peer: rows[peer].hearing if peer in rows else _UNMET
                for peer in place.directory.neighbours(place.node)
            }
            peers = [p for p, h in hearing.items() if not (news and self._told.get(p) == h)]
            if not peers:
                return 0
            marks = {peer: tx.marks(peer) for peer in peers}
            checkpoint = tx.last_checkpoint()
        trust, release = self._numbers()
        number, digest = (checkpoint.number, checkpoint.hash) if checkpoint else (0, b"")
        beats = [
            Outgoing(
                TOKEN,
                peer,
                MessageClass.HOP,
                packets.encode_beat(
                    Beat(
                        place.env,
                        place.node,
                        peer,
                        place.incarnation,
                        now,
                        trust,
                        release,
                        number,
                        digest,
                        tuple(marks[peer]),
                        hearing[peer],
                    )
                ),
            )
            for peer in peers
        ]
        sent = 0
        for channel in self._channels.values():
            if channel.health().state is not ChannelState.UP:
                continue
            try:
                channel.publish(beats)
            except ChannelDown:
                continue
            sent += len(beats)
        if sent:
            self._told |= {peer: hearing[peer] for peer in peers}
        return sent
