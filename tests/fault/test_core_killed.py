"""kill -9 in the middle, on either side of an attached core: every key moves once, none is lost."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.attached import FORMS, SAMPLES, TOKEN, an_order, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
COUNT = 200
DEADLINE = 90.0


class Sides:
    """The node's process and the bank's, begun and killed."""

    def __init__(self, form: str, root: Path) -> None:
        self.form, self.root = form, root
        self.port = free_port()
        (root / "token").write_text(TOKEN)
        (root / "exchange").mkdir()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ledger = sample("bank_ledger").Ledger(root / "ledger.sqlite")

    def node(self, life: str) -> None:
        self.running["node"] = start(
            "-m", "tests.support.core_asker", self.form, str(self.root), str(COUNT),
            str(self.port), life,
        )  # fmt: skip

    def bank(self) -> None:
        """Where the core is called directly, there is no program of the bank's to kill."""
        where = {
            "folder": [str(self.root / "exchange")],
            "http": [f"http://127.0.0.1:{self.port}", str(self.root / "token")],
        }.get(self.form)
        if where is not None:
            program = str(SAMPLES / f"bank_{self.form}.py")
            self.running["bank"] = start(program, *where, str(self.root / "ledger.sqlite"))

    def kill(self, side: str) -> None:
        if process := self.running.pop(side, None):
            process.kill()
            process.wait()

    def moved(self) -> list[tuple[str, int]]:
        return sorted(self.ledger.moved())


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=None
    )


def free_port() -> int:
    for port in range(21_300, 21_400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(params=FORMS)
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sides]:
    made = Sides(request.param, tmp_path)
    yield made
    for side in list(made.running):
        made.kill(side)
    made.ledger.close()


def test_a_killed_node_and_a_killed_bank_move_every_key_once(sides: Sides) -> None:
    sides.node("first")
    sides.bank()
    until(lambda: len(sides.moved()) >= COUNT // 5)
    sides.kill("bank")
    sides.bank()
    until(lambda: len(sides.moved()) >= COUNT // 3)
    sides.kill("node")
    sides.node("again")
    until((sides.root / "outcomes.json").exists)
    sides.running.pop("node").wait(10)
    outcomes = json.loads((sides.root / "outcomes.json").read_text())
    assert {"Done"} == set(outcomes.values())
    assert [(an_order(n).key, n) for n in range(1, COUNT + 1)] == sides.moved()
