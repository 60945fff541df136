"""One transaction's connection, in the few forms of statement that the verbs need.

Statements are made by functions of a `Forms` (what the database's dialect writes differently) and
are made once per store. Rows go in as tuples in the order of the table's columns. What is written
without asking for an answer may be sent later, in order, with whatever asks next, the commit at the
latest; so may its errors come. Everything foreign is translated here, so verbs see `hub.errors`
only.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Executable, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from adapters.store.translation import border, commit_border
from hub.clock import Instant
from hub.fence import Fence

Opening = tuple[Fence, Instant]


class Forms(Protocol):
    """What dialects write differently, at the time a statement is made."""

    def among(self, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """The column is one of the values of the parameter `name`."""
        ...

    def insert(self, table: Table) -> PostgresInsert | SqliteInsert:
        """An insert that knows ON CONFLICT."""
        ...


Form = Callable[[Forms], Executable]
Row = tuple[Any, ...]
Question = tuple[Form, Mapping[str, object]]
"""A statement with the values it is going to be asked with."""


class Session(ABC):
    """A connection inside one transaction."""

    def __init__(self, connection: Connection, made: dict[Form, Any]) -> None:
        self.connection = connection
        self._made = made
        """Statements of this store, ready to run; lives as long as the store."""

    def statement(self, form: Form) -> Any:  # noqa: ANN401 - each dialect's own ready form
        """What `make` has made of the form, once per store."""
        found = self._made.get(form)
        if found is None:
            found = self._made[form] = self.make(form)
        return found

    def rows_among(
        self, form: Form, name: str, wanted: Collection[Any], /, **values: object
    ) -> Iterator[Row]:
        """Rows of a statement made with `Forms.among`, in one or several goes."""
        for chunk in self.chunks(wanted):
            yield from self.rows(form, **{name: chunk}, **values)

    def run_among(
        self, form: Form, name: str, wanted: Collection[Any], /, **values: object
    ) -> None:
        """Run a statement made with `Forms.among`, in one or several goes."""
        for chunk in self.chunks(wanted):
            self.run_each(form, [{name: chunk, **values}])

    def commit(self) -> None:
        """Make it true."""
        with commit_border():
            self.connection.exec_driver_sql("COMMIT")

    def roll_back(self) -> None:
        """Undo what is not committed; a connection that is given up has nothing."""
        with border():
            if not self.connection.invalidated:
                self.connection.connection.rollback()

    @abstractmethod
    def apart(self) -> AbstractContextManager[None]:
        """Where a reading that fails ends nothing else of the transaction; nothing is written."""

    @abstractmethod
    def make(self, form: Form) -> Any:  # noqa: ANN401
        """A statement ready to run."""

    @abstractmethod
    def rows(self, form: Form, /, **values: object) -> Sequence[Row]:
        """Rows of a statement that returns some."""

    @abstractmethod
    def run(self, form: Form, /, **values: object) -> int:
        """Run a statement now; how many rows it touched."""

    @abstractmethod
    def run_each(self, form: Form, values: Sequence[dict[str, Any]]) -> None:
        """Run a statement once for each; nobody asks what it touched."""

    @abstractmethod
    def chunks(self, wanted: Collection[Any]) -> Iterator[list[Any]]:
        """The values in lists that one statement can take."""

    @abstractmethod
    def begin_write(self, ahead: Iterable[Question] = ()) -> Opening:
        """Open a write transaction: the fence first; `ahead` is asked next, at once or later."""

    @abstractmethod
    def begin_alone(self) -> Opening:
        """Open a write transaction when no other is open: the fence, exclusively."""

    @abstractmethod
    def begin_read(self, ahead: Iterable[Question] = (), *, only: bool = False) -> Opening:
        """Open a read-only view of one moment; `ahead` is asked next, at once or later.

        `only`: nothing else is asked of this moment.
        """

    @abstractmethod
    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert; one that is there already is `store_contended`. A drawn key is left out."""

    @abstractmethod
    def add_new(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert those that are not there yet."""

    @abstractmethod
    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert, or write anew what has the same key; every key at most once."""

    @abstractmethod
    def add_octets(self, table: Table, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Insert (digest, octets) of those that are not there yet; octets may be large."""


def drawn(table: Table) -> list[str]:
    """Names of the columns to be written, without a key that the store draws."""
    own = table.autoincrement_column
    return [column.name for column in table.columns if column is not own]
