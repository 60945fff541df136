"""The outbox: open rows in a small table, closed ones in history, dense sequences.

`due_at` is when somebody may next act on a row: publish it (DUE), take it from a worker that has
not come back (CLAIMED), publish it again (SENT). Rows and counters are locked in ascending order.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Executable,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    update,
)

from adapters.store import ended
from adapters.store.outbox_tables import COUNTER, OUTBOX, OUTBOX_HISTORY, READY, SENT
from adapters.store.session import Forms, Row
from adapters.store.tables import NOTICE, STATEMENT_ENTRY
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange import sequence
from hub.exchange.model import Backlog, Closing, Hop, Mark, MessageClass, OutboxRow, RowState
from hub.exchange.party_orders import NOBODY, Shut
from hub.parties import NodeId

Key = tuple[str, NodeId]
CLASSES: Final = tuple(MessageClass)
RANKS: Final = {name: rank for rank, name in enumerate(CLASSES)}
ANY_RANK: Final = text(f"rank IN ({', '.join(map(str, RANKS.values()))})")
"""Always true; so an index serves that has the rank before what is asked for."""
EACH_RANK: Final = [text(f"rank = {rank}") for rank in RANKS.values()]
"""One by one for a union, as PostgreSQL may read all there is where two columns have lists."""


def _hop(key: Key) -> str:
    return f"{key[0]} {key[1]}"


def read_hop(row: Row) -> OutboxRow:
    """The hop in a row of the outbox, or of its history without its number."""
    values = list(row[:15])
    values[0] = row[0][: -len(row[1]) - 1]
    values[3] = CLASSES[row[3]]
    values[8] = RowState(row[8])
    return OutboxRow(*values)


def _values(row: OutboxRow) -> tuple[Any, ...]:
    return (
        _hop((row.delivery_id, row.peer)),
        row.peer,
        row.receiver,
        RANKS[row.message_class],
        row.n,
        row.message_digest,
        row.body_bytes,
        row.proof_at,
        row.state.value,
        row.due_at,
        row.attempt,
        row.channel,
        row.channel_incarnation,
        row.created_at,
        row.alone,
    )


def _counters(forms: Forms) -> Executable:
    mine = (COUNTER.c.incarnation == bindparam("life"), forms.among(COUNTER.c.peer, "peers"))
    order = (COUNTER.c.peer, COUNTER.c.rank)
    return select(COUNTER).where(*mine).order_by(*order).with_for_update()


def shut_off(forms: Forms) -> ColumnElement[bool]:
    """Rows that do not go out now; takes what `shut_names` gives."""
    original = OUTBOX.c.hop.like("%/original/%")
    shut_originals = and_(original, forms.among(OUTBOX.c.receiver, "shut_originals"))
    return or_(forms.among(OUTBOX.c.receiver, "shut"), shut_originals)


def shut_names(shut: Shut) -> dict[str, list[str]]:
    """Never empty: the statement stays the same."""
    return {"shut": [*shut.receivers, ""], "shut_originals": [*shut.originals, ""]}


def _due(forms: Forms) -> Executable:
    ready = (READY, OUTBOX.c.due_at <= bindparam("now"), forms.among(OUTBOX.c.peer, "peers"))
    return (
        select(OUTBOX)
        .where(*ready, not_(shut_off(forms)))
        .order_by(OUTBOX.c.rank, OUTBOX.c.due_at, OUTBOX.c.n)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def _claim(forms: Forms) -> Executable:
    return (
        update(OUTBOX)
        .where(forms.among(OUTBOX.c.hop, "hops"))
        .values(
            state=RowState.CLAIMED.value,
            worker=bindparam("by"),
            due_at=bindparam("until"),
            attempt=OUTBOX.c.attempt + 1,
        )
    )


def _held(forms: Forms) -> CTE:
    """Rows a worker claims; not those that another transaction is closing just now.

    Waiting for one of them would hold up both, or end in a deadlock: the marks of several channels
    take their locks channel by channel. If it is not closed after all, its claim expires.
    """
    return (
        select(OUTBOX.c.hop)
        .where(
            forms.among(OUTBOX.c.hop, "hops"),
            OUTBOX.c.state == RowState.CLAIMED.value,
            OUTBOX.c.worker == bindparam("by"),
        )
        .order_by(OUTBOX.c.hop)
        .with_for_update(skip_locked=True)
        .cte("held")
    )


def _mark_sent(forms: Forms) -> Executable:
    values = {
        "state": RowState.SENT.value,
        "worker": "",
        "due_at": bindparam("until"),
        "channel": bindparam("name"),
        "channel_incarnation": bindparam("life"),
    }
    return update(OUTBOX).where(OUTBOX.c.hop.in_(select(_held(forms).c.hop))).values(values)


def _release(forms: Forms) -> Executable:
    values = {
        "state": RowState.DUE.value,
        "worker": "",
        "due_at": bindparam("until"),
        "attempt": OUTBOX.c.attempt - bindparam("uncounted"),
    }
    return update(OUTBOX).where(OUTBOX.c.hop.in_(select(_held(forms).c.hop))).values(values)


def _park(forms: Forms) -> Executable:
    values = {"state": RowState.PARKED.value, "worker": ""}
    return update(OUTBOX).where(OUTBOX.c.hop.in_(select(_held(forms).c.hop))).values(values)


def _open(forms: Forms) -> Executable:
    wanted = select(OUTBOX).where(forms.among(OUTBOX.c.hop, "hops"))
    return wanted.order_by(OUTBOX.c.hop).with_for_update()


def _close(forms: Forms) -> Executable:
    return delete(OUTBOX).where(forms.among(OUTBOX.c.hop, "hops"))


def due_again(found: CTE) -> Executable:
    """These rows become DUE at once; channel and attempt stay: the next goes another way."""
    again = update(OUTBOX).where(OUTBOX.c.hop.in_(select(found.c.hop)))
    return again.values(state=RowState.DUE.value, due_at=bindparam("now")).returning(OUTBOX.c.hop)


def _peers(_forms: Forms) -> Executable:
    return select(OUTBOX.c.peer).distinct()


def _hurry(forms: Forms) -> Executable:
    resting = OUTBOX.c.state.in_([RowState.SENT.value, RowState.PARKED.value])
    named = (
        select(OUTBOX.c.hop)
        .where(forms.among(OUTBOX.c.hop, "hops"), resting)
        .order_by(OUTBOX.c.hop)
        .with_for_update()
        .cte("named")
    )
    return due_again(named)


def _wiped(other: ColumnElement[bool]) -> Executable:
    lost = (
        select(OUTBOX.c.hop)
        .where(SENT, OUTBOX.c.channel == bindparam("name"), other)
        .order_by(OUTBOX.c.hop)
        .with_for_update(skip_locked=True)  # it is being closed; if not, the next round has it
        .cte("lost")
    )
    return due_again(lost)


def _wiped_below(_forms: Forms) -> Executable:
    """Two ranges of the index, so that rows of the channel's present life are not walked over."""
    return _wiped(OUTBOX.c.channel_incarnation < bindparam("life"))


def _wiped_above(_forms: Forms) -> Executable:
    return _wiped(OUTBOX.c.channel_incarnation > bindparam("life"))


def _backlog(_forms: Forms) -> Executable:
    now: BindParameter[int] = bindparam("now")
    return select(
        exists().where(and_(READY, ANY_RANK, OUTBOX.c.due_at <= now)),
        exists().where(NOTICE.c.claimed_until <= now),
        exists(select(STATEMENT_ENTRY.c.id)),
    )


def _count(_forms: Forms) -> Executable:
    return select(func.count()).select_from(OUTBOX)


def _count_of(_forms: Forms) -> Executable:
    return select(func.count()).select_from(OUTBOX).where(OUTBOX.c.peer == bindparam("peer"))


class Outbox(Unit):
    """Hops to neighbours, until their notices close them."""

    def add_hops(self, hops: Sequence[Hop]) -> list[OutboxRow]:
        """Write rows, due now."""
        counters = self._counters({(hop.peer, RANKS[hop.message_class]) for hop in hops})
        rows = []
        for hop in hops:
            counter = (hop.peer, RANKS[hop.message_class])
            n, digest = counters[counter]
            counters[counter] = (n + 1, sequence.chain(digest, n + 1, hop.delivery_id))
            rows.append(
                OutboxRow(
                    delivery_id=hop.delivery_id,
                    peer=hop.peer,
                    receiver=hop.receiver,
                    message_class=hop.message_class,
                    n=n + 1,
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
            )
        self.session.add(OUTBOX, sorted((*_values(row), "") for row in rows))
        life = self.fence.incarnation
        heads = [(life, *counter, n, digest) for counter, (n, digest) in counters.items()]
        self.session.put(COUNTER, sorted(heads))
        return rows

    def _counters(
        self, wanted: Collection[tuple[NodeId, int]]
    ) -> dict[tuple[NodeId, int], tuple[int, bytes]]:
        """Lock the counters in ascending order, making those that are missing."""
        life = self.fence.incarnation
        peers = sorted({peer for peer, _ in wanted})
        for _ in range(2):
            found = self.session.rows_among(_counters, "peers", peers, life=life)
            counters = {(row[1], row[2]): (row[3], row[4]) for row in found}
            missing = sorted(set(wanted) - counters.keys())
            if not missing:
                break
            fresh = [(life, peer, rank, 0, sequence.START) for peer, rank in missing]
            self.session.add_new(COUNTER, fresh)
        return {key: counters[key] for key in wanted}

    def claim_hops(
        self, worker: str, until: Instant, limit: int, peers: Collection[NodeId],
        shut: Shut = NOBODY,
    ) -> list[OutboxRow]:  # fmt: skip
        """Claim due rows of these peers, urgent first, then by due time and number."""
        assert worker, "a claim needs a name"
        if not peers:
            return []
        due = self.session.rows(
            _due, now=self.now, peers=list(peers), limit=limit, **shut_names(shut)
        )
        self.session.run_among(_claim, "hops", [row[0] for row in due], by=worker, until=until)
        return [
            replace(row, state=RowState.CLAIMED, due_at=until, attempt=row.attempt + 1)
            for row in map(read_hop, due)
        ]

    def mark_sent(
        self, worker: str, delivery_ids: Collection[Key], channel: tuple[str, str], due_at: Instant
    ) -> None:
        """Rows still claimed by this worker become SENT."""
        hops = sorted(map(_hop, delivery_ids))
        name, life = channel
        self.session.run_among(
            _mark_sent, "hops", hops, by=worker, name=name, life=life, until=due_at
        )

    def release_hops(
        self, worker: str, ids: Collection[Key], due_at: Instant, *, went: bool
    ) -> None:
        """Rows still claimed by this worker become DUE again; `went`: the attempt counts."""
        hops, uncounted = sorted(map(_hop, ids)), int(not went)
        self.session.run_among(_release, "hops", hops, by=worker, until=due_at, uncounted=uncounted)

    def park_hops(self, worker: str, delivery_ids: Collection[Key]) -> None:
        """Rows still claimed by this worker become PARKED."""
        self.session.run_among(_park, "hops", sorted(map(_hop, delivery_ids)), by=worker)

    def close_hops(self, named: Mapping[Closing, Collection[bytes]]) -> list[Closing]:
        """Move rows to history whose message digest is among those named with a closing."""
        by_hop: dict[str, list[Closing]] = defaultdict(list)
        for closing in named:
            by_hop[_hop((closing.delivery_id, closing.peer))].append(closing)
        closed, history = [], []
        for row in self.session.rows_among(_open, "hops", sorted(by_hop)):
            fitting = [one for one in by_hop[row[0]] if row[5] in named[one]]
            for closing in fitting[:1]:
                closed.append(closing)
                history.append((*row[:15], closing.code, closing.closed_at, closing.copies))
        self.session.run_among(_close, "hops", [row[0] for row in history])
        self.session.add(OUTBOX_HISTORY, history)
        codes = [(row, row[15]) for row in history]
        ended.count(self.session, self.fence.incarnation, codes)
        return closed

    def reopen_channel(self, channel: str, incarnation: str) -> int:
        """SENT rows that went by another life of this channel become DUE."""
        sides = (_wiped_below, _wiped_above)
        values = {"name": channel, "life": incarnation, "now": self.now}
        return sum(len(self.session.rows(side, **values)) for side in sides)

    def hurry_hops(self, delivery_ids: Collection[str]) -> int:
        """SENT and PARKED rows of these deliveries become DUE."""
        peers = [row[0] for row in self.session.rows(_peers)]
        hops = sorted(f"{name} {peer}" for name in delivery_ids for peer in peers)
        return len(list(self.session.rows_among(_hurry, "hops", hops, now=self.now)))

    def backlog(self) -> Backlog:
        """Whether anything waits to be sent."""
        (row,) = self.session.rows(_backlog, now=self.now)
        return Backlog(*map(bool, row))

    def open_hops(self, peer: NodeId | None = None) -> int:
        """How many rows are open."""
        found = self.session.rows(_count_of, peer=peer) if peer else self.session.rows(_count)
        return int(found[0][0])

    def marks(self, peer: NodeId) -> list[Mark]:
        """Marks of the sequences towards this peer, by class."""
        return ended.marks(self.session, self.fence.incarnation, peer)
