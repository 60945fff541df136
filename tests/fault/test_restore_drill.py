"""The store's disk is lost under load; only the backup is left.

What is lost or doubled is judged here. How long it took is judged by `make drills`, which runs
alone: beside other tests the time says nothing about the restore.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.store.opening import open_store
from ops.clock import SystemClock
from ops.drill import restore
from ops.drill.restore import Plan
from tests.support.backup import require_barman
from tests.support.postgres import require_postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """Reachable for the account the servers run as, which pytest's own folders are not."""
    made = Path(tempfile.mkdtemp(prefix="drill-"))
    yield made
    shutil.rmtree(made)


def test_a_lost_sqlite_store_comes_back_to_the_last_tick(folder: Path) -> None:
    found = restore.on_sqlite(folder, SystemClock(), Plan(seconds=3))
    assert found.tally.acknowledged > 10
    assert found.tally.present > 0
    assert 0 == found.tally.doubled


def test_the_restored_store_has_a_life_of_its_own(folder: Path) -> None:
    found = restore.on_sqlite(folder, SystemClock(), Plan(seconds=2, writers=1))
    store = open_store(f"sqlite:///{folder / 'restored' / 'data' / 'hub.sqlite'}")
    with store.read() as transaction:
        assert found.conditions["incarnation"] == transaction.fence.incarnation
    store.close()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(400)
def test_no_acknowledged_commit_is_lost_with_a_postgresql_server(folder: Path) -> None:
    require_postgres()
    require_barman()
    found = restore.on_postgresql(folder, SystemClock(), Plan(seconds=4))
    assert found.tally.acknowledged > 10
    assert (0, 0) == (found.tally.lost, found.tally.doubled)
