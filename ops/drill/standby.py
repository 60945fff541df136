"""Whether an instance could take over: all its processes are there, have loaded, and rest.

A standby that is still coming up when the active instance goes is measured as a slow takeover. What
the processes themselves can be seen to do is looked at, on this machine.
"""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

RESTING_TICKS: Final = 4
"""Of all of them together: looking at a lease now and then costs something."""


def stands_by(pids: Collection[int], children: int) -> bool:
    """Whether this keeper and its children are complete and rest; takes a moment to see."""
    return len(pids) == 1 + children and at_rest(pids)


def at_rest(
    pids: Collection[int], seconds: float = 0.4, wait: Callable[[float], None] = time.sleep
) -> bool:
    """Whether none of them has, or wants, a processor for so long: what they load is loaded."""
    before = _spent(pids)
    wait(seconds)
    after = _spent(pids)
    return -1 not in {*before, *after} and sum(after) - sum(before) <= RESTING_TICKS


def _spent(pids: Collection[int]) -> list[int]:
    """Ticks of CPU each has had; -1: it runs, or waits for a processor or the disk, or is gone."""
    found = []
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return [-1]
        found.append(sum(map(int, words[11:13])) if words[0] == "S" else -1)
    return found
