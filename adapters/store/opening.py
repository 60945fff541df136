"""Opening a store at an address; `making` makes and upgrades them.

Addresses: `sqlite:////folder/hub.db` (one file; one machine) and
`postgresql+psycopg://user@host/database` (several machines).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters.store.sqlite import SqliteSession, sqlite_engine
from adapters.store.store import SqlStore
from adapters.store.translation import border
from hub.errors import Misconfigured

REVISION: Final = "0030"
"""Of the newest migration, which this version's tables are of."""
DRIVERS: Final = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})
VERSION: Final = table("alembic_version", column("version_num"))


def open_store(url: str) -> SqlStore:
    """The store at an address.

    Raises:
        Misconfigured: `store_missing`, `store_unsupported`; `store_schema` when its tables are of
            another version.
        StoreDown: `store_away`.
    """
    engine = engine_at(url)
    with connected(engine) as connection:
        current = revision_of(connection)
    if current != REVISION:
        raise Misconfigured("store_schema")
    if engine.dialect.name == "sqlite":
        return SqlStore(engine, SqliteSession)
    from adapters.store.postgres import PostgresSession  # noqa: PLC0415 - as below

    return SqlStore(engine, PostgresSession)


def revision_of(connection: Connection) -> str:
    """Of the migration that a store's tables are of.

    Raises:
        Misconfigured: `store_missing`.
    """
    if not inspect(connection).has_table(VERSION.name):
        raise Misconfigured("store_missing")
    return str(connection.execute(select(VERSION.c.version_num)).scalar_one_or_none() or "")


def require_made(url: str) -> None:
    """Refuse an address without a store, of whatever version.

    Raises:
        Misconfigured: `store_missing`, `store_unsupported`.
        StoreDown: `store_away`.
    """
    with connected(engine_at(url)) as connection:
        revision_of(connection)


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """One connection; none stays behind, whatever happens."""
    try:
        with border(), engine.connect() as connection:
            yield connection
            connection.connection.rollback()
    finally:
        engine.dispose()


def address_of(url: str) -> URL:
    """A store's address, taken apart.

    Raises:
        Misconfigured: `store_unsupported`.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Misconfigured("store_unsupported") from error
    sqlite = address.drivername == "sqlite"
    if address.drivername not in DRIVERS or (sqlite and not address.database):
        raise Misconfigured("store_unsupported")
    return address


def engine_at(url: str, *, create: bool = False) -> Engine:
    """The engine of an address; `create` makes an SQLite file that is missing.

    Raises:
        Misconfigured: `store_unsupported`.
    """
    address = address_of(url)
    if address.drivername == "sqlite":
        return sqlite_engine(Path(str(address.database)), create=create)
    # A node on SQLite is spared the 8 MB of psycopg in each of its processes.
    from adapters.store.postgres_engine import postgres_engine  # noqa: PLC0415

    whole = address.set(drivername="postgresql+psycopg")
    return postgres_engine(whole.render_as_string(hide_password=False))
