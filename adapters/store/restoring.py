"""What backing up and restoring ask of a node's store.

Its last checkpoint, a whole audit of its journal, and a new life for a restored copy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, select

from adapters.store.journal import read_checkpoint
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.tables import CHECKPOINT, JOURNAL, LANE_HEAD
from adapters.store.translation import border
from hub import journal
from hub.clock import Instant
from hub.errors import Damaged
from hub.exchange.resync import forgotten_since
from hub.journal import GENESIS, Entry

_ROWS: Final = 1000


class StoreKeeper:
    """The store at an address, and copies of it at other addresses."""

    def __init__(self, url: str) -> None:
        self._url = url

    def checkpoint(self) -> tuple[str, int, bytes]:
        """Incarnation, number and hash of the live store's last checkpoint; number 0 before any.

        Raises:
            StoreDown: `store_away`, `store_contended`.
        """
        store = open_store(self._url)
        try:
            with store.read() as transaction:
                last = transaction.last_checkpoint()
                life = transaction.fence.incarnation
        finally:
            store.close()
        return (life, last.number, last.hash) if last else (life, 0, GENESIS)

    def require(self, where: str, number: int, hash_: bytes) -> None:
        """Walk all lanes and checkpoints of a copy and find this checkpoint among them.

        Raises:
            Damaged: `journal_gap`, `journal_broken`, `journal_head` or `checkpoint_missing`.
        """
        store = open_store(where)
        try:
            with _one_moment(store) as connection:
                _walk_lanes(connection)
                _walk_checkpoints(connection, number, hash_)
        finally:
            store.close()

    def new_incarnation(self, where: str) -> str:
        """Begin another life of a copy: every peer has to be compared with first."""
        store = open_store(where)
        try:
            with store.begin() as transaction:
                transaction.begin_recovery(forgotten_since(transaction))
                transaction.commit()
            return store.new_incarnation()
        finally:
            store.close()


def payloads(store: SqlStore) -> Iterator[tuple[str, bytes]]:
    """Every entry of the journal: its lane and what was recorded."""
    wanted = (
        select(JOURNAL.c.lane, JOURNAL.c.payload)
        .order_by(JOURNAL.c.lane, JOURNAL.c.n)
        .execution_options(yield_per=_ROWS)
    )
    with _one_moment(store) as connection:
        for row in connection.execute(wanted.execution_options(yield_per=_ROWS)):
            yield row[0], row[1]


@contextmanager
def _one_moment(store: SqlStore) -> Iterator[Connection]:
    """A connection inside a transaction: rows can come in portions, and of one moment."""
    with border(), store.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


def _walk_lanes(connection: Connection) -> None:
    heads = {
        row.lane: (row.n, row.hash)
        for row in connection.execute(select(LANE_HEAD.c.lane, LANE_HEAD.c.n, LANE_HEAD.c.hash))
    }
    rows = connection.execute(
        select(JOURNAL).order_by(JOURNAL.c.lane, JOURNAL.c.n).execution_options(yield_per=_ROWS)
    )
    entries = (Entry(row.lane, row.n, Instant(row.at), row.payload, row.hash) for row in rows)
    for lane, of_lane in groupby(entries, key=lambda entry: entry.lane):
        if lane not in heads:
            raise Damaged("journal_head", lane=lane)
        journal.check(lane, of_lane, heads.pop(lane))
    for lane, head in heads.items():
        journal.check(lane, (), head)


def _walk_checkpoints(connection: Connection, number: int, hash_: bytes) -> None:
    previous = None
    found = number == 0
    for row in connection.execute(select(CHECKPOINT).order_by(CHECKPOINT.c.number)):
        try:
            one = read_checkpoint(row)
        except ValueError as unreadable:
            raise Damaged("checkpoint_missing", n=row.number) from unreadable
        covered = [head for head in one.heads if head[0]]
        if one.hash != journal.next_checkpoint(previous, covered, one.at).hash:
            raise Damaged("checkpoint_missing", n=one.number)
        previous = one
        found = found or (one.number, one.hash) == (number, hash_)
    if not found:
        raise Damaged("checkpoint_missing", n=number)
