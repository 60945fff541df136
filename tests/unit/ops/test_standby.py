"""What is taken for an instance that has come up: its processes are complete and rest."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ops.drill.standby import RESTING_TICKS, at_rest, stands_by
from tests.support.processes import until

WORKS = "exec('while True: pass')"
WORKED = f"""import time
while time.process_time() < {(RESTING_TICKS + 20) / 100}: pass
"""


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has said that it runs."""
    words = [sys.executable, "-c", f"print(flush=True)\n{program}"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            hear(process)
            yield process
        finally:
            process.kill()


def hear(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    process.stdout.readline()


def go_on(process: subprocess.Popen[bytes]) -> None:
    """Give it the line it waits for."""
    assert process.stdin is not None
    process.stdin.write(b"\n")


def test_who_waits_for_its_input_is_at_rest() -> None:
    with running("input()") as process:
        assert until(lambda: at_rest([process.pid], 0.1), 30)


def test_an_instance_that_lacks_a_child_does_not_stand_by() -> None:
    with running("input()") as keeper, running("input()") as child:
        assert until(lambda: stands_by([keeper.pid, child.pid], 1), 30)
        assert not stands_by([keeper.pid, child.pid], 2)


def test_an_instance_whose_child_works_does_not_stand_by() -> None:
    with running("input()") as keeper, running(WORKS) as child:
        assert not stands_by([keeper.pid, child.pid], 1)


def test_who_works_is_not_at_rest() -> None:
    with running("input()") as waiting, running(WORKS) as process:
        assert not at_rest([waiting.pid, process.pid], 0.1)


def test_who_has_ended_is_not_at_rest() -> None:
    with running("input()") as waiting, running("") as process:
        process.wait()
        assert not at_rest([waiting.pid, process.pid], 0.1)


@pytest.mark.parametrize("then", [WORKS, f"{WORKED}print(flush=True)\ninput()"])
def test_who_rests_and_then_works_is_not_at_rest(then: str) -> None:
    with running("input()") as waiting, running(f"input()\nprint(flush=True)\n{then}") as process:
        assert until(lambda: at_rest([process.pid], 0.1), 30)

        def work(_: float) -> None:
            go_on(process)
            hear(process)
            if then != WORKS:
                hear(process)
                assert until(lambda: at_rest([process.pid], 0.1), 30)

        assert not at_rest([waiting.pid, process.pid], 0.1, work)


def test_who_rests_and_then_ends_is_not_at_rest() -> None:
    with running("input()") as waiting, running("input()") as process:
        assert until(lambda: at_rest([process.pid], 0.1), 30)

        def end(_: float) -> None:
            go_on(process)
            process.wait()

        assert not at_rest([waiting.pid, process.pid], 0.1, end)
