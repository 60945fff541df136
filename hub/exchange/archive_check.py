"""Is a day's file whole? Made again from its content alone, and held against its proof. Pure.

1. Checkpoints follow each other; the first and the last are those the proof names.
2. Every lane's entries chain from its head in the opening checkpoint to its head in the last that
   covers it, and pass through every head between.
3. All octets that the day's entries name are there, and nothing else but what proves their time;
   each has its digest.
4. Counts, amounts and the digest of each table are those of the proof.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Final

from hub import journal
from hub.clock import Instant
from hub.errors import Damaged
from hub.exchange.archives import (
    FIRST_TABLES,
    REFUSED,
    ROLES,
    STAYING,
    TABLES,
    DayFile,
    DayProof,
    Extent,
    amount_of,
    named,
    row_digest,
    without_effect,
)
from hub.journal import GENESIS, Checkpoint

Head = tuple[int, bytes]
_BEGINNING: Final = Checkpoint(0, Instant(0), GENESIS, ())
"""Before a store's first checkpoint."""


def check_day(file: DayFile) -> DayProof:
    """The proof of a file that is whole.

    Raises:
        Damaged: `archive_damaged`, `archive_chain`, `archive_incomplete`, `archive_differs`, with
            what differs.
    """
    proof = file.proof()
    tables = TABLES if "kept" in proof.digests else FIRST_TABLES
    if proof.digests.keys() != set(tables):
        raise Damaged("archive_damaged", reason="proof")
    heads = _checkpoints(file.checkpoints(), proof)
    wanted, refused = _journal(file, heads, Extent(proof.day))
    _messages(file, proof, wanted)
    if tables is TABLES:
        _kept(file, refused - wanted)
    for table in tables:
        count, digest = row_digest(file.rows(table))
        if (count, digest) != (proof.counts[table], proof.digests[table]):
            raise Damaged("archive_differs", reason=table)
    books: Counter[tuple[str, str, str]] = Counter()
    fens: Counter[tuple[str, str, str]] = Counter()
    for party, _, _, kind, state, fen in file.rows("line"):
        books[party, kind, state] += 1
        fens[party, kind, state] += fen
    if list(proof.books) != [(*key, books[key], fens[key]) for key in sorted(books)]:
        raise Damaged("archive_differs", reason="books")
    return proof


def _checkpoints(checkpoints: Iterable[Checkpoint], proof: DayProof) -> dict[str, list[Head]]:
    """Heads of every lane from the opening checkpoint on, in order."""
    heads: dict[str, list[Head]] = {}
    first = last = _BEGINNING if proof.opening[0] == 0 else None
    for made in checkpoints:
        before = None if last is _BEGINNING else last
        if last is not None and made != journal.next_checkpoint(before, made.heads[1:], made.at):
            raise Damaged("archive_chain", n=made.number)
        if made.hash != journal.checkpoint(made.heads):
            raise Damaged("archive_chain", n=made.number)
        first, last = first or made, made
        for lane, n, head in made.heads[1:]:
            begun = [] if made is first else [(0, GENESIS)]
            heads.setdefault(lane, begun).append((n, head))
    if first is None or last is None:
        raise Damaged("archive_chain", n=0)
    if (proof.opening, proof.closing) != (
        (first.number, first.hash.hex()), (last.number, last.hash.hex())
    ):  # fmt: skip
        raise Damaged("archive_differs", reason="checkpoint")
    return heads


def _journal(
    file: DayFile, heads: dict[str, list[Head]], day: Extent
) -> tuple[set[bytes], set[bytes]]:
    """Digests that the day's entries name, and those kept without effect; every lane is proven."""
    wanted, refused = set[bytes](), set[bytes]()
    at: dict[str, Head] = {lane: passed[0] for lane, passed in heads.items()}
    left = {lane: set(passed[1:]) for lane, passed in heads.items()}
    for entry in file.entries():
        n, previous = at.get(entry.lane, (-1, b""))
        if entry.n != n + 1 or entry.hash != journal.link(previous, entry.payload):
            raise Damaged("archive_chain", lane=entry.lane, n=entry.n)
        at[entry.lane] = (entry.n, entry.hash)
        left[entry.lane].discard((entry.n, entry.hash))
        if day.holds(entry.at):
            wanted |= {one.digest for one in named(entry.payload)}
            refused |= set(without_effect(entry.payload))
    for lane, missing in sorted(left.items()):
        if missing - {heads[lane][0]}:
            raise Damaged("archive_chain", lane=lane, n=max(missing)[0])
    return wanted, refused


def _kept(file: DayFile, refused: set[bytes]) -> None:
    """Whatever was refused is there; what else is kept proves something."""
    met = set()
    for digest, role, octets in file.kept():
        if hashlib.sha256(octets).digest() != digest or role not in ROLES:
            raise Damaged("archive_damaged", digest=digest.hex())
        met |= {digest} if role == REFUSED else set()
    if strange := met ^ refused:
        raise Damaged("archive_incomplete", digest=min(strange).hex(), count=len(strange))


def _messages(file: DayFile, proof: DayProof, wanted: set[bytes]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    fens: Counter[tuple[str, str]] = Counter()
    total, met = 0, set()
    for digest, octets in file.messages():
        if hashlib.sha256(octets).digest() != digest:
            raise Damaged("archive_damaged", digest=digest.hex())
        kind, layer, fen = amount_of(octets)
        counts[kind, layer] += 1
        fens[kind, layer] += fen
        total += len(octets)
        met.add(digest)
    first = "kept" not in proof.digests
    staying = {row[8] for row in file.rows("layer") if first and row[4] in STAYING}
    missing, strange = wanted - met - staying, met - wanted
    if missing or strange:
        one = min(missing or strange).hex()
        raise Damaged("archive_incomplete", digest=one, count=len(missing) + len(strange))
    if total != proof.counts["octets"]:
        raise Damaged("archive_differs", reason="octets")
    if list(proof.amounts) != [(*key, counts[key], fens[key]) for key in sorted(counts)]:
        raise Damaged("archive_differs", reason="amounts")
