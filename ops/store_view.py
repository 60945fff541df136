"""What metrics and alarms read of a node's store: one view of one moment, all over indexes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from hub.clearing.breaks import BreakKind
from hub.clearing.model import LineState
from hub.clock import Instant
from hub.desks.model import TaskGroup
from hub.exchange.alarms import Alarm
from hub.exchange.beats import PeerRow
from hub.exchange.conditions import Group
from hub.exchange.dead import DeadLetter, LetterState
from hub.exchange.looking import Clashes, HopGroup
from hub.journal import Checkpoint
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class StoreView:
    """A store at one moment of its own clock."""

    at: Instant
    life: str
    """Its incarnation."""
    peers: Mapping[NodeId, PeerRow]
    hops: Sequence[HopGroup]
    tasks: Sequence[TaskGroup]
    unfinished: Mapping[tuple[str, str, LineState], int]
    intents_open: int
    breaks: Mapping[tuple[str, str], int]
    """Open ones by (party, day)."""
    contradicted: Mapping[str, int]
    """By party: movements of which the core has said the opposite of what is on record."""
    clashes: Sequence[Clashes]
    dead: Sequence[Group]
    """Dead letters that wait for somebody, by channel."""
    checkpoint: Checkpoint | None
    alarms: Sequence[Alarm]


class Reads(Protocol):
    """A store, as far as it is read."""

    def read(self) -> AbstractContextManager[Any]:
        """A read view."""
        ...


def view(store: Reads) -> StoreView:
    """Read it.

    Raises:
        StoreDown: the store is away.
    """
    with store.read() as tx:
        return StoreView(
            at=tx.now,
            life=tx.fence.incarnation,
            peers=tx.peers(),
            hops=tx.hop_groups(),
            tasks=tx.task_groups(),
            unfinished=tx.unfinished_counts(),
            intents_open=tx.intents_left(),
            breaks=tx.open_breaks(),
            contradicted=Counter(b.party for b in tx.open_breaks_of(BreakKind.CORE_DIFFERS)),
            clashes=tx.clashes(),
            dead=_waiting(tx.letters()),
            checkpoint=tx.last_checkpoint(),
            alarms=tx.alarms(),
        )


def _waiting(letters: Sequence[DeadLetter]) -> list[Group]:
    found: dict[str, Group] = {}
    for one in letters:  # the oldest first
        if one.state is LetterState.WAITING:
            old = found.get(one.channel, Group(one.channel, 0, one.at))
            found[one.channel] = Group(one.channel, old.count + 1, old.since)
    return list(found.values())
