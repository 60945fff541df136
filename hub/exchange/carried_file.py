"""The carried file: packets or notices on a medium, as octets, and back. Pure; any size streams.

`EVXF1` and a line feed; the header's length (4 octets) and the header (JSON as packets write it);
then frames, each its length and the enciphered octets of one channel message; then four zero
octets, the tally's length, and the tally. Nothing follows.

Rules:
- The header is plain, so that a person can see for whom a file is. It names sender, receiver, life
  and number, and for each node key of the receiver the key of the file, wrapped.
- The tally counts frames and items, tells the sender's marks and the SHA-256 of all octets before
  it; a node key of the sender signs it. A file without a tally is cut off.
- Each frame is bound to its place and to the header: none can be moved, left out or taken over.
- Reading takes what writing writes, and nothing else; every length has a limit before it is read.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from hub.clock import Instant
from hub.errors import Malformed
from hub.exchange.carriage import CarriedKind
from hub.exchange.model import Mark, MessageClass
from hub.exchange.packets import ALONE_BYTES_MAX, HEADER_BYTES_MAX, INSTANT_MAX
from hub.parties import NodeId

MAGIC: Final = b"EVXF1\n"
END: Final = bytes(4)
PLAIN_MAX: Final = 64 * 1024
"""Octets of a header or a tally."""
FRAME_MAX: Final = ALONE_BYTES_MAX + HEADER_BYTES_MAX + 1024
FILE_BYTES_MAX: Final = 2**32 - 1
"""What any medium can hold as one file."""
ITEMS_MAX: Final = 250_000
LOCKS_MAX: Final = 32
_WORD: Final = re.compile(r"[!-~]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lock:
    """The key of a file, wrapped for one node certificate."""

    certificate: bytes
    """SHA-256."""
    point: bytes
    """The ephemeral public key, uncompressed."""
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """Who carries what to whom."""

    env: str
    kind: CarriedKind
    number: str
    sender: NodeId
    receiver: NodeId
    incarnation: str
    """Of the sender's store."""
    at: Instant
    locks: tuple[Lock, ...] = ()

    @property
    def context(self) -> bytes:
        """What key and frames are bound to: SHA-256 of the header without its locks."""
        return hashlib.sha256(_json(_header(replace(self, locks=())))).digest()


@dataclass(frozen=True, slots=True)
class Tally:
    """What a file must hold in the end."""

    frames: int
    count: int
    """Items, or notices."""
    marks: tuple[Mark, ...]
    """Of the sender's sequences towards the receiver."""
    digest: bytes
    """SHA-256 of all octets before the tally's length."""
    signer: bytes
    """SHA-256 of the node certificate."""
    signature: bytes = b""


class Cipher(Protocol):
    """The key of one file at work."""

    def encipher(self, n: int, octets: bytes) -> bytes:
        """Frame n of the file; each n once."""
        ...

    def decipher(self, n: int, octets: bytes) -> bytes:
        """What was enciphered as frame n.

        Raises:
            Malformed: `carried_changed`.
        """
        ...


P = TypeVar("P", Header, Tally)
Read = Callable[[int], bytes]
"""At most so many octets; fewer at the end only."""


def encode_header(header: Header) -> bytes:
    """How a file begins."""
    return MAGIC + _sized(_header_octets(header))


def encode_frame(octets: bytes) -> bytes:
    """One enciphered channel message."""
    assert 0 < len(octets) <= FRAME_MAX, "a frame has a limit"
    return _sized(octets)


def encode_tally(tally: Tally) -> bytes:
    """How a file ends, after `END`."""
    return _sized(_tally_octets(tally))


def tally_tbs(header: Header, tally: Tally) -> bytes:
    """What the sender's node key signs."""
    return b"evx-carried-1\n" + header.context + _json(_tally(tally))


class Scan:
    """One reading of a file from its beginning to its end."""

    def __init__(self, read: Read) -> None:
        """Read the header.

        Raises:
            Malformed: `carried_malformed`, `carried_truncated`, `carried_too_large`.
        """
        self._read = read
        self._hash = hashlib.sha256()
        self.octets = 0
        """Read so far."""
        if self._take(len(MAGIC), "carried_malformed") != MAGIC:
            raise Malformed("carried_malformed")
        self.header = _parsed(_read_header, _header_octets, self._plain())
        self.frames = 0

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was read so far; after the last frame, of the whole file."""
        return self._hash.digest()

    def __iter__(self) -> Iterator[bytes]:
        """Frames in order; then `tally` is there, and was compared with what was read.

        Raises:
            Malformed: `carried_truncated`, `carried_too_large`, `carried_changed`.
        """
        while size := int.from_bytes(self._take(4)):
            if size > FRAME_MAX or self.frames >= ITEMS_MAX:
                raise Malformed("carried_too_large")
            self.frames += 1
            yield self._take(size)
        digest = self.digest
        self.tally = _parsed(_read_tally, _tally_octets, self._plain())
        if self._read(1) or (digest, self.frames) != (self.tally.digest, self.tally.frames):
            raise Malformed("carried_changed")

    def _plain(self) -> bytes:
        size = int.from_bytes(self._take(4))
        if size > PLAIN_MAX:
            raise Malformed("carried_too_large")
        return self._take(size)

    def _take(self, size: int, short: str = "carried_truncated") -> bytes:
        if self.octets + size > FILE_BYTES_MAX:
            raise Malformed("carried_too_large")
        found = self._read(size)
        if len(found) != size:
            raise Malformed(short)
        self._hash.update(found)
        self.octets += size
        return found


def _sized(octets: bytes) -> bytes:
    return len(octets).to_bytes(4) + octets


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _header_octets(header: Header) -> bytes:
    return _json(_header(header))


def _tally_octets(tally: Tally) -> bytes:
    return _json(_tally(tally) | {"signature": tally.signature.hex()})


def _header(header: Header) -> dict[str, Any]:
    return {
        "at": header.at,
        "env": header.env,
        "incarnation": header.incarnation,
        "kind": header.kind,
        "locks": [[o.certificate.hex(), o.point.hex(), o.wrapped.hex()] for o in header.locks],
        "number": header.number,
        "receiver": header.receiver,
        "sender": header.sender,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "count": tally.count,
        "digest": tally.digest.hex(),
        "frames": tally.frames,
        "marks": [[m.message_class, m.n, m.digest.hex()] for m in tally.marks],
        "signer": tally.signer.hex(),
    }


def _parsed(form: Callable[[dict[str, Any]], P], write: Callable[[P], bytes], raw: bytes) -> P:
    """What stands in a header or tally that was written as we write it."""
    try:
        found = form(json.loads(raw))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Malformed("carried_malformed") from error
    if write(found) != raw:
        raise Malformed("carried_malformed")
    return found


def _read_header(value: dict[str, Any]) -> Header:
    if len(value["locks"]) > LOCKS_MAX:
        raise Malformed("carried_too_large")
    at = _int(value["at"])
    if at > INSTANT_MAX:
        raise Malformed("carried_malformed")
    return Header(
        _word(value["env"]),
        CarriedKind(value["kind"]),
        _word(value["number"]),
        NodeId(_word(value["sender"])),
        NodeId(_word(value["receiver"])),
        _word(value["incarnation"]),
        Instant(at),
        tuple(Lock(*map(bytes.fromhex, parts)) for parts in value["locks"]),
    )


def _read_tally(value: dict[str, Any]) -> Tally:
    count = _int(value["count"])
    if count > ITEMS_MAX:
        raise Malformed("carried_too_large")
    marks = [
        Mark(MessageClass(name), _int(n), bytes.fromhex(digest))
        for name, n, digest in value["marks"]
    ]
    return Tally(
        _int(value["frames"]), count, tuple(marks), bytes.fromhex(value["digest"]),
        bytes.fromhex(value["signer"]), bytes.fromhex(value["signature"]),
    )  # fmt: skip


def _int(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise Malformed("carried_malformed")
    return value


def _word(value: object) -> str:
    if not isinstance(value, str) or _WORD.fullmatch(value) is None:
        raise Malformed("carried_malformed")
    return value
