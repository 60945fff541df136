"""`hubctl run` as an operator sees it: every change of state in a line, the log beside it."""

import signal
import subprocess
import sys
from pathlib import Path

from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, town

HUBCTL = "from ops.cli.entry import main; main()"


def test_a_node_says_where_its_log_is_and_each_change_of_its_state(tmp_path: Path) -> None:
    site = Site(tmp_path, town(), Embedded(tmp_path))
    site.make(SystemClock())
    log = tmp_path / "node.log"
    said = list[str]()
    with log.open("w", encoding="utf-8") as kept:
        node = subprocess.Popen(
            [sys.executable, "-c", HUBCTL, "run", "--config", str(site.config(BUREAU_NODE))],
            stdout=subprocess.PIPE, stderr=kept, text=True, start_new_session=True,
        )  # fmt: skip
        assert node.stdout is not None
        with node:
            for line in node.stdout:
                said.append(line)
                if "is active" in line:
                    node.send_signal(signal.SIGINT)
    assert 0 == node.returncode
    starts, where, look, *_, stopping, stopped = said
    assert starts.startswith("bureau-a starts: environment demo, desk bureau")
    assert f"log: {log}\n" == where
    assert f"kill {node.pid}" in look
    assert stopping.startswith("bureau-a is stopping")
    assert "the node has stopped in order\n" == stopped
    assert '"node_stopped"' in log.read_text(encoding="utf-8")
