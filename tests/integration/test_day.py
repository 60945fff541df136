"""A whole day, on files and on real servers: faults in the middle, and all books agree at the end.

The machine may be slow: limits are for a broken day, not for a slow one.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from ops.clock import SystemClock
from ops.demo.report import report
from ops.demo.run import Demo, Options
from ops.demo.servers import Servers
from ops.demo.site import Site
from ops.demo.town import town
from ops.deploy.postgres import PrivatePostgres
from tests.support.postgres import require_postgres
from tests.support.processes import Process, alive, descendants, running, until
from tests.support.rabbit import programs, require_rabbit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SERVERS = [pytest.mark.rabbit, pytest.mark.postgres]
INSTANCES = 6
"""Five nodes, one of them twice; each has a dispatcher and a worker."""


def need_servers() -> None:
    require_rabbit()
    require_postgres()


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that other accounts can be let into."""
    with tempfile.TemporaryDirectory(prefix="day-") as folder:
        yield Path(folder)


def test_all_books_agree_after_a_day_of_faults() -> None:
    out, err = io.StringIO(), io.StringIO()
    ended = hubctl.run(["demo", "--payments", "20", "--json"], Screen(out, err, chinese=False))
    assert Exit.DONE == ended, out.getvalue() + err.getvalue()
    told = json.loads(out.getvalue())
    assert (0, 0, 0, 0) == tuple(told[n] for n in ("lost", "doubled", "waiting", "parked"))
    assert told["conserved"]
    assert told["reconciled"]
    assert [] == [one for one in told["incidents"] if not one["ok"]]
    assert told["paid_fen"] == told["cleared_fen"] - told["restored_fen"] + told["refunded_fen"]
    assert 0 < told["takeover_seconds"]


class Kills:
    """Progress that ends PostgreSQL with SIGKILL at the beginning of some stages."""

    def __init__(self, server: PrivatePostgres, stages: tuple[str, ...]) -> None:
        self._server = server
        self._stages = stages
        self.killed: list[str] = []

    def stage(self, name: str, total: int) -> None:
        assert total >= 0
        if name in self._stages:
            self._server.kill()
            time.sleep(1)  # so that everybody meets a store that is away
            self._server.start()
            self.killed.append(name)

    def reached(self, count: int) -> None:
        """Only beginnings matter."""


@pytest.mark.rabbit
@pytest.mark.postgres
def test_all_books_agree_after_a_day_on_servers_with_postgresql_killed_too(root: Path) -> None:
    """A hub and a broker are killed by the day itself, the broker's disk with it."""
    need_servers()
    ground = Servers(root, town().nodes, programs())
    kills = Kills(ground.databases.server, ("answers", "bounces"))
    site = Site(root, town(), ground)
    with Demo(Options(20, 1), site, SystemClock(), time.sleep, kills) as day:
        day.prepare()
        day.pay()
        day.close()
        ended = {name for name, process in site.processes.items() if process.poll() is not None}
        day.end()
        made = report(day)
    assert ["answers", "bounces"] == kills.killed
    assert set() == ended
    assert 0 < made.times.takeover
    assert made.ok, (made.counts, made.breaks, made.incidents, made.checks)


ENDINGS = [
    pytest.param([], signal.SIGTERM, id="files-term"),
    pytest.param([], signal.SIGKILL, id="files-kill"),
    pytest.param(["--servers"], signal.SIGKILL, id="servers-kill", marks=SERVERS),
]


@pytest.mark.parametrize(("words", "ending"), ENDINGS)
def test_no_process_outlives_the_day(words: list[str], ending: signal.Signals, root: Path) -> None:
    if words:
        need_servers()
    root.chmod(0o711)
    command = [sys.executable, "-c", "from ops.cli.main import main; main()", "demo", *words]
    day = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(root)})  # noqa: TID251
    seen: set[Process] = set()

    def everybody() -> bool:
        seen.update(descendants(day.pid))
        return day.poll() is not None or running(seen, "ops.child") >= INSTANCES * 2

    try:
        assert until(everybody, 200)
        assert day.poll() is None, "it ended by itself"
        day.send_signal(ending)
        seen |= descendants(day.pid)
        day.wait(60)
        assert until(lambda: not alive(seen), 30), alive(seen)
        if ending is signal.SIGTERM:
            assert Exit.INTERRUPTED == day.returncode
            assert [] == list(root.iterdir())
    finally:
        day.kill()
        day.wait()
