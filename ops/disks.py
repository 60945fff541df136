"""Room on the disk under a folder, which need not be there yet."""

import shutil
from pathlib import Path


def free_share(folder: Path) -> float:
    """Free share of the disk, 0 to 1."""
    there = next(f for f in (folder, *folder.parents) if f.exists())
    usage = shutil.disk_usage(there)
    return usage.free / usage.total


def free_percent(folder: Path) -> int:
    """The same in whole percent, rounded down."""
    return int(free_share(folder) * 100)
