"""SQLite: one file, many processes of one machine, one writer at a time.

WAL with synchronous=FULL: a commit is on the disk when it returns. A write transaction takes the
write lock at once (BEGIN IMMEDIATE), so nothing it has read changes under it. The file is made by
`create` only: opening a path where nothing is does not make an empty store.
"""

import os
import sqlite3
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from sqlalchemy import ColumnElement, Engine, Executable, QueuePool, Table, bindparam, create_engine
from sqlalchemy.dialects.sqlite import Insert, insert

from adapters.store.session import Form, Opening, Question, Row, Session, drawn
from adapters.store.translation import border
from hub.clock import Instant
from hub.errors import HubError, Misconfigured, StoreDown
from hub.fence import Fence

CHUNK: Final = 1000
BUSY_SECONDS: Final = 5.0
NOW: Final = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
"""SQL for the store's clock: the machine's."""
_FENCE: Final = f"SELECT incarnation, trust_state, token, {NOW} FROM meta WHERE id = 1"  # noqa: S608


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection in autocommit: transactions are opened and ended by word.

    Raises:
        Misconfigured: `store_denied`: this account may not open the file.
        StoreDown: `store_away`: it may, and it cannot now: the process has no file left to open.
    """
    try:
        return _connected(path, create=create)
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        ours = _unopened(path) if code == sqlite3.SQLITE_CANTOPEN else None
        if ours is None:
            raise
        raise ours from error


def _unopened(path: Path) -> HubError | None:
    """Why a file that is there was not opened; SQLite does not say. None: no file is there."""
    file = Path(os.path.realpath(path))  # SQLite's other files lie where a link leads
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return None
    except PermissionError:  # of a folder above
        return Misconfigured("store_denied")
    except OSError:
        return None
    beside = (Path(f"{file}{ending}") for ending in ("-wal", "-shm"))
    asked = [file.parent, file, *(one for one in beside if one.exists())]
    if all(os.access(one, os.R_OK | os.W_OK) for one in asked):
        return StoreDown("store_away")
    return Misconfigured("store_denied")


def _connected(path: Path, *, create: bool) -> sqlite3.Connection:
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute("PRAGMA synchronous=FULL").close()
    connection.execute("PRAGMA cache_size=-65536").close()
    return connection


def sqlite_engine(path: Path, *, create: bool = False) -> Engine:
    """An engine on the file."""
    return create_engine(
        "sqlite://",
        creator=lambda: connect(path, create=create),
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        hide_parameters=True,
        pool_size=2,
        max_overflow=8,
        poolclass=QueuePool,
    )


class SqliteForms:
    """How SQLite writes it."""

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """`IN (?, ?, …)`."""
        return column.in_(bindparam(name, expanding=True))

    def insert(self, table: Table) -> Insert:
        """An insert that knows ON CONFLICT."""
        return insert(table)


class SqliteSession(Session):
    """A connection inside one transaction."""

    def apart(self) -> AbstractContextManager[None]:
        """A statement that fails undoes itself alone."""
        return nullcontext()

    def make(self, form: Form) -> Executable:
        """As SQLAlchemy has it: the number of values in an IN changes from call to call."""
        return form(SqliteForms())

    def rows(self, form: Form, /, **values: object) -> Sequence[Row]:
        """Rows of a statement that returns some."""
        with border():
            found = self.connection.execute(self.statement(form), values).all()
        return cast("Sequence[Row]", found)

    def run(self, form: Form, /, **values: object) -> int:
        """Run a statement; how many rows it touched."""
        with border():
            return self.connection.execute(self.statement(form), values).rowcount

    def run_each(self, form: Form, values: Sequence[dict[str, Any]]) -> None:
        """Run a statement once for each."""
        with border():
            if values:
                self.connection.execute(self.statement(form), values)

    def chunks(self, wanted: Collection[Any]) -> Iterator[list[Any]]:
        """By thousands: a statement takes so many parameters."""
        values = list(wanted)
        for start in range(0, len(values), CHUNK):
            yield values[start : start + CHUNK]

    def begin_write(self, ahead: Iterable[Question] = ()) -> Opening:  # noqa: ARG002 - asked later
        """Take the write lock, then read the fence."""
        return self._begin("BEGIN IMMEDIATE")

    def begin_alone(self) -> Opening:
        """The write lock excludes all other writers as it is."""
        return self.begin_write()

    def begin_read(self, ahead: Iterable[Question] = (), *, only: bool = False) -> Opening:  # noqa: ARG002 - asked later
        """A snapshot from the first reading on."""
        return self._begin("BEGIN")

    def _begin(self, word: str) -> Opening:
        with border():
            self.connection.exec_driver_sql(word)
            row = self.connection.exec_driver_sql(_FENCE).one()
        return Fence(row[0], row[1], row[2]), Instant(row[3])

    def add(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert."""
        self._insert(table, rows, "")

    def add_new(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert those that are not there yet."""
        self._insert(table, rows, " ON CONFLICT DO NOTHING")

    def put(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert, or write anew."""
        key = [column.name for column in table.primary_key]
        rest = ", ".join(f"{n} = excluded.{n}" for n in drawn(table) if n not in key)
        self._insert(table, rows, f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}")

    def add_octets(self, table: Table, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Insert those that are not there yet."""
        self._insert(table, rows, " ON CONFLICT DO NOTHING")

    def _insert(self, table: Table, rows: Sequence[tuple[Any, ...]], ending: str) -> None:
        if not rows:
            return
        names = drawn(table)
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}){ending}"  # noqa: S608
        with border():
            self.connection.exec_driver_sql(sql, list(rows))
