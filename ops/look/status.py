"""What waits for whom at a node, since when, until when, and what happens next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.clearing.calendar import Calendar
from hub.clock import Instant
from hub.desks.model import TaskGroup
from hub.errors import StoreDown
from hub.exchange.beats import PeerRow
from hub.exchange.looking import HopGroup
from hub.exchange.model import ChannelHealth
from hub.exchange.presence import present
from hub.lease.ports import LeaseState, LeaseStore
from ops.look.moves import Move, moves
from ops.scope import Scope
from ops.wiring import Parts

Counted = tuple[str, str, str, int]
"""Party, kind, state or stage, how many."""
OLDEST: Final = 10
NAMED_MAX: Final = 10_000
"""More are never named."""
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
    oldest: Sequence[Move]
    """Unfinished vouchers and whose move each is, the longest waiting first."""
    hops: Sequence[HopGroup]
    peers: Sequence[Neighbour]
    channels: Sequence[ChannelHealth]
    unfinished: Sequence[Counted]
    """Money rows that wait, whatever their day."""
    day: str
    counts: Sequence[Counted]
    """What is on record of this business day."""
    next_day: str
    next_counts: Sequence[Counted]
    """What came after the cut-off: it counts for the next business day."""


def status(
    parts: Parts,
    lease: LeaseStore,
    channels: Sequence[ChannelHealth],
    scope: Scope,
    limit: int = OLDEST,
) -> Status:
    """Read it; a lease store that is away leaves the lease open. `limit`: vouchers to be named.

    Vouchers are named within the scope; what is counted is the whole node.
    Nothing of it walks what is finished: a store of many years answers as a new one does.

    Raises:
        StoreDown: the node's store is away.
    """
    settings = parts.settings
    served = sorted(map(str, parts.directory.nodes.get(parts.place.node, ())))
    with parts.store.read() as tx:
        peers = tx.peers()
        groups: list[TaskGroup] = tx.task_groups()
        calendar = Calendar(frozenset())
        day = calendar.business_day(tx.now)
        next_day = calendar.next_business_day(day)
        hub = settings.application.desk == HUB
        hops: list[HopGroup] = tx.hop_groups()
        unfinished: dict[tuple[str, str, Any], int] = tx.unfinished_counts()

        def on_record(on: str) -> list[Counted]:
            return _relayed(tx, on) if hub else _held(tx, served, on)

        return Status(
            env=settings.env,
            node=settings.node,
            desk=settings.application.desk,
            at=tx.now,
            incarnation=tx.fence.incarnation,
            lease=holder(lease),
            moves=sorted(groups, key=lambda group: group.since),
            oldest=moves(tx, limit, scope.sought(settings.env)),
            hops=hops,
            peers=[Neighbour(row, present(row, tx.now)) for _, row in sorted(peers.items())],
            channels=channels,
            unfinished=[
                (party, kind, str(state), count)
                for (party, kind, state), count in unfinished.items()
            ],
            day=day,
            counts=on_record(day),
            next_day=next_day,
            next_counts=on_record(next_day),
        )


def _relayed(tx: Any, day: str) -> list[Counted]:  # noqa: ANN401 - a read view
    """What passed the hub on a day."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for stage, total in tx.totals_on(day).items():
        counts[stage.party, stage.kind, stage.stage] += total.count
    return [(*key, count) for key, count in sorted(counts.items())]


def _held(tx: Any, served: Sequence[str], day: str) -> list[Counted]:  # noqa: ANN401 - as above
    """Money rows of a day, of the parties that this node serves."""
    return [
        (party, kind, str(state), count)
        for party in served
        for (kind, state), count in tx.line_counts_on(party, day).items()
    ]


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


def mover(group: TaskGroup) -> str:
    """Who has the next move."""
    return group.waiting_for or group.party
