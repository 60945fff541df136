"""What neighbours' beats say, and what this node keeps of them. Values only."""

from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.exchange.model import Mark
from hub.journal import Anchor, Hold
from hub.parties import NodeId

_NEVER: Final = Instant(0)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Which lives two neighbours' stores hear of each other, as one of them knows it."""

    life: str
    """Life of the other's store that is heard here; empty: none yet."""
    last: str
    """Life of the other's store that said a beat last, heard or not; empty: none."""
    said: str
    """Life of this store that the last beat said to hear; empty: none."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Every 10 s on each up channel to each neighbour; authenticated by the channel."""

    env: str
    sender: NodeId
    receiver: NodeId
    incarnation: str
    at: Instant
    trust_number: int
    catalogue_release: int
    checkpoint: int
    checkpoint_hash: bytes
    marks: tuple[Mark, ...]
    hearing: Hearing | None = None
    """Of the receiver, as the sender knows it; None: the sender's release does not tell."""


@dataclass(frozen=True, slots=True)
class PeerRow:
    """What this node knows of a neighbour."""

    peer: NodeId
    incarnation: str
    seen_at: Instant
    checkpoint: int
    checkpoint_hash: bytes
    trust_number: int
    catalogue_release: int
    state: str
    """`open`, `recovering`, or `set_aside`."""
    marks: tuple[Mark, ...] = ()
    """Of its sequences towards this node, as its newest beat said."""
    last: str = ""
    """Which life of it said a beat last, heard or not."""
    said: str = ""
    """Which life of this store that beat said to hear."""
    last_since: Instant = _NEVER
    """Since when that life says beats, and says to hear the present life of this store, or another;
    beats that say different things are answered in turn."""
    known_until: Instant = _NEVER
    """By its clock: what it recorded before is known here; a restore stops this moment."""
    behind_since: Instant = _NEVER
    """Since when its beats say nothing but lower numbers than the checkpoint that is held."""
    back_since: Instant = _NEVER
    """Since when its journal went back within a life: that checkpoint is held as evidence."""
    unheard_since: Instant = _NEVER
    """Since when a life of it speaks that is not believed, whosever turn it is; 0: none does."""

    @property
    def hearing(self) -> Hearing:
        """What a beat tells it."""
        return Hearing(self.incarnation, self.last, self.said)

    @property
    def hold(self) -> Hold:
        """What is held of its journal."""
        anchor = Anchor(self.incarnation, self.checkpoint, self.checkpoint_hash)
        return Hold(anchor, self.behind_since, self.back_since)
