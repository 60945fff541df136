"""The file of an embedded channel: how it is created, opened, and known to be still the same.

A file is created by command only, complete or not at all; opening never creates (`mode=rw`). Its
`incarnation` is a token in a meta row and the file's inode: a copy put in its place is another
life, for nobody knows what went through the file since. A process that has it open compares device
and inode of the file and of its write-ahead log with what it opened: SQLite itself goes on happily
in a file that nobody else can see any more, and every confirm from there would be a lie.

sqlite3 is used directly: a look at an empty queue costs about 10 µs, and the expression layer of
SQLAlchemy alone costs several times that; there is no second database to be portable to.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from hub.errors import ChannelDown, Misconfigured
from hub.exchange.model import MessageClass
from hub.parties import NodeId

APPLICATION_ID: Final = 0x45565831
"""`EVX1`: what stands in the header of every channel file."""

# Octets stand in a table of their own, so that claiming a message does not write them again.
_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE queue (
    id INTEGER PRIMARY KEY, node TEXT NOT NULL, class TEXT NOT NULL, UNIQUE (node, class)
);
CREATE TABLE body (id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
CREATE TABLE message (
    queue INTEGER NOT NULL, id INTEGER NOT NULL, sender TEXT NOT NULL,
    claim INTEGER NOT NULL DEFAULT 0, until INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (queue, id)
) WITHOUT ROWID;
CREATE TRIGGER message_gone AFTER DELETE ON message BEGIN
    DELETE FROM body WHERE id = OLD.id;
END;
"""

Identity = tuple[int, int, int, int]


def create(path: Path, nodes: Iterable[NodeId]) -> None:
    """Create a channel with queues of every class for these nodes.

    Raises:
        Misconfigured: `channel_exists`.
    """
    incarnation = secrets.token_hex(8)
    fresh = path.with_name(f".{path.name}.{incarnation}")
    connection = sqlite3.connect(fresh, isolation_level=None)
    try:
        connection.execute("PRAGMA page_size=8192")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.executescript(_SCHEMA)
        connection.execute("INSERT INTO meta VALUES ('incarnation', ?)", (incarnation,))
        _add(connection, nodes)
    finally:
        connection.close()
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise Misconfigured("channel_exists", channel=path.name) from None
    finally:
        fresh.unlink()
    _sync_folder(path.parent)


def add_nodes(path: Path, nodes: Iterable[NodeId]) -> None:
    """Give further nodes their queues; harmless for those that have them.

    Raises:
        ChannelDown: `channel_away` (no file), or what `down` makes of it.
    """
    opened = OpenFile(path, busy_seconds=5.0)
    try:
        _add(opened.connection, nodes)
    finally:
        opened.close()


def held(path: Path) -> int:
    """How many messages a channel holds now: for looking at it from outside.

    Raises:
        ChannelDown: `channel_away` (no file), or what `down` makes of it.
    """
    opened = OpenFile(path, busy_seconds=5.0)
    try:
        found: int = opened.connection.execute("SELECT count(*) FROM message").fetchone()[0]
    finally:
        opened.close()
    return found


def down(error: sqlite3.Error | OSError, name: str) -> ChannelDown:
    """What an error of SQLite or of the folder means to whoever uses the channel."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    codes = {
        sqlite3.SQLITE_BUSY: "channel_busy",
        sqlite3.SQLITE_LOCKED: "channel_busy",
        sqlite3.SQLITE_FULL: "channel_full",
        sqlite3.SQLITE_NOTADB: "channel_foreign",
        sqlite3.SQLITE_CORRUPT: "channel_foreign",
    }
    return ChannelDown(codes.get(primary, "channel_unusable"), channel=name)


class OpenFile:
    """One opening of a channel file; over as soon as the file at the path is another one."""

    def __init__(self, path: Path, busy_seconds: float, bytes_max: int = 0) -> None:
        """Open an existing file.

        Raises:
            ChannelDown: `channel_away` (no file), or what `down` makes of it.
        """
        self._path = os.fspath(path)
        self._log = self._path + "-wal"
        try:
            before = self._stat(self._path)
        except OSError as error:
            raise down(error, path.name) from error
        if before is None:
            raise ChannelDown("channel_away", channel=path.name)
        try:
            self.connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                timeout=busy_seconds,
                check_same_thread=False,
                cached_statements=64,
            )
        except sqlite3.Error as error:
            raise down(error, path.name) from error
        try:
            self._prepare(path.name, bytes_max, before)
        except (sqlite3.Error, OSError) as error:
            self.connection.close()
            raise down(error, path.name) from error
        except ChannelDown:
            self.connection.close()
            raise

    def _prepare(self, name: str, bytes_max: int, before: tuple[int, int]) -> None:
        execute = self.connection.execute
        if execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise ChannelDown("channel_foreign", channel=name)
        execute("PRAGMA synchronous=FULL")
        execute("PRAGMA wal_autocheckpoint=4000")
        execute("PRAGMA cache_size=-16000")
        if bytes_max:
            execute(f"PRAGMA max_page_count={max(64, bytes_max // 8192)}")
        (token,) = execute("SELECT value FROM meta WHERE key = 'incarnation'").fetchone()
        self.incarnation = f"{token}-{before[1]:x}"
        self.read_queues()
        identity = self._now()
        if identity is None or identity[:2] != before:
            raise ChannelDown("channel_away", channel=name)
        self._identity = identity

    def read_queues(self) -> None:
        """Learn the queues by (node, class); nodes are added while others have the file open."""
        self.queues: dict[tuple[str, str], int] = {
            (node, name): number
            for number, node, name in self.connection.execute("SELECT id, node, class FROM queue")
        }

    def lost(self) -> str:
        """Empty while path and log name what was opened, else a code; about 3 µs."""
        try:
            return "" if self._now() == self._identity else "channel_taken_away"
        except OSError:
            return "channel_unusable"

    def begin_relaxed(self) -> None:
        """Begin a transaction whose commit need not reach the disk."""
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute("BEGIN IMMEDIATE")

    def commit_relaxed(self) -> None:
        """Commit it; the next commit reaches the disk again."""
        self.connection.execute("COMMIT")
        self.connection.execute("PRAGMA synchronous=FULL")

    def roll_back(self) -> None:
        """After an error: no transaction is open, and the next commit reaches the disk."""
        with suppress(sqlite3.Error):  # a broken file is said by the error that led here
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self.connection.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        """Let go. SQLite leaves a file that has been replaced alone."""
        self.connection.close()

    def _now(self) -> Identity | None:
        main, log = self._stat(self._path), self._stat(self._log)
        return None if main is None or log is None else main + log

    @staticmethod
    def _stat(path: str) -> tuple[int, int] | None:
        """None: it is not there; a folder that may not be entered says nothing of it (OSError)."""
        try:
            found = os.stat(path)  # noqa: PTH116 -- the hot path; Path.stat costs twice as much
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino


def _add(connection: sqlite3.Connection, nodes: Iterable[NodeId]) -> None:
    rows = [(node, message_class.value) for node in nodes for message_class in MessageClass]
    connection.executemany("INSERT OR IGNORE INTO queue (node, class) VALUES (?, ?)", rows)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
