"""What processes have spent and hold, from /proc. One that has just ended counts for nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

TICKS: Final = 100  # of /proc/<pid>/stat, per second


def family(pid: int) -> list[int]:
    """A process and its children."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, path.read_text().split())]


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds so far of these."""
    return sum(_stat(pid, 11) + _stat(pid, 12) for pid in pids) / TICKS


def server_cpu(pid: int) -> float:
    """CPU seconds of a server and its children, those that have ended included."""
    return cpu(family(pid)) + (_stat(pid, 13) + _stat(pid, 14)) / TICKS


def words(pid: int) -> list[str]:
    """Its command line."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")


def pss_mb(pid: int) -> float:
    """Proportional set size."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("smaps_rollup has a Pss line")


def own_mb(pids: Iterable[int]) -> float:
    """Memory that is nobody else's and no file's: what a process has asked for and kept."""
    return sum(_anonymous(pid) for pid in pids) / 1024


def _anonymous(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


def _stat(pid: int, field: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.rsplit(")", 1)[1].split()[field])
