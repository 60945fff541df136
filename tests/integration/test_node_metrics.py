"""A real node tells what it is: figures over HTTP, its children's facts, heartbeats by its hook."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from hub.errors import Misconfigured
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from ops.deploy.ports import free_port
from ops.metrics import serve
from tests.support.staffed import copied

PATIENCE_SECONDS = 90.0


def wait_for(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


class Watched:
    """A node with metrics and a hook that keeps what it gets."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.port = free_port()
        self.took = folder / "took"
        program = f"import sys; open({str(self.took)!r}, 'a').write(sys.stdin.read())"
        command = json.dumps([sys.executable, "-c", program])
        config = site.config(BUREAU_NODE)
        config.write_text(f"{config.read_text()}\n[alarms]\ncommand = {command}\n")
        arguments = ["-m", "ops.node", "keep", str(config), f"metrics_port={self.port}"]
        self.process = Popen([sys.executable, *arguments])

    def figures(self) -> dict[str, float]:
        """Everything that is served now; nothing while nobody serves."""
        url = f"http://127.0.0.1:{self.port}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        rows = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def events(self) -> list[str]:
        """What the hook was given."""
        if not self.took.exists():
            return []
        return [json.loads(line)["event"] for line in self.took.read_text().splitlines()]


@pytest.fixture(name="watched")
def _watched(ready: Site, tmp_path: Path) -> Iterator[Watched]:
    site = copied(ready, tmp_path)
    node = Watched(site, tmp_path)
    yield node
    node.process.terminate()
    assert 0 == node.process.wait(60)


@pytest.mark.timeout(400)
def test_a_node_serves_its_figures_and_its_hook_hears_that_it_lives(watched: Watched) -> None:
    def up() -> bool:
        found = watched.figures()
        channels = [v for name, v in found.items() if name.startswith("evx_channel_up")]
        return found.get("evx_lease_active") == 1 and channels == [1, 1, 1]

    wait_for(up, "the node is active and its dispatcher tells of three channels")
    told = 'evx_facts_total{code="",fact="channel_state",process="work-w0"}'
    wait_for(lambda: watched.figures().get(told, 0) >= 3, "a worker's facts come over its pipe")
    wait_for(lambda: "heartbeat" in watched.events(), "the hook is told that somebody is active")
    wait_for(
        lambda: 'evx_expiry_left_seconds{sort="list"}' in watched.figures(),
        "a process of its own has told what runs out",
    )
    found = watched.figures()
    assert (1, 1, 1) == (
        found["evx_store_up"],
        found['evx_child_up{process="work-w0"}'],
        found['evx_child_up{process="send-d"}'],
    )
    assert found["evx_checkpoint_age_seconds"] < PATIENCE_SECONDS


def test_a_port_that_is_taken_is_said_before_anything_starts() -> None:
    port = free_port()
    stop = serve("127.0.0.1", port, list)
    try:
        with pytest.raises(Misconfigured, match=r"^metrics_address reason=OSError$"):
            serve("127.0.0.1", port, list)
    finally:
        stop()
    serve("127.0.0.1", port, list)()
