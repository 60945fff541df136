"""Repeated answers: what a duplicate is answered with, at most once a second (protocol 3).

The first answer is never kept back, nor one about other octets. A repetition that came less than a
second after the last one says nothing new: whoever has not heard it sends again at his deadline.
Counted is what was committed, in each process that records; nothing else is remembered.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hub.clock import Clock
from hub.exchange.model import NoticeEntry
from hub.parties import NodeId

SECONDS: Final = 1.0

_Key = tuple[NodeId, str, bytes]
Repeats = Mapping[NodeId, Sequence[NoticeEntry]]


class Repeating:
    """Of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[_Key, float] = {}
        """When each was said last; in that order."""

    def due(self, wanted: Repeats) -> dict[NodeId, list[NoticeEntry]]:
        """Those that may be said now, each once."""
        if not wanted:
            return {}
        self._forget(self._clock.monotonic() - SECONDS)
        found: dict[NodeId, list[NoticeEntry]] = {}
        for peer, entries in wanted.items():
            once = {_key(peer, entry): entry for entry in entries}
            left = [entry for key, entry in once.items() if key not in self._said]
            if left:
                found[peer] = left
        return found

    def said(self, entries: Repeats) -> None:
        """These are on record as to be said."""
        now = self._clock.monotonic()
        self._said |= {_key(peer, one): now for peer, some in entries.items() for one in some}

    def _forget(self, before: float) -> None:
        for key in [*self._said]:
            if self._said[key] > before:
                return
            del self._said[key]


def _key(peer: NodeId, entry: NoticeEntry) -> _Key:
    return peer, entry.delivery_id, entry.digest_received
