"""One shipped piece of a store's changes, as a file: a line of JSON, then the pages, deflated.

Pure. A segment names its stream and number, the digest of the segment before it, where it begins
and ends in SQLite's write-ahead file, and the digest of what follows the line. So a missing,
exchanged or damaged segment shows, and nothing is rolled forward over a gap.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Instant
from hub.errors import Damaged

SCHEMA: Final = 1
NOTHING: Final = "0" * 64
_NUMBER: Final = 4
_LEVEL: Final = 1  # pages are mostly repetition: the cheapest level already makes them a quarter


class Place(Protocol):
    """A position in the write-ahead file, between two transactions."""

    @property
    def salts(self) -> bytes:
        """Which life of the file."""
        ...

    @property
    def frame(self) -> int:
        """How many frames lie before it."""
        ...

    @property
    def mark(self) -> bytes:
        """The running checksum there."""
        ...


@dataclass(frozen=True, slots=True)
class At:
    """A place as read from a segment."""

    salts: bytes
    frame: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """What whole transactions made of the database: the last content of each page they wrote."""

    stream: str
    n: int
    previous: str
    made_at: Instant
    begin: At
    end: At
    page_bytes: int
    pages_total: int
    pages: dict[int, bytes]


def write(segment: Segment) -> bytes:
    """The segment as octets."""
    raw = b"".join(
        number.to_bytes(_NUMBER) + segment.pages[number] for number in sorted(segment.pages)
    )
    payload = zlib.compress(raw, _LEVEL)
    head = {
        "schema": SCHEMA,
        "stream": segment.stream,
        "n": segment.n,
        "previous": segment.previous,
        "made_at": segment.made_at,
        "begin": _spell(segment.begin),
        "end": _spell(segment.end),
        "page_bytes": segment.page_bytes,
        "pages_total": segment.pages_total,
        "pages": len(segment.pages),
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + payload


def read(octets: bytes) -> Segment:
    """Read a segment and hold its pages against their digest.

    Raises:
        Damaged: `segment_damaged`.
    """
    line, _, payload = octets.partition(b"\n")
    try:
        head = json.loads(line)
        if head["schema"] != SCHEMA or head["sha256"] != hashlib.sha256(payload).hexdigest():
            raise Damaged("segment_damaged")
        step = _NUMBER + head["page_bytes"]
        raw = zlib.decompress(payload)
        if len(raw) != step * head["pages"]:
            raise Damaged("segment_damaged")
        return Segment(
            head["stream"],
            head["n"],
            head["previous"],
            Instant(head["made_at"]),
            _read_place(head["begin"]),
            _read_place(head["end"]),
            head["page_bytes"],
            head["pages_total"],
            {
                int.from_bytes(raw[at : at + _NUMBER]): raw[at + _NUMBER : at + step]
                for at in range(0, len(raw), step)
            },
        )
    except (ValueError, KeyError, TypeError, zlib.error) as wrong:
        raise Damaged("segment_damaged") from wrong


def digest(octets: bytes) -> str:
    """What the next segment names as the one before it."""
    return hashlib.sha256(octets).hexdigest()


def reached(end: Place, salts: bytes, frame: int) -> bool:
    """Whether everything before (salts, frame) is also before `end`, both in one stream.

    SQLite counts the first salt up each time it begins its write-ahead file anew.
    """
    if end.salts == salts:
        return end.frame >= frame
    ahead = (int.from_bytes(end.salts[:4]) - int.from_bytes(salts[:4])) % (1 << 32)
    return not salts or ahead < 1 << 31


def place(of: Place) -> At:
    """A place to be written."""
    return At(of.salts, of.frame, of.mark)


def _spell(at: At) -> list[str | int]:
    return [at.salts.hex(), at.frame, at.mark.hex()]


def _read_place(spelt: list[str | int]) -> At:
    salts, frame, mark = spelt
    return At(bytes.fromhex(str(salts)), int(frame), bytes.fromhex(str(mark)))
