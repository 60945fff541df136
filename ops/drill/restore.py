"""Drill `restore`: the store's disk is lost under load; only the backup is left.

Two sites, both made from installed packages in a scratch folder: `sqlite` (snapshot and shipped
segments; what was acknowledged since the last tick may be lost, at most a tick) and `postgresql`
(Barman as synchronous standby; nothing acknowledged may be lost). The load goes on while the base
is made; the fault comes between two ticks. Detecting is a look at the data folder, deciding is this
command: neither holds a person's time.
"""

import random
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.clock import Clock
from hub.errors import StoreDown
from ops import wiring_backup as wiring
from ops.backup.barman import STANDBY, Barman, Source
from ops.backup.manifest import Role
from ops.backup.ports import Database, Target
from ops.backup.service import Backups, Restored
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres
from ops.drill import load
from ops.drill.report import Bounds, Report, tally
from ops.drill.timeline import Timeline

DRILL: Final = "restore"
TICK_SECONDS: Final = 1.0
SQLITE_BOUNDS: Final = Bounds(rto_seconds=30, rpo_seconds=2 * TICK_SECONDS)
POSTGRES_BOUNDS: Final = Bounds(rto_seconds=60, rpo_seconds=0)
START_SECONDS: Final = 60.0
DATABASE: Final = "hub"


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard to drill."""

    seconds: float = 6.0
    writers: int = 2
    seed: int = 1


def on_sqlite(folder: Path, clock: Clock, plan: Plan) -> Report:
    """Lose a SQLite store's file, bring it back from the target."""
    timeline = Timeline(clock)
    live = folder / "live"
    live.mkdir(parents=True)
    url = f"sqlite:///{live / 'hub.sqlite'}"
    wiring.new_store(url).close()
    target = wiring.target(folder / "target")
    backups = _backups(folder, url, target, wiring.sqlite_database(url, target, clock), clock)
    timeline.mark("ready")
    with wiring.shipping(url, target, clock) as (shipper, _):
        writers = _start(url, folder, plan)
        try:
            _run_load(clock, plan, shipper.tick, backups)
            timeline.mark("loaded")
            time.sleep(random.Random(plan.seed).random() * TICK_SECONDS)
        finally:
            fault_at = timeline.mark("inject")
            _kill(writers)
        shutil.rmtree(live)
    assert not live.exists()
    timeline.mark("detect")
    timeline.mark("decide")
    done = backups.restore(folder / "restored")
    timeline.mark("restored")
    return _finish(f"sqlite:///{done.data}", folder, timeline, fault_at, done, SQLITE_BOUNDS)


def on_postgresql(folder: Path, clock: Clock, plan: Plan) -> Report:
    """Lose a PostgreSQL with its data folder, bring it back from Barman."""
    timeline = Timeline(clock)
    folder.chmod(0o755)  # the server's account has to enter
    server = PrivatePostgres(folder / "live", free_port())
    source = Source(server.conninfo(), server.conninfo(), server.programs)
    barman = Barman(folder / "barman", "hub", source, server.account)
    with server:
        server.sql(f"CREATE DATABASE {DATABASE}")
        url = server.url(DATABASE)
        wiring.new_store(url).close()
        barman.configure()
        server.sql(f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({STANDBY})'")
        server.sql("SELECT pg_reload_conf()")
        try:
            barman.begin()
            database = wiring.barman_database(barman, DATABASE, clock)
            backups = _backups(folder, url, wiring.target(folder / "target"), database, clock)
            timeline.mark("ready")
            writers = _start(url, folder, plan)
            try:
                _run_load(clock, plan, barman.tick, backups)
                timeline.mark("loaded")
            finally:
                fault_at = timeline.mark("inject")
                server.kill()
                _kill(writers)
            shutil.rmtree(server.data)
            timeline.mark("detect")
            timeline.mark("decide")
            done = backups.restore(folder / "restored")
            timeline.mark("restored")
        finally:
            barman.stop()
    with PrivatePostgres(done.data, free_port()) as restored:
        timeline.mark("started")
        return _finish(restored.url(DATABASE), folder, timeline, fault_at, done, POSTGRES_BOUNDS)


SITES: Final = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def _backups(folder: Path, url: str, target: Target, database: Database, clock: Clock) -> Backups:
    settings = folder / "hub.toml"
    settings.write_text('env = "drill"\n')
    files = {Role.SETTINGS: [settings]}
    return wiring.backups("drill", url, target, database, files, frozenset(files), clock)


def _start(url: str, folder: Path, plan: Plan) -> list[subprocess.Popen[bytes]]:
    """Start the writers and wait until each has been acknowledged something."""
    journals = [folder / f"acknowledged-{slot}" for slot in range(plan.writers)]
    writers = [load.start(url, journal, str(slot)) for slot, journal in enumerate(journals)]
    deadline = time.monotonic() + START_SECONDS
    while not all(load.acknowledged([journal]) for journal in journals):
        if time.monotonic() > deadline or any(writer.poll() is not None for writer in writers):
            _kill(writers)
            raise StoreDown("drill_load_failed")
        time.sleep(0.05)
    return writers


def _run_load(clock: Clock, plan: Plan, tick: Callable[[], object], backups: Backups) -> None:
    """Ticks throughout; the base is made after a third of the time, under load."""
    began = clock.monotonic()
    made = False
    while (passed := clock.monotonic() - began) < plan.seconds or not made:
        tick()
        if not made and passed > plan.seconds / 3:
            backups.now()
            made = True
        time.sleep(TICK_SECONDS / 2)
    tick()


def _kill(writers: list[subprocess.Popen[bytes]]) -> None:
    for writer in writers:
        writer.kill()
    for writer in writers:
        writer.wait()


def _finish(
    url: str, folder: Path, timeline: Timeline, fault_at: float, done: Restored, bounds: Bounds
) -> Report:
    store = wiring.old_store(url)
    try:
        load.write_once(store, "0", "after", 1)
        timeline.mark("first_commit")
    finally:
        store.close()
    told = load.acknowledged(sorted(folder.glob("acknowledged-*")))
    found = [one for one in load.present(wiring.journal_of(url)) if "-after-" not in one]
    timeline.mark("compared")
    return Report(
        DRILL,
        url.partition(":")[0].partition("+")[0],
        timeline.events,
        tally(told, found, fault_at),
        bounds,
        {
            "set": done.set_id,
            "incarnation": done.incarnation,
            "restore_seconds": round(done.seconds, 3),
        },
    )
