"""A day's archive: one SQLite file, written once, read without a server or a store.

A file is there whole or not at all: written beside its place, flushed, renamed, the folder flushed.
Nothing in it is ever changed. Reading opens it as immutable: no lock, no file beside it.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from adapters.store.journal import read_checkpoint
from hub.clock import Instant
from hub.errors import Damaged, TargetDown
from hub.exchange.archives import DayProof, read_proof
from hub.journal import Checkpoint, Entry

ENDING: Final = ".archive"
_MADE: Final[Mapping[str, str]] = {
    "proof": "text BLOB NOT NULL",
    "message": "digest BLOB PRIMARY KEY, octets BLOB NOT NULL",
    "layer": "layer_id TEXT PRIMARY KEY, voucher_id TEXT, layer TEXT, party TEXT, kind TEXT, "
    "division TEXT, body_digest BLOB, stack_digest BLOB, message_digest BLOB, verdict TEXT, "
    "cat INTEGER, recorded_at INTEGER, proof_at INTEGER, receivers TEXT",
    "delivery": "delivery_id TEXT PRIMARY KEY, layer_id TEXT, receiver TEXT, role TEXT, "
    "message_digest BLOB, sender TEXT, channel TEXT, message_class TEXT, incarnation TEXT, "
    "n INTEGER, recorded_at INTEGER",
    "line": "party TEXT, voucher_id TEXT, row INTEGER, kind TEXT, state TEXT, amount_fen INTEGER, "
    "PRIMARY KEY (party, voucher_id, row)",
    "journal": "lane TEXT, n INTEGER, at INTEGER, payload BLOB, hash BLOB, PRIMARY KEY (lane, n)",
    "checkpoint": "number INTEGER PRIMARY KEY, at INTEGER, hash BLOB, heads BLOB",
    "kept": "digest BLOB PRIMARY KEY, role TEXT, octets BLOB NOT NULL",
}
_READ: Final[Mapping[str, str]] = {
    "message": "SELECT digest, length(octets) FROM message ORDER BY digest",
    "layer": "SELECT * FROM layer ORDER BY layer_id",
    "delivery": "SELECT * FROM delivery ORDER BY delivery_id",
    "line": "SELECT * FROM line ORDER BY party, voucher_id, row",
    "journal": "SELECT * FROM journal ORDER BY lane, n",
    "checkpoint": "SELECT * FROM checkpoint ORDER BY number",
    "kept": "SELECT digest, role, length(octets) FROM kept ORDER BY digest",
}
_HAS_KEPT: Final = "SELECT count(*) FROM sqlite_master WHERE name = 'kept'"


class DayReader:
    """One file; implements `hub.exchange.archives.DayFile`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def proof(self) -> DayProof:
        """What it says of itself."""
        return read_proof(next(self._rows("SELECT text FROM proof"))[0])

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        """(digest, octets), by digest."""
        rows = self._rows("SELECT digest, octets FROM message ORDER BY digest")
        return ((digest, octets) for digest, octets in rows)

    def kept(self) -> Iterator[tuple[bytes, str, bytes]]:
        """(digest, role, octets), by digest; a file of the first form has none."""
        with self._opened() as connection:
            if connection.execute(_HAS_KEPT).fetchone()[0]:
                yield from connection.execute("SELECT * FROM kept ORDER BY digest")

    def rows(self, table: str) -> Iterator[Sequence[Any]]:
        """Rows of a table, by its key; messages as (digest, length)."""
        return self._rows(_READ[table])

    def entries(self) -> Iterator[Entry]:
        """Journal entries, lane by lane."""
        for lane, n, at, payload, hash_ in self.rows("journal"):
            yield Entry(lane, n, Instant(at), payload, hash_)

    def checkpoints(self) -> Iterator[Checkpoint]:
        """In order."""
        return (read_checkpoint(tuple(row)) for row in self.rows("checkpoint"))

    def octets(self, digests: Collection[bytes]) -> dict[bytes, bytes]:
        """Octets of those that are here, each proven by its digest."""
        found: dict[bytes, bytes] = {}
        with self._opened() as connection:
            tables = ["kept", "message"][not connection.execute(_HAS_KEPT).fetchone()[0] :]
            for digest, table in product(sorted(digests), tables):
                asked = f"SELECT octets FROM {table} WHERE digest = ?"  # noqa: S608 - our words
                row = connection.execute(asked, (digest,)).fetchone()
                if row is not None:
                    found[digest] = row[0]
        for digest, message in found.items():
            if hashlib.sha256(message).digest() != digest:
                raise Damaged("archive_damaged", digest=digest.hex())
        return found

    def digests_of(self, voucher_id: str) -> dict[str, bytes]:
        """Messages of a voucher's layers, by layer id."""
        asked = "SELECT layer_id, message_digest FROM layer WHERE voucher_id = ? ORDER BY layer_id"
        with self._opened() as connection:
            return dict(connection.execute(asked, (voucher_id,)).fetchall())

    def _rows(self, statement: str) -> Iterator[Sequence[Any]]:
        with self._opened() as connection:
            yield from connection.execute(statement)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise TargetDown("archive_away", path=self.path.name)
        address = f"file:{quote(os.fsencode(self.path.resolve()))}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise Damaged("archive_damaged", path=self.path.name) from error


class DayWriter:
    """A file on its way; `place` makes it true."""

    def __init__(self, folder: Path, name: str) -> None:
        """Required: the folder is there.

        Raises:
            TargetDown: `archive_away`.
        """
        self._folder = folder
        self._final = folder / name
        self._part = folder / f".{name}.{os.getpid()}"
        with translated(name):
            self._part.unlink(missing_ok=True)
            self._connection = sqlite3.connect(self._part, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=OFF")
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute("BEGIN")
            for table, columns in _MADE.items():
                self._connection.execute(f"CREATE TABLE {table} ({columns})")

    def add(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows in the order of the table's columns; octets that are kept twice stand once."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            verb = "INSERT OR IGNORE" if table == "kept" else "INSERT"
            with translated(self._final.name):
                self._connection.executemany(f"{verb} INTO {table} VALUES ({marks})", rows)

    def reader(self) -> DayReader:
        """The file so far."""
        with translated(self._final.name):
            self._connection.execute("COMMIT")
            self._connection.execute("BEGIN")
        return DayReader(self._part)

    def place(self, proof: DayProof) -> DayReader:
        """Write the proof and put the file into its place; an older one there is replaced."""
        self.add("proof", [(proof.text,)])
        with translated(self._final.name):
            self._connection.execute("COMMIT")
            self._connection.close()
            self._part.chmod(0o440)
            _flush(self._part)
            self._part.replace(self._final)
            _flush(self._folder)
        return DayReader(self._final)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._connection.close()
        self._part.unlink(missing_ok=True)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """What the folder or its disk raises, for our callers."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise TargetDown("archive_away", path=name) from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class ArchiveFolder:
    """All files of one node."""

    def __init__(self, folder: Path, node: str) -> None:
        self.folder = folder
        self._node = node

    def name(self, day: str) -> str:
        """A day's file."""
        return f"{self._node}-{day}{ENDING}"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other run writes into this folder meanwhile; what an ended one left half is gone.

        Raises:
            TargetDown: `archive_away`; `archive_busy`: another run is at it.
        """
        if not self.folder.is_dir():
            raise TargetDown("archive_away", path=self.folder.name)
        with translated(self.folder.name):
            lock = (self.folder / ".lock").open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise TargetDown("archive_busy", path=self.folder.name) from error
            with translated(self.folder.name):
                for part in self.folder.glob(f".{self._node}-*{ENDING}.*"):
                    part.unlink(missing_ok=True)
            yield

    def writer(self, day: str) -> DayWriter:
        """A new file.

        Required: `alone`.

        Raises:
            TargetDown: `archive_away`: the folder takes nothing.
        """
        return DayWriter(self.folder, self.name(day))

    def reader(self, day: str) -> DayReader:
        """A day's file."""
        return DayReader(self.folder / self.name(day))

    def octets(self, wanted: Mapping[bytes, str]) -> dict[bytes, bytes]:
        """Octets by digest, from the days named.

        Raises:
            TargetDown: `archive_away`.
            Damaged: `archive_damaged`, `archive_incomplete`.
        """
        by_day: dict[str, list[bytes]] = {}
        for digest, day in wanted.items():
            by_day.setdefault(day, []).append(digest)
        found: dict[bytes, bytes] = {}
        for day, digests in sorted(by_day.items()):
            found |= self.reader(day).octets(digests)
        if missing := wanted.keys() - found.keys():
            raise Damaged("archive_incomplete", digest=min(missing).hex(), count=len(missing))
        return found
