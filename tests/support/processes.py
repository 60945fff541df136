"""Processes of a test's own, by (pid, start time): who descends from whom, and who still lives."""

import time
from collections.abc import Callable
from pathlib import Path

from ops.members import started

Process = tuple[int, int]


def descendants(pid: int) -> set[Process]:
    """Children, their children, and so on, as they are now."""
    found: set[Process] = set()
    for child in _children(pid):
        since = started(child)
        if since is not None:
            found |= {(child, since)} | descendants(child)
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []  # it has just ended


def by_role(keeper: int) -> dict[str, int]:
    """Pids of a node's instance by what they do: keep, send-d, work-w0."""
    found = {"keep": keeper}
    for pid in _children(keeper):
        words = _command(pid).split("\0")
        if "ops.child" in words:
            at = words.index("ops.child")
            found[f"{words[at + 1]}-{words[at + 3]}"] = pid
    return found


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *_children(pid)]


def running(processes: set[Process], word: str) -> int:
    """How many of them live and have the word in their command."""
    return sum(word in _command(pid) for pid, _ in alive(processes))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def alive(processes: set[Process]) -> set[Process]:
    """Those that have not ended; one that has and waits to be read counts as ended."""
    return {(pid, since) for pid, since in processes if started(pid) == since and _runs(pid)}


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
