"""The write-ahead file of SQLite, read as bytes: which pages have been committed.

Format: sqlite.org/fileformat2.html#walformat. The file is a header of 32 octets and frames, each a
header of 24 octets and one page. A frame with a non-zero size closes a transaction. Frames of this
life of the file carry its two salts; older ones behind the end carry others.

Only the file `-wal` is opened here: closing any descriptor of the database or of `-shm` would
drop the locks this process holds on them.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.errors import Damaged

HEADER: Final = 32
FRAME: Final = 24
_MAGIC: Final = frozenset({0x377F0682, 0x377F0683})


@dataclass(frozen=True, slots=True)
class Place:
    """A position between two transactions.

    Attributes:
        salts: the file's two salts; empty while the file has no header yet.
        frame: the number of frames before this position.
        mark: the checksum octets of that last frame, which chain over all frames before.
    """

    salts: bytes
    frame: int
    mark: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """What whole transactions made of the database: the last content of each page they wrote.

    `more` says that the limit cut it short and the rest is there to be read.
    """

    begin: Place
    end: Place
    page_bytes: int
    pages_total: int
    pages: dict[int, bytes]
    more: bool


def salts(path: Path) -> bytes:
    """The salts of the file's present life; empty when nothing was written yet."""
    header = _header(path)
    return header[16:24] if header else b""


def mark(path: Path, frame: int) -> bytes:
    """The checksum octets of a frame, or nothing when the file is shorter."""
    header = _header(path)
    if not header or not frame:
        return b""
    (page_bytes,) = struct.unpack(">I", header[8:12])
    with path.open("rb") as file:
        file.seek(HEADER + (frame - 1) * (FRAME + page_bytes))
        return file.read(FRAME)[16:24]


def changes(path: Path, begin: Place, last_frame: int, limit_bytes: int) -> Change | None:
    """The transactions after `begin` up to a frame known to be committed.

    Stops after the transaction with which the pages held reach the limit. Returns nothing when
    there is no whole transaction.

    Raises:
        Damaged: `wal_unreadable` when a frame is of another life of the file, or cut off.
    """
    header = _header(path)
    if not header or begin.frame >= last_frame:
        return None
    (page_bytes,) = struct.unpack(">I", header[8:12])
    own = header[16:24]
    closed: dict[int, bytes] = {}
    open_: dict[int, bytes] = {}
    end, total, full = begin, 0, False
    with path.open("rb") as file:
        file.seek(HEADER + begin.frame * (FRAME + page_bytes))
        for n in range(begin.frame + 1, last_frame + 1):
            frame = file.read(FRAME + page_bytes)
            if len(frame) != FRAME + page_bytes or frame[8:16] != own or own != begin.salts:
                raise Damaged("wal_unreadable", frame=n)
            number, size = struct.unpack(">II", frame[:8])
            open_[number] = frame[FRAME:]
            if size:
                closed |= open_
                open_.clear()
                end, total = Place(own, n, frame[16:24]), size
                full = len(closed) * page_bytes >= limit_bytes
                if full:
                    break
    if end == begin:
        return None
    # Pages behind the end belong to a database that was longer in between.
    kept = {number: page for number, page in closed.items() if number <= total}
    return Change(begin, end, page_bytes, total, kept, full)


def write_pages(database: Path, page_bytes: int, pages_total: int, pages: dict[int, bytes]) -> None:
    """Write pages into a closed copy of the database and give it its length."""
    with database.open("r+b") as file:
        for number in sorted(pages):
            file.seek((number - 1) * page_bytes)
            file.write(pages[number])
        file.truncate(pages_total * page_bytes)
        file.flush()
        os.fsync(file.fileno())


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except FileNotFoundError:
        return b""
    if len(header) < HEADER:
        return b""
    if struct.unpack(">I", header[:4])[0] not in _MAGIC:
        raise Damaged("wal_unreadable", frame=0)
    return header
