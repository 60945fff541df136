"""What waits for whom at a node, since when, until when, and what happens next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.desks.model import Task, TaskGroup
from hub.errors import StoreDown
from hub.exchange.looking import HopGroup
from hub.exchange.model import ChannelHealth, PeerRow
from hub.exchange.presence import present
from hub.lease.ports import LeaseState, LeaseStore
from ops.wiring import Parts

OLDEST: Final = 10
HUB: Final = "hub"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A peer and whether it was heard of lately."""

    row: PeerRow
    present: bool


@dataclass(frozen=True, slots=True)
class Status:
    """A node at one moment of its store."""

    env: str
    node: str
    desk: str
    at: Instant
    incarnation: str
    lease: LeaseState | None
    """None: the lease store cannot tell."""
    moves: Sequence[TaskGroup]
    """Whose move it is, the longest waiting first."""
    oldest: Sequence[Task]
    hops: Sequence[HopGroup]
    peers: Sequence[Neighbour]
    channels: Sequence[ChannelHealth]
    counts: Sequence[tuple[str, str, str, int]]
    """(party, kind, state or stage, how many)."""


def status(parts: Parts, lease: LeaseStore, channels: Sequence[ChannelHealth]) -> Status:
    """Read it; a lease store that is away leaves the lease open.

    Raises:
        StoreDown: the node's store is away.
    """
    settings = parts.settings
    with parts.store.read() as tx:
        peers = tx.peers()
        groups: list[TaskGroup] = tx.task_groups()
        counts: Counter[tuple[str, str, str]] = Counter()
        if settings.application.desk == HUB:
            for stage, total in tx.totals().items():
                counts[stage.party, stage.kind, stage.stage] += total.count
        else:
            for (party, _, kind, state), total in tx.line_totals().items():
                counts[party, kind, str(state)] += total.count
        return Status(
            env=settings.env,
            node=settings.node,
            desk=settings.application.desk,
            at=tx.now,
            incarnation=tx.fence.incarnation,
            lease=holder(lease),
            moves=sorted(groups, key=lambda group: group.since),
            oldest=tx.open_tasks(OLDEST),
            hops=tx.hop_groups(),
            peers=[Neighbour(row, present(row, tx.now)) for _, row in sorted(peers.items())],
            channels=channels,
            counts=[(*key, count) for key, count in sorted(counts.items())],
        )


def holder(lease: LeaseStore) -> LeaseState | None:
    """The lease as it is, None when it cannot be told."""
    try:
        return lease.read()
    except StoreDown:
        return None


def active(lease: LeaseState | None) -> str:
    """Who may act now; empty: nobody, or nobody can tell."""
    if lease is None or lease.expires_at <= lease.now:
        return ""
    return lease.holder


def mover(task: Task | TaskGroup) -> str:
    """Who has the next move."""
    return task.waiting_for or task.party
