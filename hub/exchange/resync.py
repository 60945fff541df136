"""Comparing a restored store with what its neighbours' beats say: pure.

A beat carries the sender's marks: how many items it has sent to this node, per class, in this life
of its store, and how many of those ended without being recorded: refused when they came (a refusal
has no number), or given up by operators. What is neither on record here nor ended is missing: lost
with the store, or still on the way. The resync gets back what was lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.clock import Instant
from hub.exchange import presence
from hub.exchange.beats import PeerRow
from hub.exchange.looking import HopGroup, Received
from hub.exchange.model import Mark, MessageClass
from hub.exchange.muteness import NEWCOMERS, OPEN, RECOVERING
from hub.exchange.ports import Transaction
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class Gap:
    """One sequence of a neighbour towards this node."""

    message_class: MessageClass
    sent: int
    """The highest number the neighbour has used."""
    recorded: int
    """How many of them are on record here."""
    ended: int = 0
    """How many the neighbour knows to have ended without being recorded: refused, or given up."""

    @property
    def missing(self) -> int:
        """Not on record and not ended: lost with the old store, or still on the way."""
        return max(0, self.sent - self.recorded - self.ended)


@dataclass(frozen=True, slots=True)
class PeerState:
    """One neighbour, as far as this store can tell."""

    peer: NodeId
    state: str
    """`open`, `recovering` or `set_aside`."""
    present: bool
    """Heard of lately; an absent one has said nothing to compare with."""
    rows_open: int
    """Own rows towards it without a hop notice; sent again once it is open."""
    gaps: tuple[Gap, ...]

    @property
    def recovering(self) -> bool:
        """Whether the node is mute for its sake."""
        return self.state == RECOVERING

    @property
    def ended(self) -> int:
        """Over all sequences."""
        return sum(gap.ended for gap in self.gaps)

    @property
    def missing(self) -> int:
        """Over all sequences."""
        return sum(gap.missing for gap in self.gaps)


def forgotten_since(tx: Transaction) -> Instant:
    """A moment before which a store, just restored, knows everything: its last signs of life."""
    last = tx.last_checkpoint()
    heard = [row.seen_at for row in tx.peers().values()]
    return max([last.at if last is not None else Instant(0), *heard])


def gaps(
    marks: Iterable[Mark], received: Mapping[MessageClass, Received]
) -> tuple[Gap, ...]:  # fmt: skip
    """A neighbour's marks beside what is on record of the same life of its store."""
    return tuple(
        Gap(mark.message_class, mark.n, counts.count, mark.ended)
        for mark in marks
        for counts in [received.get(mark.message_class, Received(0, 0))]
    )


def compare(
    neighbours: Sequence[NodeId],
    recovering: set[NodeId],
    peers: Mapping[NodeId, PeerRow],
    received: Mapping[NodeId, Mapping[MessageClass, Received]],
    hops: Sequence[HopGroup],
    now: Instant,
) -> list[PeerState]:
    """Every neighbour in order; `received` counts under the incarnation its newest beat named."""
    assert NEWCOMERS not in neighbours, f"{RECOVERING} newcomers are no neighbour"
    found = []
    for peer in sorted(neighbours):
        row = peers.get(peer)
        marks = row.marks if row is not None else ()
        counts = received.get(peer, {})
        rows_open = sum(group.count for group in hops if group.peer == peer)
        is_present = presence.present(row, now)
        known = row.state if row is not None else OPEN
        state = RECOVERING if peer in recovering else known
        found.append(PeerState(peer, state, is_present, rows_open, gaps(marks, counts)))
    return found
