"""Taking a carried file in: checked whole, received as from a channel, answered by a file."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from hub.errors import Malformed, Misconfigured
from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.exchange.carried_file import Cipher, Header, Scan
from hub.exchange.carried_intake import BATCH, Intake, Taken
from hub.exchange.carrying import Carrier
from hub.exchange.model import Mark
from hub.exchange.packets import NOTICES_MAX
from hub.exchange.resync import gaps
from keys.carried_locks import unlock
from ops.carry.exporting import Tell
from ops.carry.making import Making
from ops.carry.record import Done
from ops.scope import bearer
from ops.wiring import Parts
from ops.wiring_carry import carrier, intake, reading, writing

PASSES: Final = 2
"""A file is read once to be checked, and once to be taken in."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is whole, from whom it says, and for this node."""

    header: Header
    cipher: Cipher
    digest: bytes
    octets: int
    frames: int
    count: int
    marks: tuple[Mark, ...]
    """How far the sender's sequences towards this node had come."""


def check(parts: Parts, path: Path, tell: Tell) -> Checked:
    """Read a file whole and believe it, or say why not; nothing is taken in.

    Raises:
        Malformed, SealUntrusted: as `Intake` says. Misconfigured: `file_missing`,
            `carried_other_key`. TargetDown: `carried_unreadable`.
    """
    takes = intake(parts)
    with reading(path) as medium:
        scan = Scan(medium.read)
        header = scan.header
        takes.require_addressed(header)
        cipher = unlock(header.locks, parts.signer, header.context)
        takes.check(scan, cipher, lambda octets: tell(octets, PASSES * medium.size))
    tally = scan.tally
    return Checked(header, cipher, scan.digest, scan.octets, scan.frames, tally.count, tally.marks)


def take(
    parts: Parts, path: Path, answer: Path | None, by: str, tell: Tell, *, again: bool = False
) -> Done:
    """Take a file in; of packets, write the answer. Broken off, it is begun anew without harm.

    Raises:
        Malformed, SealUntrusted, Misconfigured, TargetDown: as `check` and `bearer` say;
            `carried_answer_unnamed`, `carried_file_exists`, `carried_unwritable`.
        Conflict: `carried_taken_before`, unless `again`.
        StoreDown, Fenced, CustodyDown: broken off; what came before is on record.
    """
    who = bearer(by, parts.settings.operator, parts.view(parts.verification.trust_state))
    checked = check(parts, path, tell)
    packets = checked.header.kind is CarriedKind.PACKETS
    if packets and answer is None:
        raise Misconfigured("carried_answer_unnamed")
    if not again:
        intake(parts).require_new(checked.header, checked.digest)
    taking = _Taking(parts, checked, tell)
    before = taking.open_rows()
    written = None
    if packets:
        assert answer is not None
        written = taking.answered(path, answer)
    else:
        for _ in taking.batches(path):
            pass
    done = taking.done(path, who, before, written)
    taking.keep(done)
    return done


class _Taking:
    """One checked file on its way into the records."""

    def __init__(self, parts: Parts, checked: Checked, tell: Tell) -> None:
        self._parts, self._checked, self._tell = parts, checked, tell
        self._intake: Intake[Any] = intake(parts)
        self._carrier: Carrier[Any] = carrier(parts)
        self._taken = Taken()

    def open_rows(self) -> int:
        """Rows of this node that were written into the file of this number, and are open."""
        with self._parts.store.read() as tx:
            return int(tx.carried_open().get(self._checked.header.number, 0))

    def batches(self, path: Path) -> Iterator[None]:
        """Take the messages in, some at a time."""
        checked = self._checked
        with reading(path) as medium:
            scan = Scan(medium.read)
            if scan.header != checked.header:
                raise Malformed("carried_changed")
            frames = iter(scan)
            while batch := self._deciphered(scan, frames):
                self._intake.take(checked.header, batch, self._taken)
                self._tell(checked.octets + scan.octets, PASSES * checked.octets)
                yield

    def _deciphered(self, scan: Scan, frames: Iterator[bytes]) -> Sequence[bytes]:
        cipher, some = self._checked.cipher, BATCH[self._checked.header.kind]
        return [cipher.decipher(scan.frames, octets) for octets in islice(frames, some)]

    def answered(self, path: Path, to: Path) -> Done:
        """Take the messages in, and write their notices into a new file."""
        header, parts = self._checked.header, self._parts
        with ExitStack() as stack:
            medium = stack.enter_context(writing(to))
            kind = CarriedKind.ANSWER
            making = Making(parts, medium, kind, header.number, header.sender)
            for _ in self.batches(path):
                self._write(making, least=NOTICES_MAX)
            self._write(making, least=1)
            making.end()
        row = Carriage(
            header.number, kind, CarriedWay.OUT, header.sender, medium.digest, making.count,
            self._taken.refused, self._taken.waiting, medium.octets, "", "", parts.clock.now(),
        )  # fmt: skip
        return Done(row, to.name, making.header.at, making.frames, {})

    def _write(self, making: Making, least: int) -> None:
        entries = self._taken.entries
        while len(entries) >= least:
            some = entries[:NOTICES_MAX]
            octets = self._carrier.notices(self._checked.header.sender, some)
            if not making.add(octets, len(some)):
                raise Malformed("carried_too_large")
            del entries[: len(some)]

    def done(self, path: Path, who: str, before: int, answer: Done | None) -> Done:
        """What has come of it."""
        checked, taken = self._checked, self._taken
        header = checked.header
        row = Carriage(
            header.number, header.kind, CarriedWay.IN, header.sender, checked.digest, taken.count,
            taken.refused, taken.waiting, checked.octets, "", who, self._parts.clock.now(),
        )  # fmt: skip
        after = self.open_rows()
        more = {"closed": before - after, "open": after}
        if answer is not None:
            more = {"missing": self._missing()}
        return Done(row, path.name, header.at, taken.frames, more, answer)

    def _missing(self) -> int:
        """Items that the sender had numbered when it wrote the file, and that are not here."""
        header = self._checked.header
        with self._parts.store.read() as tx:
            received = tx.received(header.sender, header.incarnation)
        return sum(gap.missing for gap in gaps(self._checked.marks, received))

    def keep(self, done: Done) -> None:
        """Put it on record: what was taken, and what was answered."""
        row = done.carriage
        for one in (row, *([done.answer.carriage] if done.answer else ())):
            line = (
                f"carried {one.kind} {one.way} {one.number} {one.count} {one.refused} "
                f"{one.waiting} {one.digest.hex()} {row.who}"
            )
            self._carrier.keep(one, line)
