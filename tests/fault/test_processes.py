"""Real node processes stopped, frozen and thawed at any moment: nothing lost, nothing doubled."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.lock_watch import STUCK_SECONDS, LockWatch
from ops.members import started
from tests.support.day import SmallDay, small_day

PAYMENTS = 32
ISSUED = 24
"""The rest of the day would come from a file."""


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute on a quiet machine
def test_frozen_killed_and_thawed_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    with small_day(tmp_path, PAYMENTS) as day:
        day.quota()
        day.issue(4)
        active = day.active_hub()
        frozen = [
            day.signal(active, "work-w0", signal.SIGSTOP),
            day.signal("icbc-a", "send-d", signal.SIGSTOP),
        ]
        day.issue(4)
        time.sleep(1.0)
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        day.signal("bureau-a", "send-d", signal.SIGKILL)
        day.signal("ccb-a", "work-w0", signal.SIGKILL)
        day.issue(4)
        day.signal("pboc-a", "keep", signal.SIGSTOP)  # its children go on, and it comes back
        _keeper_frozen_for_good(day)
        os.kill(day.processes("pboc-a")["keep"], signal.SIGCONT)
        day.issue(4)
        _instance_frozen_and_thawed(day)
        day.issue(4)
        _keeper_killed(day)
        day.issue(4)
        day.until_answered()
        day.watch.quiet("rest", 240, lambda: None)
        assert [] == day.problems()
        assert ISSUED == len(day.journal)


def _other(day: SmallDay, instance: str) -> str:
    machine = "b" if instance.endswith("a") else "a"
    other = f"hub-{machine}"
    if other not in day.site.processes:
        day.site.start(day.site.town.nodes[0], machine)
    return other


def _gone_over(day: SmallDay, old: str) -> str:
    day.until("takeover", lambda: day.site.active(day.site.town.nodes[0]) not in {"", old[-1]})
    return day.active_hub()


def _bury(day: SmallDay, instance: str) -> None:
    """The instance was ended by the other one's takeover: forget it, so that it can come back."""
    process = day.site.processes.pop(instance)
    process.wait(30)
    assert process.stdin is not None
    process.stdin.close()


def _keeper_frozen_for_good(day: SmallDay) -> None:
    """The keeper alone stands still: the other takes over and ends what the keeper led."""
    active = day.active_hub()
    _other(day, active)
    pids = day.processes(active)
    day.signal(active, "keep", signal.SIGSTOP)
    day.issue(2)
    _gone_over(day, active)
    day.until("the old ones end", lambda: not any(_lives(pid) for pid in pids.values()))
    _bury(day, active)


def _instance_frozen_and_thawed(day: SmallDay) -> None:
    """Everything stands still at once, as a machine does; thawed, it leads nobody any more."""
    active = day.active_hub()
    _other(day, active)
    pids = day.processes(active)
    births = {pid: started(pid) for pid in pids.values()}
    for pid in pids.values():
        os.kill(pid, signal.SIGSTOP)
    day.issue(2)
    new = _gone_over(day, active)
    for pid, birth in births.items():
        if started(pid) == birth:
            os.kill(pid, signal.SIGCONT)
    day.until("the thawed ones end", lambda: not any(_lives(pid) for pid in pids.values()))
    assert new == day.active_hub()
    _bury(day, active)


def _keeper_killed(day: SmallDay) -> None:
    """SIGKILL of the keeper: its leash ends the children, the other takes over."""
    active = day.active_hub()
    _other(day, active)
    pids = day.processes(active)
    day.signal(active, "keep", signal.SIGKILL)
    _gone_over(day, active)
    day.until(
        "the led ones end",
        lambda: not any(_lives(pid) for name, pid in pids.items() if name != "keep"),
    )
    _bury(day, active)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- a frozen process that holds the write lock ---------------------------------------------------

HOLDER = """
import os, signal, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN IMMEDIATE")
store.execute("INSERT INTO t VALUES (1)")
print("holds", flush=True)
if sys.argv[2] == "frozen":
    os.kill(os.getpid(), signal.SIGSTOP)
while True:
    pass
"""


def _watched(file: Path, sort: str) -> list[int]:
    """What the watch says of a child that holds the lock, after 2 s of looks."""
    store = sqlite3.connect(file, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("CREATE TABLE IF NOT EXISTS t (x)")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file), sort], stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdout is not None
            assert b"holds" in child.stdout.readline()
            watch, begin = LockWatch(file), time.monotonic()
            while True:
                now = time.monotonic()
                found = watch.stuck([child.pid], now)
                if found or now - begin > 2 * STUCK_SECONDS:
                    assert [] == LockWatch(file).stuck([os.getpid()], now)
                    return [pid for pid in found if pid == child.pid]
                time.sleep(0.1)
        finally:
            child.kill()
            store.close()


def test_a_frozen_child_that_holds_the_write_lock_is_found(tmp_path: Path) -> None:
    assert 1 == len(_watched(tmp_path / "store.sqlite", "frozen"))


def test_a_busy_child_that_holds_the_write_lock_is_left_alone(tmp_path: Path) -> None:
    assert [] == _watched(tmp_path / "store.sqlite", "busy")
