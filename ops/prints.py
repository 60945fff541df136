"""How often a voucher was printed (打印次数): paper copies are controlled, so they are counted.

Rules: one file a layer, one line a printing, only ever appended to and flushed before the page is
handed out, under a lock; a crash counts a page that nobody got, never the other way round.
"""

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from hub.clock import Instant, iso
from hub.errors import TargetDown


@dataclass(frozen=True, slots=True)
class Prints:
    """The counts of a folder."""

    folder: Path

    def count(self, layer_id: str, at: Instant, copies: int) -> int:
        """Count one more printing; the how-many-eth it is.

        Raises:
            TargetDown: `file_unwritable`.
        """
        path = self.folder / f"{hashlib.sha256(layer_id.encode()).hexdigest()}.log"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path.open("a+", encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                printed = sum(1 for line in file if line.endswith("\n"))
                file.write(f"{iso(at)} {copies} {layer_id}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            raise TargetDown("file_unwritable", file=str(path)) from None
        return printed + 1
