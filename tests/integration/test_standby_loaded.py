"""What a node's processes have loaded while they stand by: a takeover does not wait for it.

The worker is not the first, which reads dead letters and has to speak to brokers for that.
"""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from ops.bell import Bell
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import HUB_NODE, town

ROOT = Path(__file__).parents[2]
ON_A_BROKER = """
[[channels]]
name = "c4"
kind = "rabbit"
password_file = "password"
lines = [{ host = "127.0.0.1", port = 1 }]
"""
PROGRAM = """
    import gc, json, sys
    from ops import child

    real, made = child.Parts, []

    def kept(*given):
        made.append(real(*given))
        return made[-1]

    child.Parts = kept
    code = child.main(sys.argv[1:])
    [parts] = made
    told = {
        "code": code,
        "pika": "pika" in sys.modules,
        "parts": sorted({"suites", "store"} & set(vars(parts))),
        "settled": gc.get_freeze_count() > 0,
    }
    print(json.dumps(told), file=sys.stderr)
"""


@pytest.fixture(name="config", scope="module")
def _config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with one channel on a broker; while it stands by nobody connects to it."""
    root = tmp_path_factory.mktemp("standby")
    site = Site(root, town(), Embedded(root))
    site.make(SystemClock())
    path = site.config(HUB_NODE)
    path.write_text(path.read_text(encoding="utf-8") + ON_A_BROKER, encoding="utf-8")
    return path


@pytest.mark.parametrize(("word", "slot"), [("work", "w1"), ("send", "d")])
def test_a_child_that_was_never_active_has_loaded_what_a_takeover_needs(
    word: str, slot: str, config: Path
) -> None:
    bell = Bell()
    ended = subprocess.run(
        [sys.executable, "-c", dedent(PROGRAM), word, str(config), slot, "1-1", str(bell.handle)],
        cwd=ROOT, input="standby\n", pass_fds=[bell.handle], capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    expected = {"code": 0, "pika": True, "parts": ["store", "suites"], "settled": True}
    assert expected == json.loads(ended.stderr.splitlines()[-1]), ended.stderr
