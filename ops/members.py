"""The processes of a node instance, by (pid, start time): so that another instance can end them.

On one machine, two processes on one store file are safe only if the old ones are certainly gone
before the new ones write (protocol 6). A pid alone is not enough: pids come again.
"""

import json
import os
import select
import signal
from pathlib import Path
from typing import Final

from hub.observer import Fact, Observer

ENDING: Final = ".members"
END_SECONDS: Final = 2.0


def started(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot, None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])


def living(folder: Path) -> list[str]:
    """Instances with a process that lives, by what they have noted in a folder."""
    found = []
    for path in sorted(folder.glob(f"*{ENDING}")):
        try:
            rows = json.loads(path.read_text())
        except (OSError, ValueError):
            continue  # nothing can be said of it
        if any(started(int(pid)) == int(since) for pid, since in rows):
            found.append(path.name.removesuffix(ENDING))
    return found


class Members:
    """Files `<instance>.members` beside the lease, one per instance of a node."""

    def __init__(self, folder: Path, instance: str, observe: Observer) -> None:
        self._folder = folder
        self._instance = instance
        self._observe = observe
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, pids: list[int]) -> None:
        """Write down who belongs to this instance now."""
        rows = [(pid, started(pid)) for pid in pids]
        path = self._folder / f"{self._instance}.members"
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps([row for row in rows if row[1] is not None]))
        beside.replace(path)

    def end(self, holder: str) -> bool:
        """End every process of another instance; False when one of them would not end."""
        if holder == self._instance:
            return True
        path = self._folder / f"{holder}.members"
        try:
            rows = json.loads(path.read_text())
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False
        ended = [self._end(int(pid), int(since)) for pid, since in rows]
        self._observe(Fact("takeover_ends", {"node": holder, "count": len(ended)}))
        return all(ended)

    def _end(self, pid: int, since: int) -> bool:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        try:
            if started(pid) != since:
                return True  # the pid belongs to somebody else now
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            gone, _, _ = select.select([handle], [], [], END_SECONDS)
            return bool(gone)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        finally:
            os.close(handle)


class Elsewhere:
    """Instances on other machines: the store's exclusive fence stops them, nothing is ended."""

    def end(self, holder: str) -> bool:
        """Nothing to do here."""
        assert holder
        return True
