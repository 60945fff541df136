"""Runs, lists, verifies and fetches from a node's archives."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.clock import DAY, Instant, business_day
from hub.errors import HubError, Misconfigured, RuleBroken, TargetDown
from hub.exchange.archive_check import check_day
from hub.exchange.archives import DayProof
from ops.wiring import Parts
from ops.wiring_archive import ArchiveDay, DayReader, Held, archiver, day_files

MOVED: Final = "moved"


@dataclass(frozen=True, slots=True)
class DayDone:
    """What became of one day."""

    day: str
    state: str
    """`moved`, `empty`, `held`; in a dry run `ready`."""
    messages: int = 0
    body_bytes: int = 0
    code: str = ""
    count: int = 0
    example: str = ""


def run(parts: Parts, day: str, *, dry: bool) -> list[DayDone]:
    """Archive every day that is old enough, or one; a day that is held holds up no other.

    Raises:
        Misconfigured: `archive_unset`.
        RuleBroken: `archive_early`.
        TargetDown: `archive_away`.
        Damaged: a file is not what the store says of it; nothing left the store.
    """
    works = archiver(parts)
    assert parts.settings.archive is not None, "the archiver asked for it"
    with parts.store.read() as tx:
        now: Instant = tx.now
    last = business_day(Instant(now - (parts.settings.archive.keep_days + 1) * DAY))
    if day and day > last:
        raise RuleBroken("archive_early", at=day)
    days_ = [day] if day else works.candidates(last)
    done = works.run(days_, dry=dry)
    return [_done(one, made, dry=dry) for one, made in zip(days_, done, strict=True)]


def _done(day: str, made: ArchiveDay | Held, *, dry: bool) -> DayDone:
    if isinstance(made, Held):
        return DayDone(day, "held", code=made.code, count=made.count, example=made.example)
    state = "ready" if dry and made.messages and not made.at else made.state
    return DayDone(day, state, made.messages, made.body_bytes)


def days(parts: Parts) -> list[tuple[ArchiveDay, bool]]:
    """Every day that has a file, whatever it holds; whether the file is there.

    Raises:
        Misconfigured: `archive_unset`.
    """
    files = day_files(parts.settings)
    return [
        (one, files.reader(one.day).path.is_file()) for one in archiver(parts).days() if one.proof
    ]


def lacking(parts: Parts) -> list[str]:
    """Days that left the store and whose file is not there.

    Raises:
        Misconfigured: `archive_unset`.
    """
    return [one.day for one, there in days(parts) if not there]


def verify_files(files: Sequence[Path]) -> list[tuple[str, DayProof | HubError]]:
    """Each file alone, without a node."""
    return [(file.name, _verified(file)) for file in files]


def verify_node(parts: Parts) -> list[tuple[str, DayProof | HubError]]:
    """Every file of a node, against the store's own record of it too.

    Raises:
        Misconfigured: `archive_unset`.
    """
    works = archiver(parts)
    found: list[tuple[str, DayProof | HubError]] = []
    for one in works.days():
        if one.proof:
            try:
                found.append((one.day, works.check(one)))
            except HubError as error:
                found.append((one.day, error))
    return found


def _verified(file: Path) -> DayProof | HubError:
    if not file.is_file():
        return Misconfigured("file_missing", path=str(file))
    try:
        return check_day(DayReader(file))
    except HubError as error:
        return error


def fetch(readers: Sequence[DayReader], voucher_id: str, to: Path) -> list[tuple[str, str]]:
    """Copy every message of a voucher out of the files into a new folder; (layer, file name).

    Raises:
        Misconfigured: `archive_unknown`.
        TargetDown: `archive_away`: a file is missing, or the folder takes nothing.
        Damaged: `archive_damaged`.
    """
    wanted: dict[str, tuple[bytes, bytes]] = {}
    for reader in readers:
        digests = reader.digests_of(voucher_id)
        octets = reader.octets(digests.values())
        wanted |= {name: (d, octets[d]) for name, d in digests.items() if d in octets}
    if not wanted:
        raise Misconfigured("archive_unknown")
    written = []
    try:
        to.mkdir(parents=True, exist_ok=True)
        for layer_id, (digest, message) in sorted(wanted.items()):
            assert hashlib.sha256(message).digest() == digest, "the reader has proven it"
            name = f"{digest.hex()}.xml"
            (to / name).write_bytes(message)
            written.append((layer_id, name))
    except OSError as error:
        raise TargetDown("archive_away", path=to.name) from error
    return written


def readers_of(parts: Parts) -> list[DayReader]:
    """The files of a node, the newest first.

    Raises:
        Misconfigured: `archive_unset`.
    """
    files = day_files(parts.settings)
    return [files.reader(one.day) for one, _ in reversed(days(parts))]
