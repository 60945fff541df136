"""Where a node's catalogue releases come from: its store, founded once on the package.

A store that has no release yet begins with the package's catalogue and the site's own folder, as
they are then. From there on only sealed releases change what kinds there are: a newer package, or
an edited folder, changes nothing by itself.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from hub.errors import Damaged, Misconfigured
from hub.trust.keeping import STANDING, Whole
from hub.trust.ports import Kept, KeptState
from hub.trust.release_keeping import (
    ReleaseKeeping,
    files_of,
)
from hub.voucher.releases import Releases
from keys.release_source import Now, release_of
from keys.trust_files import read_release, release_numbers, write_release


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
        return Releases([release_of(one, self._env) for one in found], self._now)

    def refresh(self) -> None:
        """Take in what was accepted since; what is here already is not read again."""
        fresh = self._read(self.releases.numbers)
        self.releases.take(release_of(one, self._env) for one in fresh)

    def files(self, number: int) -> Mapping[str, bytes] | None:
        """The files of a release on record, by name."""
        return next((one.parts for one in self._read(()) if one.row.number == number), None)

    def founding(self) -> Mapping[str, bytes]:
        """The files this node began with."""
        found = self.files(self.releases.numbers[0])
        assert found is not None, "a release that counts is on record"
        return found

    def unlike(self) -> list[str]:
        """Files of the package and the site's folder that are not those this node counts by.

        Empty once a sealed release counts: it has replaced both. A node that was founded by
        another package has another catalogue under the same number, and so may its neighbours.
        """
        if self.releases.newest != self.releases.numbers[0]:
            return []
        began = self.founding()
        try:
            own = self._own()
        except Misconfigured as error:
            return [str(error.context.get("where", error.code))]
        return sorted(n for n in began.keys() | own.keys() if began.get(n) != own.get(n))

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
