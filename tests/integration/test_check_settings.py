"""`hubctl check` names what cannot work in settings: which check, and what to do."""

import io
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.parties import NodeId
from ops.cli import main as hubctl
from ops.cli.output import Screen
from ops.demo.site import Site
from tests.support.hubctl import run
from tests.support.staffed import copied

ICBC = NodeId("icbc")
UNASKED = {"lease", "peers"}
"""Nobody runs here."""


@pytest.fixture(scope="module")
def made(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(ready, tmp_path_factory.mktemp("site")).root


@pytest.fixture
def config(made: Path, tmp_path: Path) -> Path:
    """Settings of a bank, on a site of its own."""
    root = tmp_path / "site"
    shutil.copytree(made, root)
    path = root / ICBC / "hub-a.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(str(made), str(root)), "utf-8")
    return path


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def checks(config: Path) -> dict[str, tuple[str, str, str]]:
    """What `hubctl check` does not find in order: level, said, do by name."""
    out, err = io.StringIO(), io.StringIO()
    hubctl.run(["check", "--config", str(config), "--json"], Screen(out, err, chinese=False))
    found: list[dict[str, Any]] = json.loads(out.getvalue())["checks"]
    return {
        one["name"]: (one["level"], one["said"], one["do"])
        for one in found
        if one["level"] != "OK" and one["name"] not in UNASKED
    }


def test_nothing_is_wrong_with_settings_that_work(config: Path) -> None:
    assert {} == checks(config)


def test_a_byte_order_mark_does_no_harm(config: Path) -> None:
    for path in (config, config.with_name("profile.toml")):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert {} == checks(config)


def instead(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def at_the_end(block: str) -> Callable[[str], str]:
    return lambda text: f"{text}\n{block}\n"


WRONG: dict[str, tuple[Callable[[str], str], str, str]] = {
    "core": (instead("simulated:///", "mainframe:///"), "desk", "core_address"),
    "chance": (instead("refused=0.01", "refused=7"), "desk", "core_address"),
    "profile": (instead("profile.toml", "other.toml"), "desk", "profile_missing"),
    "desk": (instead('desk = "bank"', 'desk = "treasury"'), "desk", "desk_not_for_node"),
    "hour": (at_the_end("[schedule]\nsum_up = '0 77 * * *'"), "schedule", "schedule_invalid"),
    "day": (at_the_end("[schedule]\nsum_up = '0 0 31 2 *'"), "schedule", "schedule_invalid"),
    "program": (at_the_end("[alarms]\ncommand = ['/no/hook']"), "hook", "hook_missing"),
    "target": (at_the_end("[backup]\ntarget = '/no/folder'"), "files", "named_path_missing"),
    "token": (
        at_the_end("[serve]\nport = 18321\ntoken_file = 'none'"), "files", "named_path_missing"
    ),
    "window": (
        at_the_end("[serve]\nport = 18321\nhost = '0.0.0.0'\ntoken_file = '../passphrase'"),
        "window", "serve_needs_tls",
    ),
    "address": (
        instead("env =", "metrics_port = 18322\nmetrics_address = '203.0.113.9'\nenv ="),
        "ports", "metrics_address",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_cannot_work_is_a_failing_check_with_advice(config: Path, name: str) -> None:
    change, check, code = WRONG[name]
    config.write_text(change(config.read_text(encoding="utf-8")), encoding="utf-8")
    level, said, do = checks(config)[check]
    assert ("FAIL", code) == (level, said.split()[0])
    assert do


def test_a_port_of_somebody_else_is_named(config: Path, taken: int) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(f"metrics_port = {taken}\n{text}", encoding="utf-8")
    assert "FAIL" == checks(config)["ports"][0]


def test_a_file_that_is_no_channel_is_no_channel_that_is_away(config: Path) -> None:
    (config.parents[1] / "channels/c1.sqlite").write_bytes(b"garbage" * 2000)
    level, said, do = checks(config)["channel c1"]
    assert ("FAIL", "cut off channel_foreign") == (level, said)
    assert do


def test_a_channel_that_an_order_has_taken_out_is_put_back_by_one(config: Path) -> None:
    run("channel", "disable", "c1", "--reason", "disk", "--config", config)
    level, said, do = checks(config)["channel c1"]
    assert ("WARN", "disabled disk") == (level, said)
    assert "hubctl channel resume c1" in do
