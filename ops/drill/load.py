"""The drill's own load: a process that records into a store's journal and notes what it was told.

`python -m ops.drill.load FILE SLOT` with the store's address on standard input (it may hold a
password). Each commit that returned is one line `id seconds` in FILE, written after the return, on
the clock that never goes back; it is the journal the drill compares with afterwards. An id is used
once: after an unknown outcome the next one is taken, so that one found twice is a fault.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hub.clock import Clock
from hub.errors import OutcomeUnknown, StoreDown
from hub.journal import Lane
from ops import wiring_backup as wiring
from ops.clock import SystemClock

MARK: Final = b"drill "
EVERY: Final = 50  # commits between two checkpoints
ROOT: Final = Path(__file__).parents[2]


def start(url: str, journal: Path, slot: str) -> subprocess.Popen[bytes]:
    """Start one writer; it goes on until it is killed or the store is away."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "ops.drill.load", journal, slot],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    assert writer.stdin is not None
    writer.stdin.write(url.encode())
    writer.stdin.close()
    return writer


def acknowledged(journals: Iterable[Path]) -> dict[str, float]:
    """Ids and when they were acknowledged; a line cut off by the kill does not count."""
    told: dict[str, float] = {}
    for journal in filter(Path.exists, journals):
        for line in journal.read_text().splitlines(keepends=True):
            name, _, at = line.partition(" ")
            if line.endswith("\n"):
                told[name] = float(at)
    return told


def present(entries: Iterable[tuple[str, bytes]]) -> list[str]:
    """The ids in a store's journal."""
    return [
        payload.removeprefix(MARK).decode() for _, payload in entries if payload.startswith(MARK)
    ]


def write_once(store: wiring.Recording, slot: str, start_name: str, n: int) -> None:
    """Record one id in a transaction of its own.

    Raises:
        StoreDown, OutcomeUnknown: as the store says.
    """
    with store.begin() as transaction:
        lane = Lane(transaction.fence.incarnation, "drill", slot, start_name)
        transaction.append_journal(str(lane), MARK + f"{slot}-{start_name}-{n}".encode())
        if slot == "0" and n % EVERY == 0:
            transaction.make_checkpoint()
        transaction.commit()


def write(store: wiring.Recording, slot: str, clock: Clock, journal: Path) -> None:
    """Record until the store is away."""
    start_name = str(clock.now())
    n = 0
    with journal.open("a", buffering=1) as told:
        while True:
            n += 1
            try:
                write_once(store, slot, start_name, n)
            except OutcomeUnknown:
                continue
            except StoreDown as away:
                if away.code == "store_contended":
                    continue
                return
            told.write(f"{slot}-{start_name}-{n} {clock.monotonic():.6f}\n")


if __name__ == "__main__":
    write(wiring.old_store(sys.stdin.read()), sys.argv[2], SystemClock(), Path(sys.argv[1]))
