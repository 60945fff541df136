"""Making, opening and upgrading a store at an address.

Addresses: `sqlite:////folder/hub.db` (one file; one machine) and
`postgresql+psycopg://user@host/database` (several machines). Tables come from migrations only.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from adapters.store.postgres import PostgresSession, postgres_engine
from adapters.store.sqlite import SqliteSession, sqlite_engine
from adapters.store.store import SqlStore
from adapters.store.tables import META
from adapters.store.translation import border
from hub.errors import Misconfigured

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def create(url: str, incarnation: str | None = None) -> SqlStore:
    """A new, empty store with a random incarnation, or the given one.

    Raises:
        Misconfigured: `store_exists`, `store_unsupported`, `store_missing` (no such database).
        StoreDown: `store_away`.
    """
    life = incarnation or secrets.token_hex(8)
    with _connected(_engine(url, create=True)) as connection:
        if inspect(connection).has_table(META.name):
            raise Misconfigured("store_exists")
        _migrate(connection)
        row = {"id": 1, "incarnation": life, "trust_state": 1, "token": 0}
        connection.execute(META.insert(), row)
        connection.exec_driver_sql("COMMIT")
    return open_store(url)


def open_store(url: str) -> SqlStore:
    """The store at an address.

    Raises:
        Misconfigured: `store_missing`, `store_unsupported`; `store_schema` when its tables are of
            another version.
        StoreDown: `store_away`.
    """
    engine = _engine(url)
    with _connected(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        raise Misconfigured("store_missing")
    if current != _scripts().get_current_head():
        raise Misconfigured("store_schema")
    if engine.dialect.name == "sqlite":
        return SqlStore(engine, SqliteSession)
    return SqlStore(engine, PostgresSession)


def upgrade(url: str) -> None:
    """Bring a store's tables to this version; nothing happens when they are.

    Raises:
        Misconfigured: `store_missing`, `store_unsupported`.
        StoreDown: `store_away`, `store_contended`.
    """
    with _connected(_engine(url)) as connection:
        _migrate(connection)
        connection.exec_driver_sql("COMMIT")


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """One connection; none stays behind, whatever happens."""
    try:
        with border(), engine.connect() as connection:
            yield connection
            connection.connection.rollback()
    finally:
        engine.dispose()


def _engine(url: str, *, create: bool = False) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise Misconfigured("store_unsupported") from error
    if address.drivername == "sqlite" and address.database:
        return sqlite_engine(Path(address.database), create=create)
    if address.drivername in {"postgresql", "postgresql+psycopg"}:
        whole = address.set(drivername="postgresql+psycopg")
        return postgres_engine(whole.render_as_string(hide_password=False))
    raise Misconfigured("store_unsupported")


def _config(**attributes: Any) -> Config:  # noqa: ANN401 - alembic's own looseness
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(attributes)
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _migrate(connection: Connection) -> None:
    """All steps in one transaction, which the caller commits."""
    connection.exec_driver_sql("BEGIN")
    command.upgrade(_config(connection=connection), "head")
