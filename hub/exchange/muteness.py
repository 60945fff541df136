"""Muteness: a restored store says and does nothing new until it was compared (protocol 9).

A neighbour is *recovering* while nobody has opened it in this life of the store. Towards it only
beats and hop notices go out; while any neighbour is recovering, nothing is issued, no core is
called and no phase runs. A restored store cannot know whom it has forgotten: `NEWCOMERS` holds the
state that a neighbour without a row has, and keeps when it is first heard of.
"""

from collections.abc import Collection, Mapping
from typing import Final, Protocol

from hub.errors import NotActive
from hub.parties import NodeId

NEWCOMERS: Final = NodeId("*")
OPEN: Final = "open"
RECOVERING: Final = "recovering"
SET_ASIDE: Final = "set_aside"
"""Not compared yet, but nothing waits for it: it was absent, or is only asked again."""


class Muting(Protocol):
    """The verbs of a transaction that muteness rests on."""

    def set_peer_state(self, peer: NodeId, state: str) -> None:
        """`open`, `recovering` or `set_aside`; a neighbour not known yet becomes known.

        `NEWCOMERS` stands for all that have no row.
        """
        ...

    def recovering(self, neighbours: Collection[NodeId]) -> set[NodeId]:
        """Which of these neighbours are still to be compared with."""
        ...


def among(states: Mapping[NodeId, str], neighbours: Collection[NodeId]) -> set[NodeId]:
    """Which neighbours are recovering, by the states on record."""
    unmet = states.get(NEWCOMERS, OPEN)
    return {peer for peer in neighbours if states.get(peer, unmet) == RECOVERING}


def require_voice(tx: Muting, neighbours: Collection[NodeId]) -> None:
    """Refuse to issue while a neighbour is recovering.

    Raises:
        NotActive: `node_recovering`, with how many.
    """
    mute = tx.recovering(neighbours)
    if mute:
        raise NotActive("node_recovering", count=len(mute))
