"""Recent payments as a file of lines: `day business_key`; for warnings of duplicates only.

Appended under a lock and synced; a line that is not whole is passed over. Only digests stand in it.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.clock import DAY, Instant, business_day
from hub.errors import TargetDown
from ops.payments_import.rows import PaymentRow

RECENT_DAYS: Final = 31
_LINE: Final = re.compile(r"([0-9]{8}) ([0-9a-f]{64})", re.ASCII)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the import lock of a node: two imports at once could notice a quota twice.

    Raises:
        TargetDown: `import_runs_already`, `import_memory_away`.
    """
    try:
        stream = path.open("w")
    except OSError:
        raise TargetDown("import_memory_away") from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TargetDown("import_runs_already") from None
        yield


@dataclass(frozen=True, slots=True)
class FileMemory:
    """The memory of one node instance; `now` is the start of the import."""

    path: Path
    now: Instant

    def recent(self) -> frozenset[str]:
        """Business keys of the last weeks.

        Raises:
            TargetDown: `import_memory_away`.
        """
        since = business_day(Instant(self.now - RECENT_DAYS * DAY))
        try:
            lines = self.path.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return frozenset()
        except OSError:
            raise TargetDown("import_memory_away") from None
        found = [_LINE.fullmatch(line) for line in lines]
        return frozenset(match[2] for match in found if match and match[1] >= since)

    def add(self, rows: Sequence[PaymentRow]) -> None:
        """Append rows that were sent.

        Raises:
            TargetDown: `import_memory_away`; the rows were sent all the same.
        """
        day = business_day(self.now)
        text = "".join(f"{day} {row.business_key}\n" for row in rows)
        try:
            with self.path.open("a", encoding="ascii") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            raise TargetDown("import_memory_away") from None
