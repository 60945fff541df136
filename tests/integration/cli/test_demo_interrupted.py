"""Ctrl-C in the middle of the demonstration: said, quick, and nothing stays behind."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.cli.output import Exit

HUBCTL = "from ops.cli.entry import main; main()"
TIMES = 3


def interrupted(*more: str) -> tuple[int, list[str]]:
    """The exit code and what stderr said, of a demonstration that hears Ctrl-C three times."""
    demo = subprocess.Popen(
        [sys.executable, "-c", HUBCTL, "demo", "--payments", "10", *more],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    said = list[str]()
    assert demo.stderr is not None
    with demo:
        for line in demo.stderr:
            said.append(line.strip())
            if line.startswith("base data"):  # every node has been started
                for _ in range(TIMES):
                    demo.send_signal(signal.SIGINT)
    return demo.returncode, said


def running(folder: Path) -> list[str]:
    """Processes whose command line names the folder."""
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return [str(line) for line in lines if str(folder).encode() in line]


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code, said = interrupted()
    assert Exit.INTERRUPTED == code
    *_, ending, last = said
    assert ending.startswith("ending 6 node instances at once; ")
    assert ending.endswith(" is removed")
    assert "interrupted" == last
    assert [] == list(tmp_path.iterdir())
    assert [] == running(tmp_path)


def test_a_kept_folder_stays_and_is_named(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    code, said = interrupted("--keep", str(kept))
    assert Exit.INTERRUPTED == code
    assert f"ending 6 node instances at once; {kept} stays" in said
    assert any("so keep it where it is" in line for line in said)
    assert str(kept) in (kept / "hub" / "hub-a.toml").read_text(), "else it need not be told"
    assert (kept / "hub" / "hub-a.toml").is_file()
    assert [] == running(tmp_path)
