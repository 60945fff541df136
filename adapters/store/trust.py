"""Trust lists, catalogue releases, CRLs and local suspensions on record."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Executable, Index, PrimaryKeyConstraint, Table, func, select
from sqlalchemy import delete as remove

from adapters.store.session import Forms
from adapters.store.tables import METADATA, number, octets, words
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.trust.model import LocalSuspension
from hub.trust.ports import Kept, KeptCrl, KeptState


def _documents(name: str) -> Table:
    """A table of numbered documents."""
    return Table(
        name,
        METADATA,
        octets("digest", primary_key=True),
        number("number"),
        words("state"),
        words("code"),
        number("sealed_at"),
        number("effective_at"),
        number("expires_at"),
        number("kept_at"),
        Index(f"{name}_by_number", "number"),
    )


TRUST_LIST: Final = _documents("trust_list")
CATALOGUE_RELEASE: Final = _documents("catalogue_release")
TRUST_CRL: Final = Table(
    "trust_crl",
    METADATA,
    octets("issuer"),
    number("number"),
    octets("digest"),
    number("this_update"),
    number("next_update"),
    number("kept_at"),
    PrimaryKeyConstraint("issuer", "number"),
)
TRUST_SUSPENSION: Final = Table(
    "trust_suspension",
    METADATA,
    words("subject", primary_key=True),
    number("since"),
    words("reason"),
)


def _put(table: Table, forms: Forms) -> Executable:
    new = forms.insert(table)
    changed = {name: new.excluded[name] for name in ("state", "code")}
    return new.on_conflict_do_update(index_elements=["digest"], set_=changed)


def _put_list(forms: Forms) -> Executable:
    return _put(TRUST_LIST, forms)


def _put_release(forms: Forms) -> Executable:
    return _put(CATALOGUE_RELEASE, forms)


def _by_number(table: Table) -> Executable:
    row = table.c
    return select(table).order_by(row.number, row.kept_at, row.digest)


def _lists(_forms: Forms) -> Executable:
    return _by_number(TRUST_LIST)


def _releases(_forms: Forms) -> Executable:
    return _by_number(CATALOGUE_RELEASE)


def number_in_force(_forms: Forms) -> Executable:
    """Number of the list in force."""
    row = TRUST_LIST.c
    return select(func.max(row.number)).where(row.state == KeptState.IN_FORCE)


def _crls(_forms: Forms) -> Executable:
    return select(TRUST_CRL).order_by(TRUST_CRL.c.issuer, TRUST_CRL.c.number)


def _put_suspension(forms: Forms) -> Executable:
    new = forms.insert(TRUST_SUSPENSION)
    changed = {name: new.excluded[name] for name in ("since", "reason")}
    return new.on_conflict_do_update(index_elements=["subject"], set_=changed)


def _drop(forms: Forms) -> Executable:
    return remove(TRUST_SUSPENSION).where(forms.among(TRUST_SUSPENSION.c.subject, "subjects"))


def _suspensions(_forms: Forms) -> Executable:
    return select(TRUST_SUSPENSION).order_by(TRUST_SUSPENSION.c.subject)


class Trust(Unit):
    """What this node believes, and why."""

    def put_trust_lists(self, rows: Sequence[Kept]) -> None:
        """Write rows; one that is there gets the new state and code."""
        self.session.run_each(_put_list, [_values(row) for row in rows])

    def trust_lists(self) -> list[Kept]:
        """All lists on record, by number."""
        return [_kept(*row) for row in self.session.rows(_lists)]

    def trust_number(self) -> int:
        """Number of the list in force."""
        return int(self.session.rows(number_in_force)[0][0] or 0)

    def put_releases(self, rows: Sequence[Kept]) -> None:
        """Write rows; one that is there gets the new state and code."""
        self.session.run_each(_put_release, [_values(row) for row in rows])

    def releases(self) -> list[Kept]:
        """All catalogue releases on record, by number."""
        return [_kept(*row) for row in self.session.rows(_releases)]

    def put_crls(self, rows: Sequence[KeptCrl]) -> None:
        """Write rows; one that is there stays as it is."""
        names = TRUST_CRL.c.keys()
        self.session.add_new(TRUST_CRL, [tuple(getattr(row, n) for n in names) for row in rows])

    def crls(self) -> list[KeptCrl]:
        """The newest of each issuer and scope."""
        newest = {row[0]: KeptCrl(*row) for row in self.session.rows(_crls)}
        return list(newest.values())

    def put_suspensions(self, rows: Sequence[LocalSuspension]) -> None:
        """Write local suspensions."""
        values = [{"subject": r.subject, "since": r.since, "reason": r.reason} for r in rows]
        self.session.run_each(_put_suspension, values)

    def drop_suspensions(self, subjects: Collection[str]) -> None:
        """These count no longer."""
        self.session.run_among(_drop, "subjects", sorted(subjects))

    def suspensions(self) -> list[LocalSuspension]:
        """All, by subject."""
        return [LocalSuspension(*row) for row in self.session.rows(_suspensions)]


def _kept(digest: bytes, number: int, state: str, code: str, *times: int) -> Kept:
    return Kept(digest, number, KeptState(state), code, *map(Instant, times))


def _values(row: Kept) -> dict[str, object]:
    return {name: getattr(row, name) for name in TRUST_LIST.c.keys()}  # noqa: SIM118 - columns
