"""Follow what is committed into a SQLite store, without a gap, from beside its writers.

How it stays without a gap: a read transaction (a *pin*) is always open while we follow, each new
one begun before the last one ends. SQLite never overwrites its write-ahead file while a reader
needs it; it can begin the file anew only when all of it is in the database and no pin needs it,
and then all of it was read by us, because a pin is taken before we read. Who cannot show this
(a new process that finds other salts) must say so and begin with a new copy.

The file would grow for ever under a load that never pauses, so past `turn_frames` we hold writers
off for a moment, read the rest, let SQLite take all over into the database, and go on.
"""

import contextlib
import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from adapters.store import sqlite_wal
from adapters.store.sqlite_wal import Change, Place
from adapters.store.translation import border
from hub.errors import Damaged, StoreDamaged, StoreDown

BUSY_SECONDS: Final = 1.0
HOLD_SECONDS: Final = 0.5
READ_BYTES: Final = 32 << 20


class Follower:
    """Reads the committed changes of one database file; one owner, one thread.

    Every method raises StoreDown `store_contended` when SQLite cannot answer now; ask again later.
    """

    def __init__(self, database: Path, turn_frames: int = 4096) -> None:
        self.database = database
        self._wal = database.with_name(database.name + "-wal")
        self._turn_frames = turn_frames
        self._pin: sqlite3.Connection | None = None
        self._place = Place(b"", 0)

    def __enter__(self) -> Self:
        """Begin at what is committed now."""
        with border():
            self._control = _connect(self.database)
            self._pin = self._pinned()
            self._place = self._now()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Let go; writers no longer wait for us."""
        if self._pin is not None:
            self._pin.close()
        self._control.close()

    @property
    def place(self) -> Place:
        """Up to where the changes have been read."""
        return self._place

    def resume(self, salts: bytes, frame: int, mark: bytes) -> bool:
        """Go back to where an earlier process stopped; False when what lies between is gone."""
        place = Place(salts, frame, mark)
        if not place.salts or place.salts != self._place.salts or place.frame > self._place.frame:
            return False  # without salts nothing shows that it is the same file
        if sqlite_wal.mark(self._wal, place.frame) != place.mark:
            return False
        self._place = place
        return True

    def read(self, limit_bytes: int = READ_BYTES) -> Change | None:
        """The next committed changes, or nothing; what is returned will not be returned again.

        Raises:
            Damaged: `stream_broken` when the write-ahead file is not the one we followed.
        """
        with border():
            pin = self._pinned()
            try:
                change = self._take(limit_bytes)
            except BaseException:
                pin.close()
                raise
            self._release(pin)
            return change

    def turn(self, limit_bytes: int = READ_BYTES) -> Change | None:
        """Once the write-ahead file is long, make SQLite begin it anew; writers wait meanwhile.

        Call it when `read` returns nothing, as often as you like. Returns the last changes.
        """
        if self._place.frame < self._turn_frames:
            return None
        with border(), contextlib.closing(_connect(self.database)) as writer:
            if not _hold_writers(writer):
                return None  # writers are at work without a pause; the next call will do
            change = self._take(limit_bytes)
            if self._place == self._now():
                # Nothing is unread and nobody can write: only now may the pin go.
                assert self._pin is not None
                self._pin.close()
                try:
                    self._frames()
                finally:
                    self._pin = self._pinned()
            writer.rollback()
            return change

    def _take(self, limit_bytes: int) -> Change | None:
        now = self._now()
        begin = self._place
        if now.salts != begin.salts:
            if begin.salts and not _follows(begin.salts, now.salts):
                self._place = now
                raise Damaged("stream_broken")
            begin = Place(now.salts, 0)
        change = sqlite_wal.changes(self._wal, begin, now.frame, limit_bytes)
        self._place = begin if change is None else change.end
        return change

    def _now(self) -> Place:
        """Where the committed end is; the file cannot begin anew twice while we hold a pin."""
        while True:
            before = sqlite_wal.salts(self._wal)
            frame = self._frames()
            if sqlite_wal.salts(self._wal) == before:
                return Place(before, frame, sqlite_wal.mark(self._wal, frame))

    def _frames(self) -> int:
        """The number of committed frames; what no pin needs is taken over into the database."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            _, frames, _ = self._control.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if frames >= 0:
                return int(frames)
            if time.monotonic() > deadline:
                raise StoreDown("store_contended")
            time.sleep(0.005)

    def _pinned(self) -> sqlite3.Connection:
        pin = _connect(self.database)
        pin.execute("BEGIN")
        pin.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return pin

    def _release(self, pin: sqlite3.Connection) -> None:
        assert self._pin is not None
        self._pin.close()
        self._pin = pin


def snapshot(database: Path, to: Path) -> None:
    """A consistent copy of the database as of one moment; writers go on.

    Raises:
        StoreDown: `store_contended`.
    """
    with (
        border(),
        contextlib.closing(_connect(database)) as source,
        contextlib.closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)


def committed(database: Path) -> Place:
    """Where the committed end is now.

    Raises:
        StoreDown: `store_contended`.
    """
    with Follower(database) as follower:
        return follower.place


def check_pages(database: Path) -> None:
    """Hold a copy against SQLite's own rules.

    Raises:
        StoreDamaged: `store_damaged`.
    """
    with border(), contextlib.closing(_connect(database)) as copy:
        said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise StoreDamaged("store_damaged")


def _connect(database: Path) -> sqlite3.Connection:
    """A connection of our own: never creates the file, transactions only where we say."""
    return sqlite3.connect(
        f"file:{quote(str(database))}?mode=rw", uri=True, timeout=BUSY_SECONDS,
        isolation_level=None, check_same_thread=False,
    )  # fmt: skip


def _hold_writers(connection: sqlite3.Connection) -> bool:
    """Take the write lock between two transactions of others.

    SQLite's own waiting backs off to 0.1 s and would hardly ever meet the gap between two
    transactions of a busy writer.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    deadline = time.monotonic() + HOLD_SECONDS
    while time.monotonic() < deadline:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            time.sleep(0.0001)
        else:
            return True
    return False


def _follows(old: bytes, new: bytes) -> bool:
    """SQLite counts the first salt up by one each time it begins the file anew."""
    return int.from_bytes(new[:4]) == (int.from_bytes(old[:4]) + 1) % (1 << 32)
