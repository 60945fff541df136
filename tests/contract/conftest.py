"""Every port's implementations, as parameters of its one suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.memory_store import MemoryStore
from adapters.store.making import create
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from ops.deploy.postgres import PrivatePostgres
from tests.support.made import empty, on_sqlite
from tests.support.postgres import postgres, postgres_url
from tests.support.rabbit import broker, brokers
from tests.support.stores import Site, TickingClock

__all__ = [
    "broker", "brokers", "postgres", "postgres_url", "shared_postgres", "site", "store_url",
]  # fmt: skip


def _memory() -> Site:
    store = MemoryStore(TickingClock(), "00" * 8)
    return Site(store, store.attach, lambda: store.new_incarnation("11" * 8))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store in SQL can be created, on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def shared_postgres(postgres: PrivatePostgres) -> str:
    """One store in PostgreSQL that tests use in turn."""
    postgres.sql("CREATE DATABASE shared")
    url = postgres.url("shared")
    create(url).close()
    return url


@pytest.fixture
def made_postgres(shared_postgres: str) -> str:
    """Where an empty store in PostgreSQL is."""
    empty(shared_postgres)
    return shared_postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def made_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store in SQL is, on each database."""
    if request.param == "sqlite":
        return on_sqlite(tmp_path / "hub.db")
    return str(request.getfixturevalue("made_postgres"))


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A fresh store of each kind."""
    if request.param == "memory":
        yield _memory()
        return
    if request.param == "sqlite":
        url = on_sqlite(tmp_path / "hub.db")
    else:
        url = request.getfixturevalue("made_postgres")
    stores: list[SqlStore] = []

    def attach() -> SqlStore:
        stores.append(open_store(url))
        return stores[-1]

    yield Site(attach(), attach, lambda: stores[0].new_incarnation("11" * 8))
    for store in stores:
        store.close()
