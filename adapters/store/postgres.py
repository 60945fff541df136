"""PostgreSQL through psycopg 3: many machines, row locks, one advisory lock as the fence.

A write transaction opens with one round trip: BEGIN, the shared fence, the fence row. A takeover
takes the same lock exclusively; the lock's queue is fair, so it waits for the transactions that
are open and no longer (protocol 6). Statements are run by the driver with binary parameters.

A round trip costs more than a row. So what needs no answer is kept and sent with the next question
or with the commit, all in one go; an error in it keeps the commit from being run. What is known to
be asked first is asked with the opening; the answers count until anything else is done. Many octets
go by binary COPY (a list of large values as `bytea[]` costs ten times as much).

psycopg lets go of all prepared statements at a ROLLBACK, so what was only read ends by COMMIT. A
look that says beforehand all that it asks is one round trip, its end included.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import sql as composed
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Connection,
    Table,
    any_,
    bindparam,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import BigInteger, Boolean, LargeBinary

from adapters.store.round_trip import round_trip
from adapters.store.session import Form, Opening, Question, Row, Session, drawn
from adapters.store.translation import border, commit_border
from hub.clock import Instant
from hub.errors import HubError, OutcomeUnknown
from hub.fence import Fence

FENCE_LOCK: Final = 0x65767866
"""Key of the advisory lock; advisory locks are per database."""
NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
"""SQL for the store's clock: the database server's."""
_FENCE: Final = f"SELECT incarnation, trust_state, token, {NOW} FROM meta WHERE id = 1"  # noqa: S608
_BEGIN_WRITE: Final = ("BEGIN", f"SELECT pg_advisory_xact_lock_shared({FENCE_LOCK})")
_BEGIN_ALONE: Final = ("BEGIN", f"SELECT pg_advisory_xact_lock({FENCE_LOCK})")
_BEGIN_READ: Final = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
FEW: Final = 25
"""So many rows go with others; COPY takes round trips of its own."""
KEPT_MAX: Final = 500
"""Statements kept at most."""
_Cursor = psycopg.Cursor[tuple[Any, ...]]
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


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


@dataclass(slots=True)
class _Rows:
    """Rows for one table that go in one statement."""

    table: Table
    ending: str
    rows: list[tuple[Any, ...]]


class PostgresSession(Session):
    """A connection inside one transaction."""

    def __init__(self, connection: Connection, made: dict[Form, Any]) -> None:
        super().__init__(connection, made)
        driver = connection.connection.driver_connection
        self.driver = cast("psycopg.Connection[tuple[Any, ...]]", driver)
        self._kept: list[tuple[Any, Any]] = []
        """Statements with their values, to be run before the next one."""
        self._rows: _Rows | None = None
        """Rows of the newest statement kept, while more of its table may join them."""
        self._ahead: dict[Form, tuple[Mapping[str, object], Sequence[Row]]] = {}
        """What was asked with the opening, with its values and the answers."""
        self._reading = False
        """Whether nothing can be undone."""
        self._over = False
        """Whether a look has ended with its opening."""

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
        asked, found = self._ahead.pop(form, ({}, None))
        if found is not None and asked == values:
            return found
        text, fixed = self.statement(form)
        with border():
            return self._ask(text, {**fixed, **values}).fetchall()

    def run(self, form: Form, /, **values: object) -> int:
        """Run a statement now; how many rows it touched."""
        text, fixed = self.statement(form)
        with border():
            return self._ask(text, {**fixed, **values}).rowcount

    def run_each(self, form: Form, values: Sequence[dict[str, Any]]) -> None:
        """Keep a statement, once for each."""
        text, fixed = self.statement(form)
        for each in values:
            self._keep(text, {**fixed, **each})

    def _keep(self, text: object, values: object) -> None:
        self._ahead.clear()
        self._write_rows()
        self._kept.append((text, values))
        if len(self._kept) > KEPT_MAX:
            self._flush()

    def _flush(self) -> None:
        """Run what is kept now."""
        self._write_rows()
        if self._kept:
            text, values = self._kept.pop()
            with border():
                self._ask(text, values)

    def _ask(self, text: Any, values: Any) -> _Cursor:  # noqa: ANN401 - as the driver has it
        """Run what is kept and then this, in one round trip."""
        if self._over:  # it was to ask nothing else
            self._begin(_BEGIN_READ, ())
        self._ahead.clear()
        self._write_rows()
        cursor = self.driver.cursor(binary=True)
        if not self._kept:
            return cursor.execute(text, values)
        kept, self._kept = self._kept, []
        with round_trip(self.driver):
            for before in kept:
                self.driver.cursor().execute(*before)
            cursor.execute(text, values)
        return cursor

    @contextmanager
    def apart(self) -> Iterator[None]:
        """A savepoint: an error ends a transaction, which can go back to one all the same."""
        self._flush()
        with border():
            self._ask("SAVEPOINT apart", None)
        try:
            yield
        except HubError:
            with border():
                self._ask("ROLLBACK TO SAVEPOINT apart", None)
            raise
        finally:
            self._keep("RELEASE SAVEPOINT apart", None)

    def chunks(self, wanted: Collection[Any]) -> Iterator[list[Any]]:
        """All at once: an array is one parameter."""
        if wanted:
            yield sorted(wanted)

    def begin_write(self, ahead: Iterable[Question] = ()) -> Opening:
        """Take the shared fence, then read the fence row."""
        return self._begin(_BEGIN_WRITE, ahead)

    def begin_alone(self) -> Opening:
        """Take the fence exclusively: wait for open transactions, let no new one in."""
        return self._begin(_BEGIN_ALONE, ())

    def begin_read(self, ahead: Iterable[Question] = (), *, only: bool = False) -> Opening:
        """One snapshot, no lock; `only`: over as soon as it has its answers."""
        self._reading = True
        return self._begin(_BEGIN_READ, ahead, over=only)

    def _begin(
        self, words: Sequence[LiteralString], ahead: Iterable[Question], *, over: bool = False
    ) -> Opening:
        self._over = over
        asked: dict[Form, tuple[Mapping[str, object], _Cursor]] = {}
        with border():
            with round_trip(self.driver):
                for word in words:
                    self.driver.execute(word, prepare=word != words[0])
                meta = self.driver.execute(_FENCE)
                for form, values in ahead:
                    text, fixed = self.statement(form)
                    cursor = self.driver.cursor(binary=True)
                    asked[form] = values, cursor.execute(text, {**fixed, **values})
                if over:
                    self.driver.execute("COMMIT", prepare=False)
            row = meta.fetchone()
            self._ahead = {form: (had, one.fetchall()) for form, (had, one) in asked.items()}
        assert row is not None, "a store has its meta row"
        return Fence(row[0], row[1], row[2]), Instant(row[3])

    def commit(self) -> None:
        """Make it true; a warning (a cancelled wait for the other copies) leaves it unknown."""
        warnings: list[str] = []
        farewells: list[str] = []
        told = {"WARNING": warnings, "FATAL": farewells}

        def heard(notice: psycopg.errors.Diagnostic) -> None:
            told.get(notice.severity_nonlocalized or "", []).append(notice.sqlstate or "")

        self.driver.add_notice_handler(heard)
        try:
            with border():
                self._require_living(farewells)
            status = self._commit()
        finally:
            self.driver.remove_notice_handler(heard)
        if warnings or status != "COMMIT":
            raise OutcomeUnknown("commit_unknown")

    def _require_living(self, farewells: Sequence[str]) -> None:
        """What the server has ended is over for certain: nothing of the commit is sent."""
        self.driver.pgconn.consume_input()
        self.driver.pgconn.is_busy()  # has libpq read what came
        for state in farewells:
            raise psycopg.errors.lookup(state)

    def _commit(self) -> str | None:
        """What is kept, then COMMIT, in one round trip.

        Answers come in order: an error instead of an earlier one's means that COMMIT was not run.
        """
        self._write_rows()
        kept, self._kept = self._kept, []
        before: list[_Cursor] = []
        asked = False
        cursor = self.driver.cursor()
        try:
            if not kept:
                asked = True
                cursor.execute("COMMIT", prepare=False)
                return cursor.statusmessage
            with round_trip(self.driver):
                for text, values in kept:
                    before.append(self.driver.cursor())
                    before[-1].execute(text, values)
                asked = True
                cursor.execute("COMMIT", prepare=False)
        except psycopg.Error as error:
            answered = error.sqlstate is not None and not all(each.pgresult for each in before)
            with commit_border() if asked and not answered else border():
                raise
        return cursor.statusmessage

    def roll_back(self) -> None:
        """Undo what is not committed; end what was only read."""
        self._kept.clear()
        self._rows = None
        if self._reading and self.driver.info.transaction_status == TransactionStatus.INTRANS:
            with border():
                self.driver.commit()
        super().roll_back()

    def add(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert; one that is there already is an error."""
        if len(rows) > FEW:
            self._copy(table, rows)
        else:
            self._insert(table, rows, "")

    def add_new(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert those that are not there yet."""
        self._insert(table, rows, " ON CONFLICT DO NOTHING")

    def add_octets(self, table: Table, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Insert those that are not there yet: a few by VALUES, more by COPY.

        COPY knows no conflict: look which are there, copy the others; lost races are
        `store_contended`, done again.
        """
        if len(rows) <= FEW:
            for some in _by_twos(rows):
                self._values(table, some, " ON CONFLICT DO NOTHING")
            return
        digest, _ = drawn(table)
        text = f"SELECT {digest} FROM {table.name} WHERE {digest} = ANY(%b)"  # noqa: S608
        with border():
            there = {row[0] for row in self._ask(text, [[row[0] for row in rows]]).fetchall()}
        self._copy(table, [row for row in rows if row[0] not in there])

    def _copy(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert now, by COPY."""
        self._ahead.clear()
        self._flush()
        names = drawn(table)
        into = composed.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            composed.Identifier(table.name),
            composed.SQL(", ").join(map(composed.Identifier, names)),
        )
        with border(), self.driver.cursor() as cursor, cursor.copy(into) as copy:
            copy.set_types([type_name(table.c[name]) for name in names])
            for row in rows:
                copy.write_row(row)

    def put(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert, or write anew what has the same key."""
        key = [column.name for column in table.primary_key]
        rest = ", ".join(f"{n} = excluded.{n}" for n in drawn(table) if n not in key)
        self._insert(table, rows, f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}")

    def _insert(self, table: Table, rows: Sequence[tuple[Any, ...]], ending: str) -> None:
        """Keep rows; those of one table that follow each other go in one statement."""
        if not rows:
            return
        self._ahead.clear()
        kept = self._rows
        if kept is not None and (kept.table, kept.ending) == (table, ending):
            kept.rows += rows
        else:
            self._write_rows()
            self._rows = _Rows(table, ending, list(rows))

    def _write_rows(self) -> None:
        """Make the statement of the rows kept last: a column at a time when they are several."""
        kept, self._rows = self._rows, None
        if kept is None:
            return
        if len(kept.rows) == 1:
            self._values(kept.table, kept.rows, kept.ending)
            return
        names = drawn(kept.table)
        arrays = ", ".join(f"%b::{type_name(kept.table.c[name])}[]" for name in names)
        values = [list(column) for column in zip(*kept.rows, strict=True)]
        into = f"INSERT INTO {kept.table.name} ({', '.join(names)})"
        self._keep(f"{into} SELECT * FROM unnest({arrays}){kept.ending}", values)  # noqa: S608 - names of our tables

    def _values(self, table: Table, rows: Sequence[tuple[Any, ...]], ending: str) -> None:
        """Keep an INSERT of these by VALUES: for octets, which are dear in an array."""
        names = drawn(table)
        row = f"({', '.join(['%b'] * len(names))})"
        into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "  # noqa: S608 - our names
        self._keep(into + ", ".join([row] * len(rows)) + ending, list(chain.from_iterable(rows)))


def _by_twos(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """In portions of 16, 8, 4, 2, 1: few texts, so that the server keeps their plans."""
    start, size = 0, 16
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size
