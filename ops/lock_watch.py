"""Whether a child of ours stands still while it holds a SQLite store's write lock.

A frozen process (SIGSTOP, a stuck disk) keeps its locks: nobody else could write again. Who holds
the lock is read from the kernel's table, whether it moves from its context switches and CPU time; a
busy process that happens to hold the lock at every look is none of our business.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

STUCK_SECONDS: Final = 2.0
_WRITE_LOCK: Final = 120
"""SQLite's byte for the writer in the -shm file of a store in WAL mode."""


class LockWatch:
    """Looks at one store file; give it the monotonic time and the own children at each look."""

    def __init__(self, store: Path) -> None:
        self._shared = store.with_name(store.name + "-shm")
        self._seen: dict[int, tuple[int, float]] = {}
        """By pid: how far it has moved, and since when that is the same while it holds the lock."""

    def stuck(self, pids: Collection[int], now: float) -> list[int]:
        """Those of `pids` that have held the lock, without moving, for 2 s."""
        holders = [pid for pid in self._holders() if pid in pids]
        seen = {}
        for pid in holders:
            count = _moved(pid)
            before = self._seen.get(pid)
            seen[pid] = before if before is not None and before[0] == count else (count, now)
        self._seen = seen
        return [pid for pid, (_, since) in seen.items() if now - since >= STUCK_SECONDS]

    def _holders(self) -> list[int]:
        try:
            found = os.stat(self._shared)  # noqa: PTH116 - its device and inode only
            rows = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        except OSError:
            return []
        file = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
        holders = []
        for row in rows:
            words = row.replace("->", "").split()
            if words[3] == "WRITE" and words[5] == file and "->" not in row:
                first, last = int(words[6]), words[7]
                if first <= _WRITE_LOCK and (last == "EOF" or int(last) >= _WRITE_LOCK):
                    holders.append(int(words[4]))
        return holders


def _moved(pid: int) -> int:
    """Grows while the process does anything: its context switches and its ticks of CPU."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return -1
    switches = [int(row.split()[1]) for row in status.splitlines() if "ctxt_switches" in row]
    return sum(switches) + sum(map(int, stat.rpartition(")")[2].split()[11:13]))
