"""The journal: hash-chained lanes of what a node has recorded (protocol 7).

A lane belongs to one start of one worker; only its owner writes it. An entry is one recording
transaction: its payload is the canonical text of what was recorded (ids, digests, verdicts), its
hash is SHA-256 over the previous hash and the payload. A checkpoint hashes all lane heads.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from hub.clock import SECOND, Instant
from hub.errors import Damaged, RuleBroken

GENESIS: Final = b"\0" * 32
_ANCHOR: Final = re.compile("([0-9a-f]{16})/([0-9]{1,18})/([0-9a-f]{64})")


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


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All lane heads at one moment; chained, so lanes closed long ago stay covered."""

    number: int
    at: Instant
    hash: bytes
    heads: tuple[tuple[str, int, bytes], ...]
    """(lane, n, hash) of every lane that was open just before, and `("", number - 1, hash)`."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint as somebody else holds it: who cuts or rewrites the journal cannot reach it."""

    life: str
    """Of the store whose checkpoint it is."""
    number: int
    hash: bytes

    def __str__(self) -> str:
        """As it is read out, and by `anchor` again."""
        return f"{self.life}/{self.number}/{self.hash.hex()}"


NO_ANCHOR: Final = Anchor("", 0, b"")


def anchor(text: str) -> Anchor:
    """Read one.

    Raises:
        RuleBroken: `anchor_form`.
    """
    found = _ANCHOR.fullmatch(text.strip())
    if found is None:
        raise RuleBroken("anchor_form")
    life, number, digest = found.groups()
    return Anchor(life, int(number), bytes.fromhex(digest))


_NEVER: Final = Instant(0)
BACK_MS: Final = 30 * SECOND
"""Beats come every 10 s: what a channel kept back comes beside newer ones, or is soon through."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held of a neighbour's journal."""

    anchor: Anchor
    behind_since: Instant = _NEVER
    """Since when its beats say nothing but lower numbers."""
    back_since: Instant = _NEVER
    """Since when it is certain that the journal went back."""


def held(known: Hold, said: Anchor, now: Instant) -> Hold:
    """What is held after a beat: the newest checkpoint, until the journal goes back within a life.

    A journal that was cut says another hash of the number that is held, or lower ones for a while.
    From then on what was said before is evidence: however far the journal comes again, it is held
    until a person lets it go, or the neighbour's store begins another life.
    """
    if known.anchor.life != said.life:
        return Hold(said)
    if known.back_since:
        return known
    if said == known.anchor or said.number > known.anchor.number:
        return Hold(said)
    begun = known.behind_since if 0 < known.behind_since <= now else now
    back = said.number == known.anchor.number or now - begun >= BACK_MS
    return replace(known, behind_since=begun, back_since=begun if back else known.back_since)


def next_checkpoint(
    previous: Checkpoint | None, heads: Iterable[tuple[str, int, bytes]], at: Instant
) -> Checkpoint:
    """The checkpoint over these heads that follows `previous`."""
    number, before = (previous.number, previous.hash) if previous else (0, GENESIS)
    covered = tuple(sorted([("", number, before), *heads]))
    return Checkpoint(number + 1, at, checkpoint(covered), covered)


def superseded(lanes: Iterable[tuple[str, Instant]], incarnation: str) -> set[str]:
    """Dead lanes among these (lane, opened at): another start of their slot, or life, followed."""
    newest: dict[str, tuple[Instant, str]] = {}
    opened = list(lanes)
    for lane, at in opened:
        owner = lane.rpartition("/")[0]
        newest[owner] = max(newest.get(owner, (at, lane)), (at, lane))
    alive = {lane for owner, (_, lane) in newest.items() if owner.startswith(f"{incarnation}/")}
    return {lane for lane, _ in opened} - alive


class LaneHeads:
    """Heads that one process knows its lanes to have: the compare of compare-and-set.

    After a commit of unknown outcome a lane may stand before or after it; both are accepted.
    """

    def __init__(self) -> None:
        self._known: dict[str, set[tuple[int, bytes] | None]] = {}

    def accept(self, lane: str, head: tuple[int, bytes] | None) -> bool:
        """Whether a lane found with this head (None: not there) is still this process's own."""
        return head in self._known.get(lane, {None})

    def certain(self, lane: str) -> tuple[int, bytes] | None:
        """The one head the lane can have if it is still this process's own; None: look."""
        known = self._known.get(lane, set())
        return next(iter(known)) if len(known) == 1 else None

    def settle(self, written: Mapping[str, tuple[int, bytes]], *, certain: bool) -> None:
        """A transaction that wrote these heads was committed, certainly or perhaps."""
        for lane, head in written.items():
            before = set() if certain else self._known.get(lane, {None})
            self._known[lane] = {*before, head}
