"""PostgreSQL through psycopg 3: many machines, row locks, one advisory lock as the fence.

A write transaction opens with one round trip: BEGIN, the shared fence, the fence row. A takeover
takes the same lock exclusively; the lock's queue is fair, so it waits for the transactions that
are open and no longer (PROTOCOL §6). Bulk rows go by binary COPY, message octets as one value
with offsets (a list of large values as `bytea[]` costs ten times as much).
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from typing import Any, Final, cast

import psycopg
from psycopg import sql as composed
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    Table,
    any_,
    bindparam,
    create_engine,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.types import BigInteger, Boolean, LargeBinary

from adapters.store.session import Form, Forms, Opening, Session, drawn
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

    def __init__(self, connection: Connection, forms: Forms, made: dict[Form, Any]) -> None:
        super().__init__(connection, forms, made)
        driver = connection.connection.driver_connection
        self.driver = cast("psycopg.Connection[tuple[Any, ...]]", driver)

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
        """Insert, by COPY."""
        if not rows:
            return
        names = drawn(table)
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
        """Insert those that are not there yet: all octets in one value, cut by the server."""
        if not rows:
            return
        lengths = [len(octets) for _, octets in rows]
        starts = list(accumulate(lengths, initial=1))[:-1]
        digest, octets = drawn(table)
        text = (
            f"INSERT INTO {table.name} ({digest}, {octets}) "  # noqa: S608 - names of our tables
            "SELECT digest, substring(%b::bytea FROM start FOR length) "
            "FROM unnest(%b::bytea[], %b::int4[], %b::int4[]) AS cut (digest, start, length) "
            "ON CONFLICT DO NOTHING"
        )
        whole = b"".join([octets for _, octets in rows])
        self._execute(text, [whole, [digest for digest, _ in rows], starts, lengths])

    def _execute(self, text: str, values: Sequence[object]) -> None:
        with border(), self.driver.cursor() as cursor:
            cursor.execute(cast("Any", text), values)
