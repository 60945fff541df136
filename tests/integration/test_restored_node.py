"""A bank loses its disk: restored from its backup it is mute, gets back what it had, and goes on.

What was paid and answered after the backup is back, its own receipts too, and is not paid again;
what came while it was away is paid once.
"""

import io
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.clock import moment
from hub.desks.elements import PAYMENTS
from hub.parties import NodeId
from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from ops.clock import SystemClock
from ops.demo.town import HUB_NODE
from ops.drill.live import Live, Pace
from ops.wiring import open_core_book

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
def test_a_bank_that_lost_its_disk_gets_back_what_it_had_and_goes_on(folder: Path) -> None:
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
        paid = receipts(live)

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
        assert Exit.MISCONFIGURED == _aside(config, typed="hub")
        before = receipts(live)
        assert before < paid

        live.site.start(BANK)
        live.until("compared", 60, lambda: _hub(config)["state"] == "open", lambda: None)
        told = _hub(config)
        assert ("done", 0) == (told["step"], told["left"])
        assert told["wanted"] == told["recovered"] > 0
        live.until("paid_as_before", 60, lambda: receipts(live) >= paid, lambda: None)
        rows = live.issuing.rows
        live.until("drained", 60, lambda: live.watch.answered() >= rows, lambda: None)
        live.watch.quiet("quiet", 60, lambda: None)
        assert 0 == _hub(config)["missing"]
        assert Exit.DONE == run("resync", "list", "--config", config)[0]
        assert [] == open_core_book(live.site.core(BANK)).doubled()


def receipts(live: Live) -> int:
    """Rows that the bank has paid, by the books that stand in its place now."""
    with closing(live.site.store(BANK)) as store, store.read() as tx:
        totals = tx.line_totals()
    paid = {"paid", "failed", "returned"}
    return sum(
        t.count for (*_, kind, state), t in totals.items() if kind in PAYMENTS and state in paid
    )


def _hub(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = run("resync", "list", "--config", config)[1]["peers"][0]
    return found


def _aside(config: Path, typed: str) -> Exit:
    return run("resync", "aside", "--config", config, "--peer", "hub", "--yes", "--type", typed)[0]
