"""The lease row in SQL: short transactions of its own, expiry by the store's clock.

PostgreSQL keeps it beside the data, SQLite in a file of its own. Renewing never takes the fence;
whoever has newly taken the lease calls `SqlStore.take_over` before it acts. A call that cannot
tell within its time-out raises StoreDown; past its margin the holder then stands down.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    bindparam,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.schema import CreateTable

from adapters.store import sqlite
from adapters.store.opening import address_of
from adapters.store.tables import LEASE
from adapters.store.translation import border, commit_border
from hub.clock import Instant
from hub.errors import OutcomeUnknown, StoreDown
from hub.lease.ports import LeaseState

_WRITE: Final = (
    update(LEASE)
    .where(LEASE.c.id == 1)
    .values(
        holder=bindparam("to_holder"), token=bindparam("to_token"), expires_at=bindparam("until")
    )
)
_FOUND: Final = text(
    "INSERT INTO lease (id, holder, token, expires_at) VALUES (:id, '', :floor, 0)"
    " ON CONFLICT (id) DO NOTHING"
)
"""Two instances may found it at once; both databases spell it alike."""


def open_lease(url: str, floor: int = 0) -> "SqlLease":
    """The lease at an address: a store's in PostgreSQL, a file of its own with SQLite.

    `floor`: the highest token known elsewhere (the store's fence), in case the row is new.

    Raises:
        Misconfigured: `store_unsupported`; `store_schema`: there is no lease row; open the store
            first.
        StoreDown: `store_away`, `store_contended`.
    """
    address = address_of(url)
    if address.drivername == "sqlite":
        assert address.database, "a lease file needs a path"
        engine = sqlite.sqlite_engine(Path(address.database), create=True)
        lease = SqlLease(engine, sqlite.NOW, "BEGIN IMMEDIATE")
        with border(), engine.connect() as connection:
            connection.execute(CreateTable(LEASE, if_not_exists=True))  # two may come at once
    else:
        from adapters.store import postgres  # noqa: PLC0415 - a node on SQLite loads no psycopg
        from adapters.store.postgres_engine import postgres_engine  # noqa: PLC0415

        lease = SqlLease(postgres_engine(url), postgres.NOW, "BEGIN")
    lease.found(floor)
    return lease


class SqlLease:
    """Promises of `hub.lease.ports.LeaseStore`."""

    def __init__(self, engine: Engine, now: str, begin: str) -> None:
        self._engine = engine
        self._begin = begin
        at: ColumnElement[int] = literal_column(now)
        row = select(LEASE.c.holder, LEASE.c.token, LEASE.c.expires_at, at)
        self._read = row.where(LEASE.c.id == 1)

    def renew(self, holder: str, ttl_ms: int) -> LeaseState:
        """Take it when it is free or expired, extend it when it is already held."""
        assert holder, "a holder needs a name"

        def decide(old: LeaseState) -> LeaseState:
            until = Instant(old.now + ttl_ms)
            if old.holder == holder:
                return LeaseState(holder, old.token, until, old.now)
            if not old.holder or old.expires_at <= old.now:
                return LeaseState(holder, old.token + 1, until, old.now)
            return old

        return self._change(decide)

    def read(self) -> LeaseState:
        """The row as it is."""
        with border(), self._engine.connect() as connection:
            return _state(connection.execute(self._read).one())

    def release(self, holder: str) -> LeaseState:
        """Give it up, if held by this holder."""

        def decide(old: LeaseState) -> LeaseState:
            return LeaseState("", old.token, old.now, old.now) if old.holder == holder else old

        return self._change(decide)

    def hand_over(self, to: str, ttl_ms: int, token: int | None = None) -> LeaseState:
        """Give it to another instance, whoever holds it, or holds it under this token."""
        assert to, "a holder needs a name"

        def decide(old: LeaseState) -> LeaseState:
            until = Instant(old.now + ttl_ms)
            other = token is not None and old.token != token
            return (
                old if other or old.holder == to else LeaseState(to, old.token + 1, until, old.now)
            )

        return self._change(decide)

    def found(self, floor: int) -> None:
        """Make the row when it is missing; its token is at least `floor`."""
        with self._transaction() as connection:
            row = {"id": 1, "floor": floor}
            connection.execute(_FOUND, row)
            risen = update(LEASE).where(LEASE.c.token < floor).values(token=floor)
            connection.execute(risen)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def _change(self, decide: Callable[[LeaseState], LeaseState]) -> LeaseState:
        with self._transaction() as connection:
            old = _state(connection.execute(self._read.with_for_update()).one())
            new = decide(old)
            if new != old:
                values = {"to_holder": new.holder, "to_token": new.token, "until": new.expires_at}
                connection.execute(_WRITE, values)
        return new

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Committed at the end; a commit of unknown outcome is "cannot tell"."""
        with border(), self._engine.connect() as connection:
            try:
                connection.exec_driver_sql(self._begin)
                yield connection
                with commit_border():
                    connection.exec_driver_sql("COMMIT")
            except OutcomeUnknown as error:
                raise StoreDown("store_away") from error
            finally:
                if not connection.invalidated:
                    connection.connection.rollback()


def _state(row: Any) -> LeaseState:  # noqa: ANN401 - a row of four
    return LeaseState(row[0], row[1], Instant(row[2]), Instant(row[3]))
