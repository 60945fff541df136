"""Trust lists, CRLs and local suspensions in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.trust.model import LocalSuspension
from hub.trust.ports import Kept, KeptCrl, KeptState

LISTS: Final = Table[bytes, Kept]("trust_list")
RELEASES: Final = Table[bytes, Kept]("catalogue_release")
CRLS: Final = Table[tuple[bytes, int], KeptCrl]("trust_crl")
SUSPENSIONS: Final = Table[str, LocalSuspension]("trust_suspension")


class Trust(Work):
    """What this node believes, and why."""

    def put_trust_lists(self, rows: Sequence[Kept]) -> None:
        """Write rows; one that is there gets the new state and code."""
        self.before("put_trust_lists")
        for row in rows:
            old = self.rows(LISTS).get(row.digest, row)
            self.put(LISTS, row.digest, replace(old, state=row.state, code=row.code))

    def trust_lists(self) -> list[Kept]:
        """All lists on record, by number."""
        self.before("trust_lists")
        return sorted(self.rows(LISTS).values(), key=lambda r: (r.number, r.kept_at, r.digest))

    def trust_number(self) -> int:
        """Number of the list in force."""
        self.before("trust_number")
        rows = self.rows(LISTS).values()
        return max((row.number for row in rows if row.state is KeptState.IN_FORCE), default=0)

    def put_releases(self, rows: Sequence[Kept]) -> None:
        """Write rows; one that is there gets the new state and code."""
        self.before("put_releases")
        for row in rows:
            old = self.rows(RELEASES).get(row.digest, row)
            self.put(RELEASES, row.digest, replace(old, state=row.state, code=row.code))

    def releases(self) -> list[Kept]:
        """All catalogue releases on record, by number."""
        self.before("releases")
        return sorted(self.rows(RELEASES).values(), key=lambda r: (r.number, r.kept_at, r.digest))

    def put_crls(self, rows: Sequence[KeptCrl]) -> None:
        """Write rows; one that is there stays as it is."""
        self.before("put_crls")
        for row in rows:
            if (row.issuer, row.number) not in self.rows(CRLS):
                self.put(CRLS, (row.issuer, row.number), row)

    def crls(self) -> list[KeptCrl]:
        """The newest of each issuer and scope."""
        self.before("crls")
        newest = {key[0]: row for key, row in sorted(self.rows(CRLS).items())}
        return list(newest.values())

    def put_suspensions(self, rows: Sequence[LocalSuspension]) -> None:
        """Write local suspensions."""
        self.before("put_suspensions")
        for row in rows:
            self.put(SUSPENSIONS, row.subject, row)

    def drop_suspensions(self, subjects: Collection[str]) -> None:
        """These count no longer."""
        self.before("drop_suspensions")
        for subject in sorted(subjects):
            if subject in self.rows(SUSPENSIONS):
                self.drop(SUSPENSIONS, subject)

    def suspensions(self) -> list[LocalSuspension]:
        """All, by subject."""
        self.before("suspensions")
        return [row for _, row in sorted(self.rows(SUSPENSIONS).items())]
