"""Checking a whole store: octets against digests, lanes against heads, checkpoints against both.

Streams in chunks, each a read view of its own: rows that are checked are never changed after they
were written, so nothing need stand still. Damaged messages are listed for quarantine; a damaged
lane, head or checkpoint means that the node must stop (protocol 7).
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Executable, bindparam, func, select

from adapters.store.journal import read_checkpoint
from adapters.store.session import Forms, Row
from adapters.store.store import SqlStore
from adapters.store.tables import CHECKPOINT, JOURNAL, LANE_HEAD, MESSAGE
from hub import journal
from hub.errors import Damaged, RuleBroken
from hub.journal import Anchor, Checkpoint, Entry

CHUNK: Final = 500


@dataclass(slots=True)
class Verified:
    """How much was checked, and what contradicts its digest or chain."""

    messages: int = 0
    lanes: int = 0
    entries: int = 0
    checkpoints: int = 0
    anchors: int = 0
    """Compared; of neighbours."""
    damaged: list[Damaged] = field(default_factory=list)


def _messages(_forms: Forms) -> Executable:
    after = MESSAGE.c.digest > bindparam("after")
    return select(MESSAGE).where(after).order_by(MESSAGE.c.digest).limit(CHUNK)


def _entries(_forms: Forms) -> Executable:
    of = (JOURNAL.c.lane == bindparam("lane"), JOURNAL.c.n > bindparam("after"))
    return select(JOURNAL).where(*of).order_by(JOURNAL.c.n).limit(CHUNK)


def _heads(_forms: Forms) -> Executable:
    head = LANE_HEAD.c
    last = select(func.max(JOURNAL.c.n)).where(JOURNAL.c.lane == head.lane).scalar_subquery()
    heads = select(head.lane, head.n, head.hash, last).where(head.lane > bindparam("after"))
    return heads.order_by(head.lane).limit(CHUNK)


def _next_lane(_forms: Forms) -> Executable:
    lanes = select(JOURNAL.c.lane).where(JOURNAL.c.lane > bindparam("after"))
    return lanes.order_by(JOURNAL.c.lane).limit(1)


def _checkpoints(_forms: Forms) -> Executable:
    after = CHECKPOINT.c.number > bindparam("after")
    return select(CHECKPOINT).where(after).order_by(CHECKPOINT.c.number).limit(CHUNK)


def _hash_of(_forms: Forms) -> Executable:
    return select(CHECKPOINT.c.hash).where(CHECKPOINT.c.number == bindparam("number"))


def _entry(_forms: Forms) -> Executable:
    return select(JOURNAL.c.hash).where(
        JOURNAL.c.lane == bindparam("lane"), JOURNAL.c.n == bindparam("n")
    )


def verify(store: SqlStore, anchors: Collection[Anchor] = ()) -> Verified:
    """Check everything; finds all damage there is, not only the first.

    `anchors`: checkpoints of this store that its neighbours hold. The rest of a journal that was
    cut, or written anew from its beginning, agrees with itself.

    Raises:
        RuleBroken: `anchor_other_life`.
        StoreDown: `store_away`.
        StoreDamaged: `store_damaged`: the database itself cannot read its files.
    """
    with store.read() as tx:
        if any(one.life != tx.fence.incarnation for one in anchors):
            raise RuleBroken("anchor_other_life")
    found = Verified()
    _verify_messages(store, found)
    _verify_lanes(store, found)
    _verify_checkpoints(store, found)
    _verify_anchors(store, anchors, found)
    return found


def _verify_messages(store: SqlStore, found: Verified) -> None:
    after = b""
    while True:
        with store.read() as tx:
            rows = tx.session.rows(_messages, after=after)
        for digest, octets in rows:
            found.messages += 1
            if hashlib.sha256(octets).digest() != digest:
                found.damaged.append(Damaged("message_damaged", digest=digest.hex()))
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]


def _verify_lanes(store: SqlStore, found: Verified) -> None:
    lanes = set()
    for lane, n, head, last in _all_heads(store):
        lanes.add(lane)
        found.lanes += 1
        if last != n:
            found.damaged.append(Damaged("journal_head", lane=lane, n=last))
            continue
        try:
            found.entries += journal.check(lane, _lane(store, lane, n), (n, head))
        except Damaged as damage:
            found.damaged.append(damage)
    after = ""
    while True:
        with store.read() as tx:
            following = tx.session.rows(_next_lane, after=after)
        if not following:
            return
        after = following[0][0]
        if after not in lanes and not _head_now(store, after):
            found.damaged.append(Damaged("journal_head", lane=after, n=0))


def _all_heads(store: SqlStore) -> Iterator[Row]:
    after = ""
    while True:
        with store.read() as tx:
            rows = tx.session.rows(_heads, after=after)
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]


def _head_now(store: SqlStore, lane: str) -> bool:
    """Whether a lane that was not there at first has a head by now: it was opened meanwhile."""
    with store.read() as tx:
        rows = tx.session.rows(_heads, after=lane[:-1])
    return any(row[0] == lane for row in rows)


def _lane(store: SqlStore, lane: str, last: int) -> Iterator[Entry]:
    """A lane's entries up to where its head stood when we began."""
    after = 0
    while after < last:
        with store.read() as tx:
            rows = tx.session.rows(_entries, lane=lane, after=after)
        for row in rows:
            after = row[1]
            if after <= last:
                yield Entry(*row)
        if not rows:
            return


def _verify_checkpoints(store: SqlStore, found: Verified) -> None:
    previous: Checkpoint | None = None
    while True:
        with store.read() as tx:
            rows = tx.session.rows(_checkpoints, after=previous.number if previous else 0)
            for row in rows:
                made = read_checkpoint(row)
                found.checkpoints += 1
                expected = journal.next_checkpoint(previous, made.heads[1:], made.at)
                entries = all(
                    [(head,)] == list(tx.session.rows(_entry, lane=lane, n=n))
                    for lane, n, head in made.heads[1:]
                )
                if made != expected or not entries:
                    found.damaged.append(Damaged("checkpoint_broken", n=made.number))
                previous = made
        if len(rows) < CHUNK:
            return


def _verify_anchors(store: SqlStore, anchors: Collection[Anchor], found: Verified) -> None:
    for anchor in anchors:
        found.anchors += 1
        with store.read() as tx:
            kept = tx.session.rows(_hash_of, number=anchor.number)
        if [(anchor.hash,)] != list(kept):
            found.damaged.append(Damaged("anchor_differs", n=anchor.number))
