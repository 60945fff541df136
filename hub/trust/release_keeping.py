"""Keeping catalogue releases: what a node began with, and what is accepted after it (rule 10.1).

Rules of this file:
- A release is accepted when all its files are here and make a catalogue of this number that still
  has every kind of document. It begins no earlier than the one before it.
- Whether an accepted release counts is a matter of its moment alone. Accepting counts `trust_state`
  up, so that every process has it before; what is in force is then everybody's own clock's answer.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, Final

from hub.clock import Instant
from hub.errors import Malformed, Misconfigured, SealUntrusted
from hub.observer import Fact, Observer
from hub.trust.keeping import Here, Keeping, Whole, by_digest, newest, out_of_turn, whole
from hub.trust.pinned import ListGround, Sort, named
from hub.trust.ports import Kept, KeptState, T, TrustStore
from hub.trust.releasing import RELEASE, founding, founding_files
from hub.voucher.catalogue import Catalogue

EVER: Final = Instant(0)
Compile = Callable[[Mapping[str, bytes]], Catalogue]
"""The catalogue that files make; raises Misconfigured when they make none."""


class ReleaseKeeping(Keeping[T, Whole]):
    """Takes catalogue releases and judges them.

    Source: protocol rule 10.1; protocol rule 10.7
    """

    sort: ClassVar[Sort] = RELEASE
    counts_when_accepted: ClassVar[bool] = True

    def __init__(
        self,
        store: TrustStore[T],
        here: Here,
        ground: Callable[[], ListGround],
        compiled: Compile,
        now: Callable[[], Instant],
        observe: Observer,
    ) -> None:
        """As for any sort of documents, and what makes a catalogue of files."""
        super().__init__(store, here, ground, now, observe)
        self._compiled = compiled

    def found(self, files: Mapping[str, bytes]) -> bool:
        """Begin with these files, if this store has no release yet; whether it began now.

        Raises:
            Misconfigured: they make no catalogue.
            StoreDown: nothing was kept; try again.
        """
        if newest(self.kept()) is not None:
            return False
        number, message = self._compiled(files).release, founding(files)
        digest = hashlib.sha256(message).digest()
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            if newest(tx.releases()) is not None:
                return False
            tx.add_messages(by_digest(files.values()) | {digest: message})
            row = Kept(digest, number, KeptState.FOUNDING, "", EVER, EVER, EVER, tx.now)
            self._record(tx, [row])
            tx.commit()
        return True

    def _rows(self, tx: T) -> list[Kept]:
        return tx.releases()

    def _put(self, tx: T, rows: Sequence[Kept]) -> None:
        tx.put_releases(rows)

    def _told(self, fields: Mapping[str, str | int]) -> Fact:
        return Fact("catalogue_release", fields)

    def _content(self, row: Kept) -> Whole | None:
        with self._store.read() as tx:
            return files_of(tx, row)

    def _follow(
        self, row: Kept, content: Whole, before: tuple[Kept, Whole] | None
    ) -> Sequence[Fact]:
        try:
            catalogue = self._compiled(content.parts)
        except Misconfigured as error:
            raise Malformed("catalogue_release_content", reason=error.code) from error
        if before is None:
            judge(row, catalogue, None, None)
        else:
            judge(row, catalogue, before[0], self._compiled(before[1].parts))
        return ()


def judge(row: Kept, catalogue: Catalogue, before: Kept | None, old: Catalogue | None) -> None:
    """Whether a release may follow `before`, whose catalogue is `old`; returns when it may.

    Both are None for the first one. Instants: it begins before it ends, and not before `before`.

    Raises:
        Malformed: `catalogue_release_content`: the files say another number.
        SealUntrusted: `catalogue_release_number`, `catalogue_release_dates`,
            `catalogue_release_documents`.
        Conflict: `catalogue_release_conflict`.

    Source: protocol rule 10.1; protocol rule 10.7
    """
    if (error := out_of_turn(RELEASE, row.number, before)) is not None:
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


def files_of(tx: T, row: Kept) -> Whole | None:
    """A release on record with its files; None while some are not here.

    Source: protocol rule 10.1
    """
    founded = row.state is KeptState.FOUNDING
    return whole(tx, row, founding_files if founded else partial(named, RELEASE))
