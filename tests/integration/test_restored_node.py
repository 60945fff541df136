"""A bank loses its disk: restored from its backup it is mute, is opened, and goes on.

What the hub still holds open comes back by itself. What was closed after the restored moment does
not: it is listed as missing.
"""

import io
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.clock import moment
from hub.parties import NodeId
from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from ops.clock import SystemClock
from ops.demo.town import HUB_NODE
from ops.drill.live import Live, Pace

BANK = NodeId("icbc")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="restored-"))
    yield made
    shutil.rmtree(made)


def run(*argv: str | Path) -> tuple[Exit, dict[str, Any]]:
    out = io.StringIO()
    code = hubctl.run([*map(str, argv), "--json"], Screen(out, io.StringIO(), chinese=False))
    return code, json.loads(out.getvalue())


def hub_rows(live: Live) -> int:
    found: int = live.watch.read(HUB_NODE, lambda tx: tx.open_hops(BANK))
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_bank_that_lost_its_disk_is_mute_then_opened_and_goes_on(folder: Path) -> None:
    clock = SystemClock()
    with Live(folder, clock, Pace(rate=5, before_seconds=1, after_seconds=1)) as live:
        config = live.site.config(BANK)
        with config.open("a") as settings:
            settings.write(f'\n[backup]\ntarget = "{folder / "copies"}"\n')
        live.begin(hubs=("a",))
        assert Exit.DONE == run("backup", "now", "--config", config)[0]
        until = moment(clock.now()).isoformat()
        time.sleep(0.1)
        live.issuing.issue(20)
        rows = live.issuing.rows
        live.until("closed", 60, lambda: live.watch.answered() >= rows, lambda: None)
        live.watch.quiet("quiet", 60, lambda: None)

        live.site.kill(BANK, "a")
        store = Path(live.site.ground.store(BANK).removeprefix("sqlite:///"))
        for file in store.parent.glob(f"{store.name}*"):
            file.unlink()
        live.issuing.issue(20)
        live.until("waiting", 60, lambda: hub_rows(live) > 0, lambda: None)
        to = folder / "restored"
        code, done = run("backup", "restore", "--config", config, "--to", to, "--until", until)
        assert Exit.DONE == code
        Path(done["data"]).rename(store)
        code, listed = run("resync", "list", "--config", config)
        assert (Exit.INDETERMINATE, True) == (code, listed["mute"])

        live.site.start(BANK)
        live.until("listed", 60, lambda: _hub(config)["missing"] > 0, lambda: None)
        live.until("rows_back", 60, lambda: hub_rows(live) == 0, lambda: None)
        assert live.watch.answered() < live.issuing.rows
        assert Exit.MISCONFIGURED == _open(config, typed="hub")
        assert "recovering" == _hub(config)["state"]
        assert Exit.DONE == _open(config, typed=BANK)
        code, listed = run("resync", "list", "--config", config)
        assert (Exit.DONE, False) == (code, listed["mute"])
        rows = live.issuing.rows
        live.until("drained", 60, lambda: live.watch.answered() >= rows, lambda: None)
        assert _hub(config)["missing"] > 0


def _hub(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = run("resync", "list", "--config", config)[1]["peers"][0]
    return found


def _open(config: Path, typed: str) -> Exit:
    return run("resync", "open", "--config", config, "--peer", "hub", "--yes", "--type", typed)[0]
