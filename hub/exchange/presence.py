"""Presence: a neighbour is present when a beat or message came within 30 s (PROTOCOL §3).

Retransmission happens only towards a present peer, or when the channel a row went by was wiped; an
absent peer's rows wait, unlimited, and are sent once per channel life.
"""

from collections.abc import Mapping
from typing import Final

from hub.clock import SECOND, Instant
from hub.exchange.model import PeerRow
from hub.parties import NodeId

BEAT_SECONDS: Final = 10
PRESENT_MS: Final = 30 * SECOND
NOTICE_DEADLINE_MS: Final = 15 * SECOND


def present(row: PeerRow | None, now: Instant) -> bool:
    """Whether the peer was heard of recently enough."""
    return row is not None and now - row.seen_at <= PRESENT_MS


def present_peers(peers: Mapping[NodeId, PeerRow], now: Instant) -> list[NodeId]:
    """Peers to which a missing notice may be blamed."""
    return sorted(peer for peer, row in peers.items() if present(row, now))
