"""What a test takes for a process that has come up."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.processes import at_rest, until


@contextmanager
def running(program: str) -> Iterator[int]:
    """A process that has said that it runs."""
    words = [sys.executable, "-c", f"print(flush=True); {program}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_who_waits_for_its_input_is_at_rest() -> None:
    with running("input()") as pid:
        assert until(lambda: at_rest([pid], 0.1), 30)


@pytest.mark.parametrize("program", ["exec('while True: pass')", "exit()"])
def test_who_works_is_not_at_rest_nor_is_who_has_ended(program: str) -> None:
    with running("input()") as waiting, running(program) as pid:
        assert not at_rest([waiting, pid], 0.1)
