"""Where a node's catalogue releases come from: its store, founded once on the package.

A store that has no release yet begins with the package's catalogue and the site's own folder, as
they are then. From there on only sealed releases change what kinds there are: a newer package, or
an edited folder, changes nothing by itself. The voucher library alone has no store: it begins with
the package and goes on by the sealed releases of its trust folder.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from hub.clock import Instant
from hub.errors import Damaged
from hub.trust.keeping import STANDING, Whole
from hub.trust.model import Pin
from hub.trust.pinned import ListGround, open_head, unsound
from hub.trust.ports import Kept, KeptState
from hub.trust.release_keeping import (
    EVER,
    ReleaseKeeping,
    files_of,
    judge,
)
from hub.trust.releasing import RELEASE
from hub.voucher.catalogue import Catalogue
from hub.voucher.ports import Suite
from hub.voucher.releases import Release, Releases, always
from keys.trust_files import read_release, release_numbers, write_release
from ops.catalogue_files import compiled, load

Now = Callable[[], Instant]


class StoredReleases:
    """The releases of a node, as its store has them; for one process, not thread-safe."""

    def __init__(
        self,
        env: str,
        store: Any,  # noqa: ANN401 - SQL and memory stores share no class
        own: Callable[[], Mapping[str, bytes]],
        keeping: ReleaseKeeping[Any],
        now: Now,
    ) -> None:
        """`own`: the files to begin with, read only where the store has no release."""
        self._env = env
        self._store = store
        self._own = own
        self._keeping = keeping
        self._now = now

    @cached_property
    def releases(self) -> Releases:
        """All that count or will; founds the store if it has none.

        Raises:
            Misconfigured: the files to begin with make no catalogue.
            Damaged: `catalogue_file_missing`, or octets are not what they were.
            StoreDown: the store is away.
        """
        found = self._read(())
        if not found:
            self._keeping.found(self._own())
            found = self._read(())
        return Releases([_release(one, self._env) for one in found], self._now)

    def refresh(self) -> None:
        """Take in what was accepted since; what is here already is not read again."""
        fresh = self._read(self.releases.numbers)
        self.releases.take(_release(one, self._env) for one in fresh)

    def files(self, number: int) -> Mapping[str, bytes] | None:
        """The files of a release on record, by name."""
        return next((one.parts for one in self._read(()) if one.row.number == number), None)

    def founding(self) -> Mapping[str, bytes]:
        """The files this node began with."""
        found = self.files(self.releases.numbers[0])
        assert found is not None, "a release that counts is on record"
        return found

    def found(self, folder: Path) -> None:
        """Take in sealed releases that people put into the trust folder.

        Raises:
            Rejection: one does not hold. Misconfigured: a file of it is missing.
        """
        known = max((row.number for row in self._keeping.kept()), default=0)
        for number in release_numbers(folder):
            if number > known:
                message, files = read_release(folder, number)
                self._keeping.take(message, list(files.values()))
        self._keeping.settle()  # what another process has only begun with

    def write_out(self, folder: Path) -> int:
        """Put accepted releases into the trust folder, for what reads a folder alone; how many.

        Raises:
            OSError: the folder cannot be written.
        """
        there = set(release_numbers(folder))
        missing = [
            one
            for one in self._read(there)
            if one.row.state is KeptState.ACCEPTED
        ]  # fmt: skip
        for one in missing:
            write_release(folder, one.row.number, one.message, one.parts)
        return len(missing)

    def _read(self, known: Collection[int]) -> list[Whole]:
        """Releases that are no longer judged, one of each number."""
        with self._store.read() as tx:
            rows: dict[int, Kept] = {}
            for row in tx.releases():
                if row.state in STANDING and row.number not in known:
                    rows.setdefault(row.number, row)
            found = {number: files_of(tx, row) for number, row in rows.items()}
        whole = [one for one in found.values() if one is not None]
        if len(whole) < len(found):
            raise Damaged("catalogue_file_missing", n=next(n for n, o in found.items() if not o))
        return whole


def begun(env: str) -> Releases:
    """What an environment begins with, by this package alone."""
    return always(load(env))


@dataclass(frozen=True, slots=True)
class Alone:
    """What releases are judged by without a store: as a `ListGround`, and a clock."""

    env: str
    pins: Sequence[Pin]
    anchors: Sequence[bytes]
    suites: Mapping[str, Suite]
    now: Now


def folder_releases(folder: Path, base: Mapping[str, bytes], by: Alone) -> Releases:
    """The releases of a trust folder after the one that `base` makes, without a store.

    Raises:
        Rejection: a release does not hold, or does not follow the one before it.
        Misconfigured: the folder is not whole, or files make no catalogue.
    """
    first = compiled(base, by.env)
    releases = Releases([Release(first.release, lambda: first)], by.now)
    ground = ListGround(by.env, by.pins, by.anchors, releases, by.suites)
    row = Kept(b"", first.release, KeptState.FOUNDING, "", EVER, EVER, EVER, EVER)
    before, catalogue = row, first
    for number in release_numbers(folder):
        if number > before.number:
            taken = _opened(folder, number, ground, by.now())
            fresh = compiled(taken.parts, by.env)
            judge(taken.row, fresh, before, catalogue)
            before, catalogue = taken.row, fresh
            releases.take([_release(taken, by.env)])
    return releases


def _opened(folder: Path, number: int, ground: ListGround, now: Instant) -> Whole:
    message, files = read_release(folder, number)
    sealed = open_head(RELEASE, message, ground, now)
    if (error := unsound(RELEASE, sealed, ground.env)) is not None:
        raise error
    head = sealed.head
    row = Kept(
        b"", head.number, KeptState.ACCEPTED, "", sealed.sealed_at, head.effective_at,
        head.expires_at, now,
    )  # fmt: skip
    octets = {digest: files[name] for name, digest in head.parts.items()}
    return Whole(row, message, head.parts, octets)


def _release(one: Whole, env: str) -> Release:
    make: Callable[[], Catalogue] = partial(compiled, one.parts, env)
    if one.row.state is KeptState.FOUNDING:
        return Release(one.row.number, make)
    return Release(one.row.number, make, one.row.effective_at, one.row.expires_at)
