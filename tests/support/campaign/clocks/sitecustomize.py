"""Another clock for one process: on the path of a campaign's nodes, read by Python at its start.

Where CAMPAIGN_CLOCKS names a folder, wall time is that of the machine plus what the process's own
file there says, in nanoseconds; it may change at any moment. Monotonic time stays as it is.
"""

import mmap
import os
import sys
import time
from pathlib import Path

_FOLDER = os.environ.get("CAMPAIGN_CLOCKS", "")  # noqa: TID251


def _name(words: list[str]) -> str:
    """`hub-a-keep`, `hub-a-work-w0`; empty: not a node's process."""
    if "ops.node" in words:
        config, role = Path(words[words.index("ops.node") + 2]), "keep"
    elif "ops.child" in words:
        word, path, slot = words[words.index("ops.child") + 1 :][:3]
        config, role = Path(path), f"{word}-{slot}"
    else:
        return ""
    return f"{config.parent.name}-{config.stem.rpartition('-')[2]}-{role}"


def _offset(path: Path) -> memoryview:
    if not path.exists():
        path.write_bytes(bytes(8))
    with path.open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), 8)).cast("q")


def _install(folder: Path) -> None:
    name = _name(sys.orig_argv)
    if not name:
        return
    offset, real = _offset(folder / name), time.time_ns
    time.time_ns = lambda: real() + offset[0]
    time.time = lambda: time.time_ns() / 1e9  # noqa: TID251


if _FOLDER:
    _install(Path(_FOLDER))
