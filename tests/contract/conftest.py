"""Every port's implementations, as parameters of its one suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.memory_store import MemoryStore
from adapters.store.opening import create, open_store
from adapters.store.store import SqlStore
from tests.support.postgres import postgres, postgres_url
from tests.support.rabbit import broker, brokers
from tests.support.stores import Site, TickingClock

__all__ = ["broker", "brokers", "postgres", "postgres_url", "site", "store_url"]


def _memory() -> Site:
    store = MemoryStore(TickingClock(), "00" * 8)
    return Site(store, store.attach, lambda: store.new_incarnation("11" * 8))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store in SQL can be created, on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A fresh store of each kind."""
    if request.param == "memory":
        yield _memory()
        return
    sqlite = f"sqlite:///{tmp_path}/hub.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    stores = [create(url)]

    def attach() -> SqlStore:
        stores.append(open_store(url))
        return stores[-1]

    yield Site(stores[0], attach, lambda: stores[0].new_incarnation("11" * 8))
    for store in stores:
        store.close()
