"""However the streams of a command were given, it ends with its code and never a traceback."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.cli.output import Exit

ROOT = Path(__file__).parents[3]
HUBCTL = "from ops.cli.entry import main; main()"
AT_IMPORT = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "ops.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
"""


def shell(line: str, *, unbuffered: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `hubctl` stands for the command."""
    python = f"PYTHONUNBUFFERED={'1' if unbuffered else ''} '{sys.executable}'"
    program = f"hubctl() {{ {python} -c '{HUBCTL}' \"$@\"; }}; {line}"
    return subprocess.run(
        ["bash", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("form", "unbuffered"), [("", False), ("--json", False), ("--json", True)])
def test_a_reader_that_went_away_changes_nothing(*, form: str, unbuffered: bool) -> None:
    ended = shell(f"hubctl version {form} | true; exit ${{PIPESTATUS[0]}}", unbuffered=unbuffered)
    assert (Exit.DONE, "", "") == (ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(("form", "closed"), [("", ">&-"), ("--json", "<&- >&- 2>&-")])
def test_a_closed_stream_leads_nowhere(form: str, closed: str) -> None:
    ended = shell(f"hubctl version {form} {closed}")
    assert (Exit.DONE, "") == (ended.returncode, ended.stderr)


@pytest.mark.parametrize(("form", "unbuffered"), [("", True), ("", False), ("--json", False)])
def test_a_full_output_is_said_with_its_code(*, form: str, unbuffered: bool) -> None:
    ended = shell(f"hubctl version {form} >/dev/full", unbuffered=unbuffered)
    assert Exit.UNAVAILABLE == ended.returncode
    what, why, do = ended.stderr.splitlines()
    assert "error: output_failed reason=ENOSPC (TargetDown)" == what
    assert ("why:", "do:") == (why.split()[0], do.split()[0])


def test_a_full_error_stream_still_ends_with_a_code() -> None:
    ended = shell("hubctl voucher show nothing.xml 2>/dev/full")
    assert (Exit.UNAVAILABLE, "") == (ended.returncode, ended.stdout)


def test_ctrl_c_while_modules_are_read_ends_without_a_word() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", AT_IMPORT + HUBCTL, "version"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (-signal.SIGINT, "", "") == (ended.returncode, ended.stdout, ended.stderr)


def test_a_wrong_command_line_is_one_object_with_advice() -> None:
    error = json.loads(shell("hubctl voucher --json").stdout)["error"]
    assert "usage" == error["code"]
    assert {"why", "do", "why_zh", "do_zh"} <= error.keys()
