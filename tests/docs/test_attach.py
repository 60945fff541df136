"""How-tos of attaching a core run as they stand: their settings, their programs, their payments."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.desks.elements import PAYMENTS
from hub.parties import NodeId
from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, town
from tests.support.attached import SAMPLES, sample

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BANK = NodeId("icbc")
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(hubctl .*?)\n```")
PROGRAM = re.compile(r"^    (python3 docs/samples/attach/.*)$", re.MULTILINE)
PORT = 21_443
PAID_FEN = 12850


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "var").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # nodes are processes of their own
    return tmp_path


@pytest.fixture(name="site")
def _site(checkout: Path) -> Iterator[Site]:
    """What the demonstration of step 1 leaves behind, without its day."""
    root = checkout / "var/town"
    root.mkdir()
    made = Site(root, town(), Embedded(root))
    made.make(SystemClock())
    yield made
    made.end()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", ["python", "folder", "http"])
def test_the_first_payment_is_made_from_the_document_alone(
    form: str, site: Site, checkout: Path
) -> None:
    text = (ROOT / f"docs/how-to/attach-a-core-{form}.md").read_text(encoding="utf-8")
    settle(text, site, checkout)
    for node in (HUB_NODE, BUREAU_NODE, BANK):
        site.start(node)
    programs = PROGRAM.findall(text)
    assert len(programs) == (form != "python")
    running = [begin(line.replace("8443", str(PORT))) for line in programs]
    try:
        for line in SHELL.findall(text):
            if "hubctl demo" not in line:
                run(line)
        assert {"paid": PAID_FEN, "returned": 6400} == answered(site)
    finally:
        for process in running:
            process.kill()
            process.wait()
    with closing(sample("bank_ledger").Ledger(checkout / "var/ledger.sqlite")) as ledger:
        assert [PAID_FEN] == [fen for _, fen in ledger.moved()]


def run(line: str) -> None:
    """A command of the document; what it looks for is there within seconds, it says."""
    deadline = time.monotonic() + 120
    while True:
        said = Screen(sys.stdout, sys.stderr, chinese=False)
        code = hubctl.run(shlex.split(line)[1:], said)
        if code != Exit.NOT_FOUND or "voucher find" not in line:
            break
        assert time.monotonic() < deadline, line
        time.sleep(0.2)
    assert Exit.DONE == code, line


def settle(text: str, site: Site, checkout: Path) -> None:
    """What the document says to write into the bank's settings."""
    first, *more = TOML.findall(text)
    path = site.config(BANK)
    kept = path.read_text(encoding="utf-8")
    assert re.search(r"^core = .*$", kept, re.MULTILINE)
    given = first.replace("SAMPLES", str(SAMPLES))
    given = given.replace("LEDGER", str(checkout / "var/ledger.sqlite"))
    changed = re.sub(r"^core = .*$", lambda _: given, kept, flags=re.MULTILINE)
    if more:
        changed += "\n" + more[0].replace("8443", str(PORT))
        (path.parent / "token").write_text("a secret of our own")
    path.write_text(changed, encoding="utf-8")


def begin(line: str) -> subprocess.Popen[bytes]:
    """The bank's program; it may be begun before the node has made its folder."""
    folder = Path("var/town/icbc/exchange")
    if "bank_folder" in line:
        for name in ("requests", "inquiries", "answers", ".new"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    return subprocess.Popen([sys.executable, *shlex.split(line)[1:]], stdout=subprocess.DEVNULL)


def answered(site: Site) -> dict[str, int]:
    """Fen by end state of the bureau's payments, when all have one."""
    deadline = time.monotonic() + 120
    store = site.store(BUREAU_NODE)
    with closing(store):
        while True:
            with store.read() as tx:
                totals = tx.line_totals()
            states = {
                state: total.amount_fen
                for (_, _, kind, state), total in totals.items()
                if kind in PAYMENTS
            }
            if "new" not in states and len(states) > 1:
                return states
            assert time.monotonic() < deadline, states
            time.sleep(0.2)
