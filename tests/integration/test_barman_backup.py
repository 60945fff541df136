"""PostgreSQL through Barman: streaming, base backups, a point in time."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.files.target import FolderTarget
from adapters.store import making, opening
from adapters.store.restoring import StoreKeeper, payloads
from hub.clock import Instant
from hub.errors import Damaged, RuleBroken
from ops.backup.barman import STANDBY, Barman, Source
from ops.backup.manifest import Role
from ops.backup.postgresql import BarmanDatabase
from ops.backup.service import Backups
from ops.clock import SystemClock
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres
from ops.drill import load
from tests.support.backup import require_barman
from tests.support.postgres import require_postgres

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(400)]
CLOCK = SystemClock()


class Site:
    def __init__(self, folder: Path, server: PrivatePostgres) -> None:
        self.folder = folder
        self.server = server
        self.url = server.url("hub")
        server.sql("CREATE DATABASE hub")
        making.create(self.url).close()
        here = server.conninfo()
        self.barman = Barman(
            folder / "barman", "hub", Source(here, here, server.programs), server.account
        )
        self.settings = folder / "hub.toml"
        self.settings.write_text("[node]\n")
        self.backups = Backups(
            "hub",
            FolderTarget(folder / "target"),
            BarmanDatabase(self.barman, "hub", CLOCK),
            StoreKeeper(self.url),
            {Role.SETTINGS: [self.settings]},
            frozenset({Role.SETTINGS}),
            CLOCK,
        )

    def write(self, *numbers: int) -> None:
        store = opening.open_store(self.url)
        for n in numbers:
            load.write_once(store, "0", f"start{n}", n)
        store.close()

    def restored(self, name: str, until: Instant | None = None) -> list[int]:
        done = self.backups.restore(self.folder / name, until=until)
        with PrivatePostgres(done.data, free_port()) as server:
            store = opening.open_store(server.url("hub"))
            with store.read() as transaction:
                assert done.incarnation == transaction.fence.incarnation
            numbers = [int(one.rpartition("-")[2]) for one in load.present(payloads(store))]
            store.close()
            assert "" == server.sql("show synchronous_standby_names")
        return sorted(n for n in numbers if n < 9)  # 9 belongs to another test


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    require_postgres()
    require_barman()
    folder = Path(tempfile.mkdtemp(prefix="barman-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        server = stack.enter_context(PrivatePostgres(folder / "live", free_port()))
        made = Site(folder, server)
        made.barman.configure()
        server.sql(f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({STANDBY})'")
        server.sql("SELECT pg_reload_conf()")
        stack.callback(made.barman.stop)
        made.barman.begin()
        yield made


def test_a_store_comes_back_to_the_end_and_to_a_moment(site: Site) -> None:
    made = site.backups.now()
    site.write(1, 2)
    time.sleep(0.01)
    before_the_mistake = CLOCK.now()
    time.sleep(0.01)
    site.write(3)
    assert [1, 2] == site.restored("moment", before_the_mistake)
    assert [1, 2, 3] == site.restored("end")
    time.sleep(0.01)
    assert [1, 2, 3] == site.restored("now", CLOCK.now())  # nothing was committed after it
    with pytest.raises(RuleBroken, match="set_too_new"):
        site.backups.restore(site.folder / "no", made.set_id, Instant(made.made_at - 1))


def test_the_receiver_is_a_synchronous_standby(site: Site) -> None:
    assert "sync" == site.server.sql(
        f"SELECT sync_state FROM pg_stat_replication WHERE application_name = '{STANDBY}'"  # noqa: S608
    )


def test_a_receiver_that_ended_is_started_again(site: Site) -> None:
    before = site.barman.receiver_pid
    site.barman.stop()
    site.barman.tick()
    assert site.barman.receiver_pid not in {None, before}
    site.write(9)  # returns only once the receiver has it


def test_a_damaged_base_backup_is_told(site: Site) -> None:
    made = site.backups.now()
    base = site.folder / "barman/backups/hub/base" / str(made.database["backup"])
    file = base / "data" / "PG_VERSION"
    file.write_text("14\n")
    with pytest.raises(Damaged, match="copy_damaged"):
        site.backups.verify(made.set_id)
    assert "damaged" == site.backups.sets()[-1].state
