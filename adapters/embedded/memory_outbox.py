"""The outbox in memory: open rows by state, history, and the dense sequences.

`due_at` is when somebody may next act on a row: publish it (DUE), take it from a worker that has
not come back (CLAIMED), publish it again (SENT).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from adapters.embedded.memory_notices import NOTICES, STATEMENTS
from adapters.embedded.memory_tables import Table, Work
from hub.clock import Instant
from hub.errors import StoreDown
from hub.exchange import sequence
from hub.exchange.model import Backlog, Closing, Hop, Mark, MessageClass, OutboxRow, RowState
from hub.exchange.party_orders import NOBODY, Shut
from hub.parties import NodeId

Key = tuple[str, NodeId]


@dataclass(frozen=True, slots=True)
class OpenHop:
    """An open row and the worker that claims it."""

    row: OutboxRow
    worker: str = ""


OPEN: Final = Table[Key, OpenHop]("outbox")
HISTORY: Final = Table[tuple[str, NodeId, MessageClass, int], tuple[OutboxRow, Closing]](
    "outbox_history"
)
COUNTERS: Final = Table[tuple[str, NodeId, MessageClass], Mark]("counter")
ENDED: Final = Table[tuple[str, NodeId, MessageClass], int]("counter_ended")
PARKED: Final = Table[Key, None]("outbox_parked")
ADDRESSED: Final = Table[NodeId, None]("outbox_peer")
RANKS: Final = {name: rank for rank, name in enumerate(MessageClass)}
ANSWERED_ROWS: Final = 500


def _ready(peer: NodeId) -> Table[Key, None]:
    """Keys of a peer's rows that wait for a worker, DUE or CLAIMED."""
    return Table(f"outbox_ready/{peer}")


def _sent(peer: NodeId) -> Table[Key, None]:
    """Keys of a peer's rows that wait for a notice."""
    return Table(f"outbox_sent/{peer}")


def _shut_off(row: OutboxRow, shut: Shut) -> bool:
    """Whether it does not go out now."""
    original = "/original/" in row.delivery_id
    return row.receiver in shut.receivers or (original and row.receiver in shut.originals)


class Outbox(Work):
    """Hops to neighbours, until their notices close them."""

    incarnation: str
    """Of the store; sequences are scoped by it."""

    def add_hops(self, hops: Sequence[Hop]) -> list[OutboxRow]:
        """Write rows, due now."""
        self.before("add_hops")
        rows = []
        for hop in hops:
            key = (hop.delivery_id, hop.peer)
            if key in self.rows(OPEN):
                raise StoreDown("store_contended")
            row = OutboxRow(
                delivery_id=hop.delivery_id,
                peer=hop.peer,
                receiver=hop.receiver,
                message_class=hop.message_class,
                n=self._draw(hop),
                message_digest=hop.message_digest,
                body_bytes=hop.body_bytes,
                proof_at=hop.proof_at,
                state=RowState.DUE,
                due_at=self.now,
                attempt=0,
                channel="",
                channel_incarnation="",
                created_at=self.now,
                alone=hop.alone,
            )
            self.put(OPEN, key, OpenHop(row))
            self.put(_ready(hop.peer), key, None)
            if hop.peer not in self.rows(ADDRESSED):
                self.put(ADDRESSED, hop.peer, None)
            rows.append(row)
        return rows

    def _draw(self, hop: Hop) -> int:
        """The next number towards a peer, chained into its mark."""
        key = (self.incarnation, hop.peer, hop.message_class)
        mark = self.rows(COUNTERS).get(key) or Mark(hop.message_class, 0, sequence.START)
        n = mark.n + 1
        digest = sequence.chain(mark.digest, n, hop.delivery_id)
        self.put(COUNTERS, key, replace(mark, n=n, digest=digest))
        return n

    def claim_hops(
        self, worker: str, until: Instant, limit: int, peers: Collection[NodeId],
        shut: Shut = NOBODY,
    ) -> list[OutboxRow]:  # fmt: skip
        """Claim due rows of these peers, urgent first, then by due time and number."""
        self.before("claim_hops")
        held = self.rows(OPEN)
        due = [
            (RANKS[row.message_class], row.due_at, row.n, row.peer, key)
            for peer in peers
            for key in self.rows(_ready(peer))
            if (row := held[key].row).due_at <= self.now and not _shut_off(row, shut)
        ]
        due.sort()
        claimed = []
        for *_, key in due[:limit]:
            old = held[key].row
            row = replace(old, state=RowState.CLAIMED, due_at=until, attempt=old.attempt + 1)
            self.put(OPEN, key, OpenHop(row, worker))
            claimed.append(row)
        return claimed

    def mark_sent(
        self,
        worker: str,
        delivery_ids: Collection[Key],
        channel: tuple[str, str],
        due_at: Instant,
    ) -> None:
        """Rows still claimed by this worker become SENT."""
        self.before("mark_sent")
        name, incarnation = channel
        for key, row in self._claimed(worker, delivery_ids):
            sent = replace(
                row, state=RowState.SENT, due_at=due_at, channel=name,
                channel_incarnation=incarnation,
            )  # fmt: skip
            self.put(OPEN, key, OpenHop(sent))
            self.drop(_ready(row.peer), key)
            self.put(_sent(row.peer), key, None)

    def release_hops(
        self, worker: str, ids: Collection[Key], due_at: Instant, *, went: bool
    ) -> None:
        """Rows still claimed by this worker become DUE again; `went`: the attempt counts."""
        self.before("release_hops")
        for key, row in self._claimed(worker, ids):
            attempt = row.attempt - (not went)
            due = replace(row, state=RowState.DUE, due_at=due_at, attempt=attempt)
            self.put(OPEN, key, OpenHop(due))

    def park_hops(self, worker: str, delivery_ids: Collection[Key]) -> None:
        """Rows still claimed by this worker become PARKED."""
        self.before("park_hops")
        for key, row in self._claimed(worker, delivery_ids):
            self.put(OPEN, key, OpenHop(replace(row, state=RowState.PARKED)))
            self.drop(_ready(row.peer), key)
            self.put(PARKED, key, None)

    def _claimed(self, worker: str, keys: Collection[Key]) -> list[tuple[Key, OutboxRow]]:
        """Those of the rows that this worker holds."""
        held = self.rows(OPEN)
        return [
            (key, found.row)
            for key in keys
            if (found := held.get(key)) is not None
            and found.row.state is RowState.CLAIMED
            and found.worker == worker
        ]

    def reclaim_hops(self, worker: str) -> int:
        """CLAIMED rows of every other worker become DUE."""
        self.before("reclaim_hops")
        left = [
            (key, found.row)
            for key, found in self.rows(OPEN).items()
            if found.row.state is RowState.CLAIMED and found.worker != worker
        ]
        for key, row in left:
            self.put(OPEN, key, OpenHop(replace(row, state=RowState.DUE, due_at=self.now)))
        return len(left)

    def recall(self, peers: Collection[NodeId], after: Instant, limit: int) -> int:
        """Rows and notices that wait for a moment after this do so no longer."""
        self.before("recall")
        held = self.rows(OPEN)
        ready, sent = (
            sorted(k for peer in peers for k in self.rows(of(peer)) if held[k].row.due_at > after)
            for of in (_ready, _sent)
        )
        for key in ready[:limit]:
            self.due_again(key)
        for key in sent[:limit]:
            self.put(OPEN, key, OpenHop(replace(held[key].row, due_at=self.now)))
        for number, queued in list(self.rows(NOTICES).items()):
            if queued.until > after:
                self.put(NOTICES, number, replace(queued, until=0))
        return len(ready[:limit])

    def close_hops(self, named: Mapping[Closing, Collection[bytes]]) -> list[Closing]:
        """Move rows to history whose message digest is among those named with a closing."""
        self.before("close_hops")
        closed = []
        for closing, digests in named.items():
            key = (closing.delivery_id, closing.peer)
            found = self.rows(OPEN).get(key)
            if found is None or found.row.message_digest not in digests:
                continue
            row = found.row
            self.drop(OPEN, key)
            for waiting in (_sent(row.peer), _ready(row.peer), PARKED):
                if key in self.rows(waiting):
                    self.drop(waiting, key)
            self.put(HISTORY, (*key, row.message_class, row.n), (row, closing))
            self._end(row, closing)
            closed.append(closing)
        return closed

    def _end(self, row: OutboxRow, closing: Closing) -> None:
        """Count a number that was not recorded at the other end."""
        key = (self.incarnation, row.peer, row.message_class)
        if closing.code != "recorded":
            self.put(ENDED, key, self.rows(ENDED).get(key, 0) + 1)

    def expire_sent(self, peer: NodeId, before: Instant, limit: int, shut: Shut = NOBODY) -> int:
        """SENT rows of a present peer that waited too long become DUE."""
        self.before("expire_sent")
        held = self.rows(OPEN)
        sent = [held[key].row for key in self.rows(_sent(peer))]
        going = [held[key].row for key in self.rows(_ready(peer))]
        room: dict[tuple[MessageClass, bool], int] = defaultdict(lambda: limit)
        for row in sent:
            if row.attempt > 1 and row.due_at >= before:
                room[row.message_class, row.attempt > 2] -= 1
        for row in going:
            if row.channel and not _shut_off(row, shut):
                nth = row.attempt + (row.state is RowState.DUE)
                room[row.message_class, nth > 2] -= 1
        again = 0
        for row in sorted(sent, key=lambda row: (row.due_at, row.n)):
            share = (row.message_class, row.attempt > 1)
            if row.due_at < before and not _shut_off(row, shut) and room[share] > 0:
                room[share] -= 1
                self.due_again((row.delivery_id, row.peer))
                again += 1
        return again

    def answered(self) -> dict[NodeId, Instant]:
        """Per peer when the newest row was made that was closed lately."""
        found: dict[NodeId, Instant] = {}
        for (peer, _), at in self.answered_by().items():
            found[peer] = max(found.get(peer, at), at)
        return found

    def answered_by(self) -> dict[tuple[NodeId, str], Instant]:
        """The same per peer and channel."""
        self.before("answered_by")
        found: dict[tuple[NodeId, str], Instant] = {}
        for row, _ in islice(reversed(self.rows(HISTORY).values()), ANSWERED_ROWS):
            path = (row.peer, row.channel if row.attempt == 1 else "")
            found[path] = max(found.get(path, row.created_at), row.created_at)
        return found

    def lagging(self, peers: Collection[NodeId], since: Instant, before: Instant) -> set[NodeId]:
        """To which of these a SENT first attempt waits with a deadline in that time."""
        self.before("lagging")
        rows = [self.rows(OPEN)[key].row for peer in peers for key in self.rows(_sent(peer))]
        return {r.peer for r in rows if r.attempt == 1 and since <= r.due_at < before}

    def waits(self, path: tuple[NodeId, str], since: Instant, before: Instant, count: int) -> bool:
        """Whether so many SENT first attempts went by this path with a deadline in that time."""
        self.before("waits")
        return len(self._by_path(path, since, before)) >= count

    def expire_path(
        self, path: tuple[NodeId, str], since: Instant, before: Instant, limit: int
    ) -> int:
        """Such rows become DUE."""
        self.before("expire_path")
        late = self._by_path(path, since, before)[:limit]
        for key in late:
            self.due_again(key)
        return len(late)

    def _by_path(self, path: tuple[NodeId, str], since: Instant, before: Instant) -> list[Key]:
        peer, channel = path
        rows = [(self.rows(OPEN)[key].row, key) for key in self.rows(_sent(peer))]
        found = [
            (row.due_at, row.n, key)
            for row, key in rows
            if row.channel == channel and row.attempt == 1 and since <= row.due_at < before
        ]
        return [key for *_, key in sorted(found)]

    def reopen_channel(self, channel: str, incarnation: str) -> int:
        """SENT rows that went by another life of this channel become DUE."""
        self.before("reopen_channel")
        lost = [
            key
            for key, found in self.rows(OPEN).items()
            if found.row.state is RowState.SENT
            and found.row.channel == channel
            and (not incarnation or found.row.channel_incarnation != incarnation)
        ]
        for key in lost:
            self.due_again(key)
        return len(lost)

    def reopen_path(self, channel: str, peer: NodeId, message_class: MessageClass) -> int:
        """SENT rows of this class that went to this peer by this channel become DUE."""
        self.before("reopen_path")
        held = self.rows(OPEN)
        path = (channel, message_class)
        lost = [
            key
            for key in self.rows(_sent(peer))
            if (held[key].row.channel, held[key].row.message_class) == path
        ]
        for key in lost:
            self.due_again(key)
        return len(lost)

    def hurry_hops(self, delivery_ids: Collection[str]) -> int:
        """SENT and PARKED rows of these deliveries become DUE."""
        self.before("hurry_hops")
        wanted = set(delivery_ids)
        resting = [
            key
            for key, found in self.rows(OPEN).items()
            if key[0] in wanted and found.row.state in {RowState.SENT, RowState.PARKED}
        ]
        for key in resting:
            self.due_again(key)
        return len(resting)

    def due_again(self, key: Key) -> None:
        """What rests becomes DUE at once; channel and attempt stay: the next goes another way."""
        row = self.rows(OPEN)[key].row
        self.put(OPEN, key, OpenHop(replace(row, state=RowState.DUE, due_at=self.now)))
        for resting in (_sent(row.peer), PARKED):
            if key in self.rows(resting):
                self.drop(resting, key)
        self.put(_ready(row.peer), key, None)

    def reopen(self, row: OutboxRow) -> None:
        """A row from history is open again, and due."""
        key = (row.delivery_id, row.peer)
        self.put(OPEN, key, OpenHop(replace(row, state=RowState.DUE, due_at=self.now)))
        self.put(_ready(row.peer), key, None)
        if row.peer not in self.rows(ADDRESSED):
            self.put(ADDRESSED, row.peer, None)

    def backlog(self) -> Backlog:
        """Whether anything waits to be sent."""
        self.before("backlog")
        held = self.rows(OPEN)
        hops = any(
            held[key].row.due_at <= self.now
            for peer in self.rows(ADDRESSED)
            for key in self.rows(_ready(peer))
        )
        notices = any(queued.until <= self.now for queued in self.rows(NOTICES).values())
        return Backlog(hops, notices, bool(self.rows(STATEMENTS)))

    def open_hops(self, peer: NodeId | None = None) -> int:
        """How many rows are open."""
        self.before("open_hops")
        if peer is None:
            return len(self.rows(OPEN))
        return sum(1 for _, of in self.rows(OPEN) if of == peer)

    def marks(self, peer: NodeId) -> list[Mark]:
        """Marks of the sequences towards this peer, by class."""
        self.before("marks")
        ended = self.rows(ENDED)
        return [
            replace(mark, ended=ended.get(key, 0))
            for message_class in MessageClass
            if (mark := self.rows(COUNTERS).get(key := (self.incarnation, peer, message_class)))
        ]
