"""Stores for tests that copy one which the migrations have made: only the first of a session costs.

Making itself is the matter of `test_store_schema` and `test_store_upgrades`, which start from
nothing.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from adapters.store.making import create
from adapters.store.opening import connected, engine_at
from adapters.store.tables import META, METADATA

LIFE: Final = "00" * 8


@cache
def _file() -> bytes:
    """A new store on SQLite; closing it has left one file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.db"
        create(f"sqlite:///{path}", LIFE).close()
        assert [path] == list(Path(folder).iterdir())
        return path.read_bytes()


def on_sqlite(path: Path) -> str:
    """The address of a new store in a file that is not there yet."""
    with path.open("xb") as file:
        file.write(_file())
    return f"sqlite:///{path}"


def empty(url: str) -> None:
    """Make a store in PostgreSQL, which tests use in turn, as if it were new.

    Rows are deleted: most tables hold none, and truncating makes the files of all of them anew.
    """
    statements = [f"DELETE FROM {name}" for name in METADATA.tables if name != META.name]  # noqa: S608
    fence = {"incarnation": LIFE, "trust_state": 1, "token": 0}
    with connected(engine_at(url)) as connection:
        connection.exec_driver_sql("; ".join(statements))
        connection.execute(META.update().values(fence))
