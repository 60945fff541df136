"""Presence: a neighbour is present when a beat or message came within 30 s (protocol 3).

Retransmission happens only towards a present peer, or when the channel a row went by was wiped; an
absent peer's rows wait, unlimited, and are sent once per channel life. Of what a present peer does
not answer in time, two windows of each class are out again at once, whatever waits: it may hold
what it gets, or be slow. One window is for rows that were sent once: one that was lost does not
stand behind rows that were sent again and again, nor an urgent one behind a batch.

A row that was overtaken is due again sooner: the peer has answered one that was made a good while
after this one was sent. So this one, or its notice, stands where nobody fetches it: behind a line
that is cut on the peer's side, in a process that is frozen, in a broker that is gone. Only the wait
of a first attempt is shortened; a later one has its full deadline, so that load never feeds itself.
Sooner still where a whole path is silent: hub.exchange.overtaking.
"""

from collections.abc import Collection, Mapping
from typing import Final, Protocol

from hub.clock import SECOND, Instant
from hub.exchange.beats import PeerRow
from hub.exchange.party_orders import NOBODY, Shut
from hub.parties import NodeId

BEAT_SECONDS: Final = 10
PRESENT_MS: Final = 30 * SECOND
NOTICE_DEADLINE_MS: Final = 15 * SECOND
OVERTAKEN_MS: Final = 2 * SECOND


class Answering(Protocol):
    """What a transaction knows of how far neighbours have answered."""

    def answered(self) -> Mapping[NodeId, Instant]:
        """Per peer when the newest row was made that is among the last few hundred closed."""
        ...

    def answered_by(self) -> Mapping[tuple[NodeId, str], Instant]:
        """The same per peer and channel of a first attempt; no channel: all others.

        One that was closed before it was marked as sent, or after it was sent again, does not say
        by which channel it came.
        """
        ...

    def expire_sent(self, peer: NodeId, before: Instant, limit: int, shut: Shut = NOBODY) -> int:
        """SENT rows of this peer with due_at before this become DUE, oldest first; how many.

        Of the first attempts of a class, with those that go for the second time, so many are out
        again at most; of others, with those that go for the third time or later, as many. Out again
        is what was sent again and is not late, or is DUE or CLAIMED after it has gone by a channel.
        What is shut off does not become DUE; where it is DUE or CLAIMED it does not count.
        """
        ...

    def lagging(self, peers: Collection[NodeId], since: Instant, before: Instant) -> set[NodeId]:
        """To which of these a SENT first attempt waits with since <= due_at < before.

        One cheap look, whatever their number.
        """
        ...

    def waits(self, path: tuple[NodeId, str], since: Instant, before: Instant, count: int) -> bool:
        """Whether so many SENT first attempts went by this path with since <= due_at < before.

        A cheap look.
        """
        ...

    def expire_path(
        self, path: tuple[NodeId, str], since: Instant, before: Instant, limit: int
    ) -> int:
        """Such first attempts become DUE, oldest first; returns how many."""
        ...


def present(row: PeerRow | None, now: Instant) -> bool:
    """Whether the peer was heard of recently enough, and not by a clock that was put back."""
    return row is not None and abs(now - row.seen_at) <= PRESENT_MS


def present_peers(peers: Mapping[NodeId, PeerRow], now: Instant) -> list[NodeId]:
    """Peers to which a missing notice may be blamed."""
    return sorted(peer for peer, row in peers.items() if present(row, now))


def deadline(now: Instant, *, again: bool) -> Instant:
    """When a row that has just been sent, or sent again, is due without a notice."""
    grace = NOTICE_DEADLINE_MS - OVERTAKEN_MS if again else 0
    return Instant(now + NOTICE_DEADLINE_MS + grace)


def late_before(now: Instant, answered: Instant | None) -> Instant:
    """Rows of a present peer are due again whose deadline lies before this.

    `answered`: when the newest row was made that this peer has answered lately.
    """
    if answered is None:
        return now
    return max(now, Instant(min(answered, now) + NOTICE_DEADLINE_MS - OVERTAKEN_MS))
