"""Wiring of backups and drills: which adapter stands behind which port."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.files.target import FolderTarget
from adapters.store import restoring, sqlite_follow, sqlite_wal
from adapters.store.making import create
from adapters.store.opening import open_store
from adapters.store.restoring import StoreKeeper
from adapters.store.sqlite_follow import Follower
from adapters.store.store import SqlStore
from hub.clock import Clock
from hub.errors import Misconfigured
from ops.backup.barman import Barman
from ops.backup.manifest import Role
from ops.backup.ports import Database, Target
from ops.backup.postgresql import BarmanDatabase
from ops.backup.service import Backups, Files
from ops.backup.sqlite import SqliteDatabase, SqliteTools
from ops.backup.stream import Shipper

Recording = SqlStore
_SQLITE: Final = "sqlite:///"
_TOOLS: Final = SqliteTools(
    sqlite_follow.snapshot,
    sqlite_follow.committed,
    sqlite_follow.check_pages,
    sqlite_wal.write_pages,
)


def target(folder: Path) -> Target:
    """The backup target in a folder."""
    return FolderTarget(folder)


def sqlite_database(url: str, to: Target, clock: Clock) -> Database:
    """Copies of the SQLite store at an address."""
    return SqliteDatabase(sqlite_file(url), to, _TOOLS, clock)


def barman_database(barman: Barman, database: str, clock: Clock) -> Database:
    """Copies of a PostgreSQL store through its Barman."""
    return BarmanDatabase(barman, database, clock)


def backups(
    node: str,
    url: str,
    to: Target,
    database: Database,
    files: Files,
    required: frozenset[Role],
    clock: Clock,
) -> Backups:
    """The backup sets of a node's store."""
    return Backups(node, to, database, StoreKeeper(url), files, required, clock)


@contextmanager
def shipping(url: str, to: Target, clock: Clock) -> Iterator[tuple[Shipper, bool]]:
    """The shipper of a SQLite store, begun, and whether a new copy is due at once.

    Call its `tick` about once a second for as long as the store is written to.
    """
    with Follower(sqlite_file(url)) as follower:
        shipper = Shipper(follower, to, clock)
        yield shipper, shipper.begin()


def sqlite_file(url: str) -> Path:
    """The file of a SQLite address.

    Raises:
        Misconfigured: `store_unsupported`.
    """
    if not url.startswith(_SQLITE):
        raise Misconfigured("store_unsupported")
    return Path(url.removeprefix(_SQLITE))


def new_store(url: str) -> SqlStore:
    """A new, empty store."""
    return create(url)


def old_store(url: str) -> SqlStore:
    """The store at an address."""
    return open_store(url)


def journal_of(url: str) -> list[tuple[str, bytes]]:
    """Every journal entry of a store: lane and payload."""
    store = open_store(url)
    try:
        return list(restoring.payloads(store))
    finally:
        store.close()
