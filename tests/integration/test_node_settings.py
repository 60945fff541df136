"""A node with wrong settings refuses to start: exit code, code, why, do; never a traceback."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.advice import advice
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from ops.preflight_child import main
from tests.support.staffed import copied

START_SECONDS = 60
Change = Callable[[Path, Path], None]
"""Given the node's settings file and the site's folder."""


@pytest.fixture(scope="module")
def made(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(ready, tmp_path_factory.mktemp("site")).root


def instead(old: str, new: str) -> Change:
    def change(config: Path, _root: Path) -> None:
        text = config.read_text(encoding="utf-8")
        assert old in text
        config.write_text(text.replace(old, new), encoding="utf-8")

    return change


def gone(pattern: str) -> Change:
    def change(_config: Path, root: Path) -> None:
        paths = list(root.glob(pattern))
        assert paths
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return change


def written(pattern: str, octets: bytes) -> Change:
    def change(_config: Path, root: Path) -> None:
        paths = list(root.glob(pattern))
        assert paths
        for path in paths:
            path.write_bytes(octets)

    return change


def flipped(pattern: str) -> Change:
    def change(_config: Path, root: Path) -> None:
        for path in root.glob(pattern):
            octets = bytearray(path.read_bytes())
            octets[len(octets) // 2] ^= 1
            path.write_bytes(octets)

    return change


def torn_anchor(config: Path, _root: Path) -> None:
    folder = config.parent / "data-a"
    folder.mkdir()
    (folder / "checkpoint.json").write_bytes(b"{")


def looped(config: Path, _root: Path) -> None:
    config.unlink()
    config.symlink_to(config.name)


def data_as_a_file(config: Path, _root: Path) -> None:
    (config.parent / "data-a").write_bytes(b"")


WRONG: dict[str, tuple[Change, int, str]] = {
    "no settings": (lambda config, _: config.unlink(), 4, "settings_missing"),
    "settings nobody can read": (looped, 3, "settings_unreadable"),
    "no TOML": (written("bureau/hub-a.toml", b"env = [\x00"), 3, "settings_syntax"),
    "no UTF-8": (written("bureau/hub-a.toml", b"env = '\xff'"), 3, "settings_syntax"),
    "wrong type": (instead('node = "bureau"', "node = 7"), 3, "settings_invalid"),
    "missing key": (instead('env = "demo"\n', ""), 3, "settings_invalid"),
    "unknown key": (instead('env = "demo"', 'env = "demo"\nenvy = 1'), 3, "settings_invalid"),
    "unknown desk": (instead('desk = "bureau"', 'desk = "kiosk"'), 3, "settings_invalid"),
    "wrong store": (instead('url = "sqlite:', 'url = "oracle:'), 3, "store_unsupported"),
    "no store": (gone("bureau/store.sqlite*"), 3, "store_missing"),
    "empty store": (written("bureau/store.sqlite", b""), 3, "store_missing"),
    "torn store": (written("bureau/store.sqlite", b"x" * 9000), 9, "store_damaged"),
    "no profile": (gone("bureau/profile.toml"), 3, "profile_missing"),
    "wrong profile": (written("bureau/profile.toml", b"banks = 1"), 3, "settings_invalid"),
    "odd profile": (
        written("bureau/profile.toml", b'[banks]\n"1" = "nobody"'), 3, "settings_invalid"
    ),
    "no passphrase": (gone("passphrase"), 3, "secret_missing"),
    "empty passphrase": (written("passphrase", b""), 3, "secret_missing"),
    "wrong passphrase": (written("passphrase", b"other"), 3, "key_passphrase_wrong"),
    "no keys": (gone("pki/nodes/bureau"), 3, "certificate_file_missing"),
    "torn key": (written("pki/nodes/bureau/key.pem", b"x"), 3, "key_file_form"),
    "no trust": (gone("pki/trust"), 3, "trust_list_missing"),
    "no pins": (gone("pki/trust/pinned"), 3, "trust_pins_missing"),
    "torn trust": (flipped("pki/trust/list-*.xml"), 9, ""),
    "torn section": (flipped("pki/trust/sections/*"), 9, ""),
    "torn anchor": (flipped("pki/trust/anchors/*.cer"), 9, ""),
    "torn pin": (written("pki/trust/pinned/*/signer.cer", b"x"), 9, ""),
    "foreign file": (written("pki/trust/list-000001.xml", b"\xff\x00"), 9, ""),
    "no channels": (gone("channels/*"), 8, "channel_away"),
    "not registered": (instead('node = "bureau"', 'node = "stranger"'), 3, "node_not_registered"),
    "no library": (instead('env = "demo"', 'env = "demo"\nlibcrypto = "no.so"'), 3, ""),
    "bad schedule": (
        instead("[application]", '[schedule]\nsum_up = "now"\n[application]'), 3,
        "schedule_invalid",
    ),
    "a day that never comes": (
        instead("[application]", '[schedule]\nsum_up = "0 0 31 2 *"\n[application]'), 3,
        "schedule_invalid",
    ),
    "two channels of one name": (instead('name = "c2"', 'name = "c1"'), 3, "settings_invalid"),
    "two channels in one file": (instead("c2.sqlite", "c1.sqlite"), 3, "settings_invalid"),
    "a core where none is asked": (
        instead("[application]", '[application]\ncore = "mainframe:x"'), 3, "settings_invalid"
    ),
    "no such overlays": (instead('env = "demo"', 'env = "demo"\ncatalogue = "x"'), 3,
                         "catalogue_unreadable"),
    "a lease without a margin": (
        instead("[application]", "[lease]\nttl_seconds = 1\n[application]"), 3,
        "settings_invalid",
    ),
    "too deep": (written("bureau/hub-a.toml", b"x = " + b"[" * 5000), 3, "settings_syntax"),
    "a zero octet": (instead('"profile.toml"', '"a\\u0000b"'), 3, "settings_invalid"),
    "too long a name": (instead('"profile.toml"', f'"{"a" * 300}"'), 3, "settings_invalid"),
    "unknown phase": (
        instead("[application]", '[schedule]\nlunch = "0 12 * * *"\n[application]'), 3,
        "phase_unknown",
    ),
    "torn anchor file": (torn_anchor, 9, "anchor_unreadable"),
    "data is a file": (data_as_a_file, 3, "data_folder"),
}  # fmt: skip


def spoilt(made: Path, folder: Path, name: str) -> Path:
    """A copy of the site, with one thing wrong; the settings of its bureau."""
    root = folder / "site"
    shutil.copytree(made, root)
    for settings in root.glob("*/hub-*.toml"):  # stores and channels are named by whole paths
        settings.write_text(settings.read_text(encoding="utf-8").replace(str(made), str(root)))
    config = root / BUREAU_NODE / "hub-a.toml"
    WRONG[name][0](config, root)
    return config


WHOLE = ("bad schedule", "no channels", "no settings", "torn trust", "wrong passphrase")
"""Also looked at from outside, by starting the node."""


@pytest.mark.parametrize("name", sorted(WRONG.keys() - {"bad schedule"}))
def test_wrong_settings_are_found_before_anything_is_started(
    made: Path, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _, exit_code, code = WRONG[name]
    ended = main([str(spoilt(made, tmp_path, name))])
    _, found, _ = json.loads(capfd.readouterr().out)
    assert exit_code == ended, found
    assert code in {found, ""}
    assert advice(found), found


@pytest.mark.parametrize("name", WHOLE)
def test_a_node_with_wrong_settings_says_what_why_and_what_to_do(
    made: Path, tmp_path: Path, name: str
) -> None:
    _, exit_code, code = WRONG[name]
    ended = subprocess.run(
        [sys.executable, "-m", "ops.node", "keep", str(spoilt(made, tmp_path, name))],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START_SECONDS,
        check=False,
    )  # fmt: skip
    last = [json.loads(line) for line in ended.stderr.splitlines()][-1]
    assert (exit_code, "process_ended") == (ended.returncode, last["event"]), last
    assert last["why"]
    assert last["do"]
    assert code in {last["code"], ""}


def test_hubctl_run_tells_a_person_in_three_lines(made: Path, tmp_path: Path) -> None:
    config = spoilt(made, tmp_path, "wrong passphrase")
    command = "from ops.cli.main import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "run", "--config", str(config)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START_SECONDS,
        check=False, env={"LC_ALL": "C.UTF-8", "PYTHONPATH": "."},
    )  # fmt: skip
    assert 3 == ended.returncode
    assert ["error", "why", "do"] == [line.partition(":")[0] for line in ended.stderr.splitlines()]
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [[], ["dance"], ["keep"]])
def test_a_process_started_with_wrong_words_says_so(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ops.node", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START_SECONDS,
        check=False,
    )  # fmt: skip
    assert (3, "node_arguments") == (ended.returncode, json.loads(ended.stderr)["code"])
