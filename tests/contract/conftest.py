"""Every port's implementations, as parameters of its one suite."""

import pytest

from adapters.embedded.memory_store import MemoryStore
from tests.support.stores import Site, TickingClock


def _memory() -> Site:
    store = MemoryStore(TickingClock(), "00" * 8)
    return Site(store, store.attach, lambda: store.new_incarnation("11" * 8))


@pytest.fixture(params=["memory"])
def site(request: pytest.FixtureRequest) -> Site:
    """A fresh store of each kind."""
    assert request.param == "memory"
    return _memory()
