"""Keeping catalogue releases: what comes sealed is judged, kept, and counts at its moment.

Rules of this file (PROTOCOL §10):
- A release is judged on arrival by its pinned seals; what they do not hold under is not kept here.
- Numbers are dense: one that came too early waits, a lower one is refused, the same number with
  other octets is a conflict; both are kept. None is ever removed: old vouchers need theirs.
- A release is accepted when all its files are here and make a catalogue of this number that still
  has every kind of document. It begins no earlier than the one before it.
- Whether an accepted release counts is a matter of its moment alone. Accepting counts `trust_state`
  up, so that every process has it before; what is in force is then everybody's own clock's answer.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic

from hub.clock import Instant
from hub.errors import Conflict, Malformed, Misconfigured, Rejection, SealUntrusted
from hub.observer import Fact, Observer
from hub.trust.keeping import Here
from hub.trust.listing import ListGround
from hub.trust.model import SIGNATURES_NEEDED
from hub.trust.ports import KeptRelease, ReleaseState, T, TrustStore
from hub.trust.releasing import (
    SealedRelease,
    founding,
    founding_files,
    open_release,
    release_files,
)
from hub.voucher.catalogue import Catalogue

HERE: Final = frozenset({ReleaseState.FOUNDING, ReleaseState.ACCEPTED})
EVER: Final = Instant(0)
Compile = Callable[[Mapping[str, bytes]], Catalogue]
"""The catalogue that files make; raises Misconfigured when they make none."""


@dataclass(frozen=True, slots=True)
class Files:
    """A release with the octets of its files, by name."""

    row: KeptRelease
    message: bytes
    files: Mapping[str, bytes]


class ReleaseKeeping(Generic[T]):
    """Takes what comes. Any number of processes may do so."""

    def __init__(
        self,
        store: TrustStore[T],
        here: Here,
        ground: Callable[[], ListGround],
        compiled: Compile,
        now: Callable[[], Instant],
        observe: Observer,
    ) -> None:
        """`ground`: pinned keys as they stand now; `now`: this machine's clock."""
        self._store = store
        self._here = here
        self._ground = ground
        self._compiled = compiled
        self._now = now
        self._observe = observe

    def found(self, files: Mapping[str, bytes]) -> bool:
        """Begin with these files, if this store has no release yet; whether it began now.

        Raises:
            Misconfigured: they make no catalogue.
            StoreDown: nothing was kept; try again.
        """
        if newest(self.releases()) is not None:
            return False
        number, message = self._compiled(files).release, founding(files)
        digest = hashlib.sha256(message).digest()
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            if any(row.state in HERE for row in tx.releases()):
                return False
            tx.add_messages(_by_digest(files.values()) | {digest: message})
            row = KeptRelease(
                digest, number, ReleaseState.FOUNDING, "", EVER, EVER, EVER, tx.now
            )  # fmt: skip
            tx.put_releases([row])
            tx.append_journal(self._here.lane, _line(row))
            tx.commit()
        return True

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        """Keep a sealed release with files it names, and accept what can be accepted now.

        Octets that are on record already are nothing new.

        Raises:
            Rejection: what `open_release` raises; `catalogue_release_seals`,
                `catalogue_release_number`, `catalogue_release_other_environment`.
            Conflict: `catalogue_release_conflict`.
            Held: `catalogue_missing`.
            StoreDown: nothing was kept; try again.
        """
        digest = hashlib.sha256(message).digest()
        row = {one.digest: one for one in self.releases()}.get(digest)
        if row is None or row.state is ReleaseState.WAITING:
            self._keep(digest, message, parts)
            self.settle()

    def releases(self) -> list[KeptRelease]:
        """All releases on record, by number."""
        with self._store.read() as tx:
            return tx.releases()

    def settle(self) -> int:
        """Accept waiting releases in order; how many were judged.

        Raises:
            StoreDown: try again later.
        """
        done = 0
        while (row := _next(self.releases())) is not None and self._judge(row):
            done += 1
        return done

    def _keep(self, digest: bytes, message: bytes, parts: Sequence[bytes]) -> None:
        sealed = open_release(message, self._ground(), self._now())
        named = {bytes.fromhex(text) for text in sealed.head.files.values()}
        octets = {d: part for d, part in _by_digest(parts).items() if d in named}
        error = self._wrong(sealed)
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            rows = tx.releases()
            if any(r.digest == digest and r.state is not ReleaseState.WAITING for r in rows):
                return  # another process was faster: its verdict stands
            error = error or _out_of_turn(sealed.head.number, rows)
            state = ReleaseState.WAITING if error is None else ReleaseState.REFUSED
            head, code = sealed.head, "" if error is None else error.code
            row = KeptRelease(
                digest, head.number, state, code, sealed.sealed_at, head.effective_at,
                head.expires_at, tx.now,
            )  # fmt: skip
            tx.add_messages({digest: message} | octets)
            tx.put_releases([row])
            tx.append_journal(self._here.lane, _line(row))
            tx.commit()
        self._tell(row)
        if error is not None:
            raise error

    def _wrong(self, sealed: SealedRelease) -> Rejection | None:
        if len(sealed.sealed_by) < SIGNATURES_NEEDED:
            return SealUntrusted("catalogue_release_seals", count=len(sealed.sealed_by))
        if sealed.head.env != self._ground().env:
            return SealUntrusted("catalogue_release_other_environment")
        return None

    def _judge(self, row: KeptRelease) -> bool:
        """Accept or refuse the next release; False while its files are not all here."""
        rows = self.releases()
        before = newest(rows)
        with self._store.read() as tx:
            files = files_of(tx, row)
            old = files_of(tx, before) if before is not None else None
        if files is None:
            return False
        try:
            catalogue = self._catalogue(files)
            judge(row, catalogue, rows, self._compiled(old.files) if old is not None else None)
        except Rejection as error:
            row = replace(row, state=ReleaseState.REFUSED, code=error.code)
        else:
            row = replace(row, state=ReleaseState.ACCEPTED)
        self._write(row, before)
        return True

    def _catalogue(self, files: Files) -> Catalogue:
        try:
            return self._compiled(files.files)
        except Misconfigured as error:
            raise Malformed("catalogue_release_content", reason=error.code) from error

    def _write(self, row: KeptRelease, before: KeptRelease | None) -> None:
        """Write a verdict made against `before`, unless another process was faster."""
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            rows = tx.releases()
            waits = any(r.digest == row.digest and r.state is ReleaseState.WAITING for r in rows)
            if not waits or newest(rows) != before:
                return
            tx.put_releases([row])
            if row.state is ReleaseState.ACCEPTED:
                tx.raise_trust_state()
            tx.append_journal(self._here.lane, _line(row))
            tx.commit()
        self._tell(row)

    def _tell(self, row: KeptRelease) -> None:
        fields: Mapping[str, str | int] = {
            "n": row.number, "state": str(row.state), "code": row.code, "digest": row.digest.hex(),
        }  # fmt: skip
        self._observe(Fact("catalogue_release", fields))


def judge(
    row: KeptRelease, catalogue: Catalogue, rows: Sequence[KeptRelease], old: Catalogue | None
) -> None:
    """Whether a release may follow the newest of `rows`, whose catalogue is `old`.

    Raises:
        Malformed: `catalogue_release_content`: the files say another number.
        SealUntrusted: `catalogue_release_number`, `catalogue_release_dates`,
            `catalogue_release_documents`.
        Conflict: `catalogue_release_conflict`.
    """
    before = newest(rows)
    if (error := _out_of_turn(row.number, rows)) is not None:
        raise error
    if catalogue.release != row.number:
        raise Malformed("catalogue_release_content", reason="number")
    if row.effective_at >= row.expires_at:
        raise SealUntrusted("catalogue_release_dates")
    if before is not None and row.effective_at < before.effective_at:
        raise SealUntrusted("catalogue_release_dates")
    needed = {code for code, kind in old.kinds.items() if kind.document} if old else set()
    there = {code for code, kind in catalogue.kinds.items() if kind.document}
    if not needed <= there:
        raise SealUntrusted("catalogue_release_documents", count=len(needed - there))


def files_of(tx: T, row: KeptRelease) -> Files | None:
    """A release on record with its files; None while some are not here."""
    message = tx.messages([row.digest])[row.digest]
    named = founding_files if row.state is ReleaseState.FOUNDING else release_files
    digests = {name: bytes.fromhex(text) for name, text in named(message).items()}
    octets = tx.messages(set(digests.values()))
    if len(octets) < len(set(digests.values())):
        return None
    return Files(row, message, {name: octets[digest] for name, digest in digests.items()})


def newest(rows: Sequence[KeptRelease]) -> KeptRelease | None:
    """The release that the next one has to follow."""
    return max((row for row in rows if row.state in HERE), key=lambda r: r.number, default=None)


def _by_digest(parts: Iterable[bytes]) -> dict[bytes, bytes]:
    return {hashlib.sha256(part).digest(): part for part in parts}


def _next(rows: Sequence[KeptRelease]) -> KeptRelease | None:
    """The waiting release that may be judged now."""
    last = newest(rows)
    waiting = (row for row in rows if row.state is ReleaseState.WAITING)
    return next((r for r in waiting if last is None or r.number <= last.number + 1), None)


def _out_of_turn(number: int, rows: Sequence[KeptRelease]) -> Rejection | None:
    last = newest(rows)
    if last is None or number > last.number:
        return None
    if number == last.number:
        return Conflict("catalogue_release_conflict", number=number)
    return SealUntrusted("catalogue_release_number", number=number)


def _line(row: KeptRelease) -> bytes:
    state = f"{row.state} {row.code}".rstrip()
    return f"catalogue release {row.number} {row.digest.hex()} {state}".encode()
