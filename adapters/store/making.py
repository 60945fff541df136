"""Making and upgrading a store at an address: tables come from migrations only.

Apart from `opening`, because only commands that make stores need alembic; a node's processes just
compare a number.
"""

import secrets
import time
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from adapters.store.opening import REVISION, connected, engine_at, open_store, revision_of
from adapters.store.store import SqlStore
from adapters.store.tables import META
from hub.errors import Misconfigured

LEAVE_SECONDS: Final = 1.0
_OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = current_user AND pid <> pg_backend_pid()"
)
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def create(url: str, incarnation: str | None = None) -> SqlStore:
    """A new, empty store with a random incarnation, or the given one.

    Raises:
        Misconfigured: `store_exists`, `store_unsupported`, `store_missing` (no such database).
        StoreDown: `store_away`.
    """
    life = incarnation or secrets.token_hex(8)
    with connected(engine_at(url, create=True)) as connection:
        if inspect(connection).has_table(META.name):
            raise Misconfigured("store_exists")
        _migrate(connection)
        row = {"id": 1, "incarnation": life, "trust_state": 1, "token": 0}
        connection.execute(META.insert(), row)
        connection.exec_driver_sql("COMMIT")
    return open_store(url)


def upgrade(url: str) -> tuple[str, str]:
    """Bring a store's tables to this version; nothing happens when they are.

    Returns the revision before and the one now.

    Raises:
        Misconfigured: `store_missing`, `store_unsupported`; `store_newer`: a newer version made it.
        StoreDown: `store_away`, `store_contended`.
    """
    with connected(engine_at(url)) as connection:
        before = revision_of(connection)
        if before > REVISION:
            raise Misconfigured("store_newer", found=before, known=REVISION)
        _migrate(connection)
        connection.exec_driver_sql("COMMIT")
    return before, REVISION


def others(url: str) -> int:
    """How many other processes are connected to a store's database under its account.

    One that is just leaving is waited for; of a file nobody is known so.

    Raises:
        Misconfigured: `store_missing`, `store_unsupported`. StoreDown: `store_away`.
    """
    with connected(engine_at(url)) as connection:
        if connection.dialect.name != "postgresql":
            return 0
        deadline = time.monotonic() + LEAVE_SECONDS
        while True:
            count: int = connection.execute(text(_OTHERS)).scalar_one()
            if not count or time.monotonic() > deadline:
                return count
            time.sleep(0.1)


def migrations_of(connection: Connection) -> Config:
    """What alembic is told to work on this connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection) -> None:
    """All steps in one transaction, which the caller commits."""
    connection.exec_driver_sql("BEGIN")
    if connection.dialect.name == "postgresql":
        # Steps are made in Python, on a busy machine a second apart, and nobody waits for them.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    command.upgrade(migrations_of(connection), "head")
