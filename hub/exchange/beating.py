"""Beats: every 10 s on each channel that is up, to each neighbour (protocol 3).

A beat says that this node lives, how far its sequences have come and which lists it has; the
channel authenticates it. A beat that cannot be published is simply the next one's business.
"""

from collections.abc import Callable, Mapping
from typing import Final, Generic

from hub.errors import ChannelDown
from hub.exchange import packets
from hub.exchange.model import Beat, ChannelState, MessageClass, Outgoing
from hub.exchange.place import Place
from hub.exchange.ports import Channel, Store, T

TOKEN: Final = 0
"""Nobody waits for the outcome of a beat."""


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

    def step(self) -> int:
        """One beat per neighbour and channel; returns how many were handed over.

        Raises:
            Fenced: the store is in another life; nobody beats for one that is over.
        """
        place = self._place
        trust, release = self._numbers()
        with self._store.read() as tx:
            tx.fence.require_incarnation(place.incarnation)
            now = tx.now
            marks = {peer: tx.marks(peer) for peer in place.directory.neighbours(place.node)}
            checkpoint = tx.last_checkpoint()
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
                    )
                ),
            )
            for peer in marks
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
        return sent
