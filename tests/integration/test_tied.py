"""What is tied to its starter: lives as long as that, whatever its threads do, and no longer."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ops.deploy.tied import Tied
from tests.support.processes import Process, alive, descendants, until

STARTER = """
import sys
from ops.deploy.tied import Tied
server = Tied([sys.executable, "-c", "import time; time.sleep(600)"])
print(server.pid, flush=True)
server.wait()
"""
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@dataclass(frozen=True)
class Started:
    """Who has started a server, that server, and both it and its watcher."""

    by: subprocess.Popen[bytes]
    server: int
    both: set[Process]


@pytest.fixture
def started() -> Iterator[Started]:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE) as by:
        assert by.stdout is not None
        server = int(by.stdout.readline())
        both = descendants(by.pid)
        assert 2 == len(both)
        yield Started(by, server, both)
        by.kill()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_with_the_process_that_started_it(
    started: Started, ending: signal.Signals
) -> None:
    started.by.send_signal(ending)
    assert until(lambda: not alive(started.both), 30), alive(started.both)


def test_a_frozen_server_ends_too(started: Started) -> None:
    os.kill(started.server, signal.SIGSTOP)
    started.by.kill()
    assert until(lambda: not alive(started.both), 30), alive(started.both)


def test_a_server_outlives_the_thread_that_started_it() -> None:
    made: list[Tied] = []
    thread = threading.Thread(target=lambda: made.append(Tied(SLEEP)))
    thread.start()
    thread.join()
    server = made[0]
    with pytest.raises(subprocess.TimeoutExpired):
        server.wait(0.5)
    server.kill()
    assert -signal.SIGKILL == server.wait()


@pytest.mark.parametrize("look", [Tied.wait, Tied.poll])
def test_a_watcher_ends_with_its_server(look: Callable[[Tied], int | None]) -> None:
    before = descendants(os.getpid())
    server = Tied(SLEEP)
    both = descendants(os.getpid()) - before
    assert 2 == len(both)
    server.kill()
    assert until(lambda: look(server) is not None, 30)
    assert set() == alive(both)
