"""A store whose PostgreSQL was killed and started again: said while away, unnoticed afterwards."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.store.lease import open_lease
from adapters.store.making import create
from hub.errors import StoreDown
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from ops.deploy.postgres import PrivatePostgres
from tests.support.postgres import private_postgres
from tests.support.processes import until
from tests.support.staffed import copied

pytestmark = pytest.mark.postgres


@pytest.fixture
def server() -> Iterator[PrivatePostgres]:
    with private_postgres() as made:
        yield made


def test_a_store_begins_on_a_fresh_connection_after_the_server_came_back(
    server: PrivatePostgres,
) -> None:
    store = create(server.url())
    with store.begin() as held, store.read() as tx:  # two connections in the pool
        life = tx.fence.incarnation
        assert life == held.fence.incarnation
    server.kill()
    with pytest.raises(StoreDown, match="store_away"), store.read():
        pass
    server.start()
    server.kill()
    server.start()
    for _ in range(3):
        with store.begin() as tx:
            assert life == tx.fence.incarnation
    store.close()


def test_a_transaction_that_was_open_when_the_server_died_did_not_happen(
    server: PrivatePostgres,
) -> None:
    store = create(server.url())
    with store.begin() as tx:
        assert 1 == tx.append_journal("lane", b"never").n
        server.kill()
        server.start()
        with pytest.raises(StoreDown, match="store_away"):
            tx.append_journal("lane", b"never either")
    with store.begin() as tx:
        assert 1 == tx.append_journal("lane", b"this").n
        tx.commit()
    store.close()


def test_a_lease_cannot_tell_once_and_then_can(server: PrivatePostgres) -> None:
    create(server.url()).close()
    lease = open_lease(server.url())
    lease.renew("hub-a", 60_000)
    server.kill()
    server.start()
    with pytest.raises(StoreDown):
        lease.renew("hub-a", 60_000)
    assert ("hub-a", 1) == (lease.read().holder, lease.read().token)
    lease.close()


def test_a_node_waits_for_a_store_that_is_away_when_it_starts(
    ready: Site, server: PrivatePostgres, tmp_path: Path
) -> None:
    copied(ready, tmp_path)
    create(server.url()).close()
    server.stop()
    log = tmp_path / "log"
    config = str(tmp_path / BUREAU_NODE / "hub-a.toml")
    command = [sys.executable, "-m", "ops.node", "leashed", config]
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [*command, f"store.url={server.url()}", "store.lease="],
            stdin=subprocess.PIPE, stderr=said,
        ) as node,
    ):  # fmt: skip
        try:
            assert until(lambda: b"node_waits" in log.read_bytes(), 60), log.read_text()
            server.start()
            assert until(lambda: b'"active"' in log.read_bytes(), 60), log.read_text()
            node.communicate(timeout=60)  # the leash ends
        finally:
            node.kill()
    assert 0 == node.returncode
