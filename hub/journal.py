"""The journal: hash-chained lanes of what a node has recorded (PROTOCOL §7).

A lane belongs to one start of one worker; only its owner writes it. An entry is one recording
transaction: its payload is the canonical text of what was recorded (ids, digests, verdicts), its
hash is SHA-256 over the previous hash and the payload. A checkpoint hashes all lane heads.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.errors import Damaged

GENESIS: Final = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Lane:
    """Whose lane: the life of the store, the machine, the worker's slot and its start."""

    incarnation: str
    machine: str
    slot: str
    start: str

    def __str__(self) -> str:
        """One word, as stored."""
        return f"{self.incarnation}/{self.machine}/{self.slot}/{self.start}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a lane; `n` is dense from 1."""

    lane: str
    n: int
    at: Instant
    payload: bytes
    hash: bytes


def append(lane: str, head: tuple[int, bytes], payload: bytes, at: Instant) -> Entry:
    """The entry that follows `head` (number, hash)."""
    n, previous = head
    return Entry(lane, n + 1, at, payload, link(previous, payload))


def link(previous: bytes, payload: bytes) -> bytes:
    """Hash of an entry."""
    return hashlib.sha256(previous + payload).digest()


def check(lane: str, entries: Iterable[Entry], head: tuple[int, bytes]) -> int:
    """Walk a lane from its start and compare with its head; returns the number of entries.

    Raises:
        Damaged: `journal_gap`, `journal_broken` or `journal_head`, with lane and entry number.
    """
    n, previous = 0, GENESIS
    for entry in entries:
        if entry.n != n + 1:
            raise Damaged("journal_gap", lane=lane, n=n + 1)
        previous = link(previous, entry.payload)
        if entry.hash != previous:
            raise Damaged("journal_broken", lane=lane, n=entry.n)
        n = entry.n
    if (n, previous) != head:
        raise Damaged("journal_head", lane=lane, n=n)
    return n


def checkpoint(heads: Iterable[tuple[str, int, bytes]]) -> bytes:
    """SHA-256 over all lane heads in order of their names."""
    digest = hashlib.sha256()
    for lane, n, head in sorted(heads):
        digest.update(f"{lane} {n} ".encode() + head)
    return digest.digest()
