"""PostgreSQL through psycopg 3: many machines, row locks, one advisory lock as the fence.

A write transaction opens with one round trip: BEGIN, the shared fence, the fence row. A takeover
takes the same lock exclusively; the lock's queue is fair, so it waits for the transactions that
are open and no longer (PROTOCOL §6). Bulk rows go by binary COPY (a list of large values as
`bytea[]` costs ten times as much); statements are run by the driver with binary parameters.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, cast

import psycopg
from psycopg import sql as composed
from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Connection,
    Engine,
    Table,
    any_,
    bindparam,
    create_engine,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import BigInteger, Boolean, LargeBinary

from adapters.store.session import Form, Opening, Row, Session, drawn
from adapters.store.translation import border, commit_border
from hub.clock import Instant
from hub.errors import OutcomeUnknown
from hub.fence import Fence

FENCE_LOCK: Final = 0x65767866
"""Key of the advisory lock; advisory locks are per database."""
NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
"""SQL for the store's clock: the database server's."""
_FENCE: Final = f"SELECT incarnation, trust_state, token, {NOW} FROM meta WHERE id = 1"  # noqa: S608
_BEGIN_WRITE: Final = f"BEGIN; SELECT pg_advisory_xact_lock_shared({FENCE_LOCK}); {_FENCE}"
_BEGIN_ALONE: Final = f"BEGIN; SELECT pg_advisory_xact_lock({FENCE_LOCK}); {_FENCE}"
_BEGIN_READ: Final = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_FENCE}"
FEW: Final = 3
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")
_OPTIONS: Final = "-c idle_in_transaction_session_timeout=1000 -c lock_timeout=2000"


def postgres_engine(url: str) -> Engine:
    """An engine; transactions are opened and ended by word."""
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        hide_parameters=True,
        pool_size=2,
        max_overflow=8,
        connect_args={
            "options": _OPTIONS,
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "application_name": "hub",
        },
    )


class PostgresForms:
    """How PostgreSQL writes it."""

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """`= ANY(array)`: one text for any number of values."""
        return column == any_(bindparam(name, type_=ARRAY(column.type)))

    def insert(self, table: Table) -> Insert:
        """An insert that knows ON CONFLICT."""
        return insert(table)


def type_name(column: ColumnElement[Any]) -> str:
    """PostgreSQL's name of a column's type."""
    match column.type:
        case LargeBinary():
            return "bytea"
        case Boolean():
            return "bool"
        case BigInteger():
            return "int8"
        case _:
            return "text"


class PostgresSession(Session):
    """A connection inside one transaction."""

    def __init__(self, connection: Connection, made: dict[Form, Any]) -> None:
        super().__init__(connection, made)
        driver = connection.connection.driver_connection
        self.driver = cast("psycopg.Connection[tuple[Any, ...]]", driver)

    def make(self, form: Form) -> tuple[Any, dict[str, Any]]:
        """The text with binary placeholders, and the values that are always the same.

        Run by the driver alone: SQLAlchemy's own execution and text-form arrays cost as much again
        as the statement.
        """
        compiled = cast("ClauseElement", form(PostgresForms())).compile(
            dialect=self.connection.dialect
        )
        assert isinstance(compiled, SQLCompiler), "forms are statements"
        whole = compiled.construct_expanded_state(compiled.params)  # fixed IN lists written out
        fixed = {name: value for name, value in whole.parameters.items() if value is not None}
        return _PLACEHOLDER.sub(r"%(\1)b", whole.statement), fixed

    def rows(self, form: Form, /, **values: object) -> Sequence[Row]:
        """Rows of a statement that returns some."""
        text, fixed = self.statement(form)
        with border(), self.driver.cursor(binary=True) as cursor:
            return cursor.execute(text, {**fixed, **values}).fetchall()

    def run(self, form: Form, /, **values: object) -> int:
        """Run a statement; how many rows it touched."""
        text, fixed = self.statement(form)
        with border(), self.driver.cursor() as cursor:
            return cursor.execute(text, {**fixed, **values}).rowcount

    def run_each(self, form: Form, values: Sequence[dict[str, Any]]) -> None:
        """Run a statement once for each, in one go."""
        text, fixed = self.statement(form)
        with border(), self.driver.cursor() as cursor:
            cursor.executemany(text, [{**fixed, **each} for each in values])

    def chunks(self, wanted: Collection[Any]) -> Iterator[list[Any]]:
        """All at once: an array is one parameter."""
        if wanted:
            yield list(wanted)

    def begin_write(self) -> Opening:
        """Take the shared fence, then read the fence row."""
        return self._begin(_BEGIN_WRITE)

    def begin_alone(self) -> Opening:
        """Take the fence exclusively: wait for open transactions, let no new one in."""
        return self._begin(_BEGIN_ALONE)

    def begin_read(self) -> Opening:
        """One snapshot, no lock."""
        return self._begin(_BEGIN_READ)

    def _begin(self, words: str) -> Opening:
        with border(), self.driver.cursor() as cursor:
            cursor.execute(words, prepare=False)
            while cursor.nextset():
                pass
            row = cursor.fetchone()
        assert row is not None, "a store has its meta row"
        return Fence(row[0], row[1], row[2]), Instant(row[3])

    def commit(self) -> None:
        """Make it true; a warning (a cancelled wait for the other copies) leaves it unknown."""
        warnings: list[str] = []

        def heard(notice: psycopg.errors.Diagnostic) -> None:
            if notice.severity_nonlocalized == "WARNING":
                warnings.append(notice.sqlstate or "")

        self.driver.add_notice_handler(heard)
        try:
            with commit_border(), self.driver.cursor() as cursor:
                cursor.execute("COMMIT", prepare=False)
                status = cursor.statusmessage
        finally:
            self.driver.remove_notice_handler(heard)
        if warnings or status != "COMMIT":
            raise OutcomeUnknown("commit_unknown")

    def add(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert: a few rows by INSERT, more by COPY, which takes two more round trips."""
        names = drawn(table)
        if len(rows) < FEW:
            marks = ", ".join(["%b"] * len(names))
            text = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
            for row in rows:
                self._execute(text, row)
            return
        into = composed.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            composed.Identifier(table.name),
            composed.SQL(", ").join(map(composed.Identifier, names)),
        )
        with border(), self.driver.cursor() as cursor, cursor.copy(into) as copy:
            copy.set_types([type_name(table.c[name]) for name in names])
            for row in rows:
                copy.write_row(row)

    def add_new(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert those that are not there yet, a column at a time."""
        if not rows:
            return
        names = drawn(table)
        arrays = ", ".join(f"%b::{type_name(table.c[name])}[]" for name in names)
        text = (
            f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608 - names of our tables
            f"SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"
        )
        self._execute(text, [list(values) for values in zip(*rows, strict=True)])

    def add_octets(self, table: Table, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Look which are there, COPY the others; lost races are `store_contended`, done again.

        Cheaper than one value with offsets and ON CONFLICT: 17 against 30 µs of client time each.
        """
        if not rows:
            return
        digest, _ = drawn(table)
        text = f"SELECT {digest} FROM {table.name} WHERE {digest} = ANY(%b)"  # noqa: S608
        with border(), self.driver.cursor(binary=True) as cursor:
            found = cursor.execute(cast("Any", text), [[row[0] for row in rows]]).fetchall()
        there = {row[0] for row in found}
        self.add(table, [row for row in rows if row[0] not in there])

    def _execute(self, text: str, values: Sequence[object]) -> None:
        with border(), self.driver.cursor() as cursor:
            cursor.execute(cast("Any", text), values)
