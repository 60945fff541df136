"""Resync in memory: progress, what is wanted, questions, and what is told of records."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.embedded.memory_desks import TASKS
from adapters.embedded.memory_journal import PEERS, Journal
from adapters.embedded.memory_outbox import HISTORY, OPEN, Outbox
from adapters.embedded.memory_records import DELIVERIES
from adapters.embedded.memory_tables import Table
from hub.clock import Instant
from hub.desks.model import TaskState
from hub.exchange.model import Closing, Hop, OutboxRow, RowState
from hub.exchange.muteness import NEWCOMERS, RECOVERING
from hub.exchange.recovery import (
    NEVER_RESTORED,
    NOT_YET,
    Ask,
    Cursor,
    Listed,
    Progress,
    Restore,
    WantedKey,
    Way,
    handed_back,
)
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is lacking, and when it was asked for."""

    way: Way
    digest: bytes
    asked_at: Instant


RESTORES: Final = Table[str, Restore]("restore")
RESYNCS: Final = Table[NodeId, Progress]("resync")
WANTED: Final = Table[WantedKey, Wanted]("resync_wanted")
ASKS: Final = Table[NodeId, tuple[Ask, bool]]("resync_ask")
"""With whether it is answered."""


class Recovery(Journal, Outbox):
    """What neighbours tell each other after a restore."""

    def begin_recovery(self, since: Instant) -> None:
        """Another life of a restored store."""
        self.before("begin_recovery")
        for peer in list(self.rows(RESYNCS)):
            self.drop(RESYNCS, peer)
        for key in list(self.rows(WANTED)):
            self.drop(WANTED, key)
        for asker in list(self.rows(ASKS)):
            self.drop(ASKS, asker)
        for name, kept in list(self.rows(TASKS).items()):
            if kept.task.state is TaskState.CLAIMED:  # by somebody of the life before
                free = replace(kept.task, claimed_until=self.now)
                self.put(TASKS, name, replace(kept, task=free))
        self.put(RESTORES, "", Restore(since, NOT_YET, NOT_YET))
        for peer in (NEWCOMERS, *self.peers()):
            self.set_peer_state(peer, RECOVERING)

    def restore(self) -> Restore:
        """What is known of a restore."""
        self.before("restore")
        return self.rows(RESTORES).get("", NEVER_RESTORED)

    def put_restore(self, restore: Restore) -> None:
        """Write it."""
        self.before("put_restore")
        self.put(RESTORES, "", restore)

    def resyncs(self) -> Mapping[NodeId, Progress]:
        """Comparisons of this life."""
        self.before("resyncs")
        return dict(self.rows(RESYNCS))

    def put_resync(self, progress: Progress) -> None:
        """Write how far one has come."""
        self.before("put_resync")
        self.put(RESYNCS, progress.peer, progress)

    def add_wanted(self, peer: NodeId, way: Way, entries: Collection[Listed]) -> int:
        """Note what is lacking."""
        self.before("add_wanted")
        new = [e for e in entries if (peer, e.delivery_id) not in self.rows(WANTED)]
        for entry in new:
            self.put(WANTED, (peer, entry.delivery_id), Wanted(way, entry.digest, Instant(0)))
        return len(new)

    def wanted(self, keys: Collection[WantedKey]) -> Mapping[WantedKey, bytes]:
        """Which of these are noted."""
        self.before("wanted")
        rows = self.rows(WANTED)
        return {key: rows[key].digest for key in keys if key in rows}

    def wanted_left(self, peer: NodeId) -> int:
        """How many are noted of a neighbour."""
        self.before("wanted_left")
        return sum(1 for of, _ in self.rows(WANTED) if of == peer)

    def take_wanted(self, peer: NodeId, way: Way, before: Instant, limit: int) -> list[Listed]:
        """Those not asked for since; they count as asked for now."""
        self.before("take_wanted")
        free = sorted(
            key
            for key, row in self.rows(WANTED).items()
            if key[0] == peer and row.way is way and row.asked_at <= before
        )[:limit]
        for key in free:
            self.put(WANTED, key, replace(self.rows(WANTED)[key], asked_at=self.now))
        return [Listed(key[1], self.rows(WANTED)[key].digest) for key in free]

    def drop_wanted(self, keys: Collection[WantedKey]) -> Mapping[NodeId, int]:
        """These have come, or never will."""
        self.before("drop_wanted")
        noted = [key for key in keys if key in self.rows(WANTED)]
        for key in noted:
            self.drop(WANTED, key)
        return Counter(peer for peer, _ in noted)

    def forget_wanted(self, peer: NodeId) -> None:
        """Nothing is wanted of this neighbour any more."""
        self.before("forget_wanted")
        for key in [key for key in self.rows(WANTED) if key[0] == peer]:
            self.drop(WANTED, key)

    def add_closed(self, hops: Sequence[tuple[Hop, Closing]]) -> None:
        """History of hops that this store has forgotten."""
        self.before("add_closed")
        for hop, closing in hops:
            row = OutboxRow(
                hop.delivery_id, hop.peer, hop.receiver, hop.message_class, 0, hop.message_digest,
                hop.body_bytes, hop.proof_at, RowState.SENT, closing.closed_at, 1, "", "",
                self.now, hop.alone,
            )  # fmt: skip
            key = (hop.delivery_id, hop.peer, hop.message_class, 0)
            self.put(HISTORY, key, (row, closing))

    def put_ask(self, ask: Ask) -> None:
        """Note a question."""
        self.before("put_ask")
        self.put(ASKS, ask.peer, (ask, False))

    def asks(self) -> list[Ask]:
        """Questions without answer."""
        self.before("asks")
        waiting = [ask for ask, answered in self.rows(ASKS).values() if not answered]
        return sorted(waiting, key=lambda ask: ask.peer)

    def drop_ask(self, ask: Ask) -> None:
        """It is answered."""
        self.before("drop_ask")
        if self.rows(ASKS).get(ask.peer) == (ask, False):
            self.put(ASKS, ask.peer, (ask, True))

    def askers(self) -> set[NodeId]:
        """Neighbours that have asked."""
        self.before("askers")
        return set(self.rows(ASKS))

    def sent_to(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:
        """Hops recorded since, then open ones."""
        self.before("sent_to")
        found = [
            (Cursor(done.closed_at, row.delivery_id), Listed(row.delivery_id, row.message_digest))
            for row, done in self.rows(HISTORY).values()
            if row.peer == peer and done.code == "recorded" and done.closed_at >= since
        ]  # fmt: skip
        found += [
            (Cursor(NOT_YET, row.delivery_id), Listed(row.delivery_id, row.message_digest))
            for row in (held.row for held in self.rows(OPEN).values())
            if row.peer == peer
        ]
        return _page([p for p in found if not handed_back(p[1].delivery_id)], after, limit)

    def had_from(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:
        """Deliveries on record since."""
        self.before("had_from")
        found = [
            (Cursor(row.recorded_at, row.delivery_id), Listed(row.delivery_id, row.message_digest))
            for row in self.rows(DELIVERIES).values()
            if row.sender == peer and row.recorded_at >= since
        ]
        return _page(found, after, limit)

    def again_hops(self, peer: NodeId, digests: Mapping[str, bytes]) -> int:
        """Hops of these deliveries become DUE, closed ones too."""
        self.before("again_hops")
        mine = {(name, peer) for name in digests}
        resting = [
            key
            for key in sorted(mine)
            if (held := self.rows(OPEN).get(key)) is not None
            and held.row.message_digest == digests[key[0]]
            and held.row.state in {RowState.SENT, RowState.PARKED}
        ]
        for key in resting:
            self.due_again(key)
        closed = [
            (of, row)
            for of, (row, _) in self.rows(HISTORY).items()
            if of[:2] in mine
            and of[:2] not in self.rows(OPEN)
            and row.message_digest == digests[of[0]]
        ]
        reopened = {}
        for of, row in closed:
            self.drop(HISTORY, of)
            reopened[of[:2]] = row
        for row in reopened.values():
            self.reopen(row)
        return len(resting) + len(reopened)

    def open_among(self, peer: NodeId, delivery_ids: Collection[str]) -> set[str]:
        """Which of these hops are open."""
        self.before("open_among")
        return {name for name in delivery_ids if (name, peer) in self.rows(OPEN)}

    def lives(self, peers: Collection[NodeId]) -> Mapping[NodeId, str]:
        """Incarnations that newest beats named."""
        self.before("lives")
        rows = self.rows(PEERS)
        return {p: rows[p].incarnation for p in peers if p in rows and rows[p].incarnation}


def _page(
    found: list[tuple[Cursor, Listed]], after: Cursor, limit: int
) -> list[tuple[Cursor, Listed]]:
    return sorted(
        (pair for pair in found if pair[0] > after), key=lambda pair: pair[0]
    )[:limit]  # fmt: skip
