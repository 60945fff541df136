"""Base data: packs of editions and their codes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final

from sqlalchemy import Executable, PrimaryKeyConstraint, Select, Table, bindparam, select

from adapters.store.session import Forms, Row
from adapters.store.tables import METADATA, number, words
from adapters.store.unit import Unit
from hub.desks.base_data import Entry, Pack

PACK: Final = Table(
    "base_pack",
    METADATA,
    words("division"),
    words("category"),
    number("version"),
    number("number"),
    number("count"),
    words("since"),
    words("voucher_id"),
    PrimaryKeyConstraint("division", "category", "version", "number"),
)
ENTRY: Final = Table(
    "base_entry",
    METADATA,
    words("division"),
    words("category"),
    number("version"),
    words("code"),
    words("name"),
    words("parent"),
    words("sort"),
    number("leaf"),
    number("enabled"),
    words("begins"),
    words("ends"),
    PrimaryKeyConstraint("division", "category", "version", "code"),
)
_P, _E = PACK.c, ENTRY.c
_LEAF, _ENABLED = (ENTRY.c.keys().index(name) for name in ("leaf", "enabled"))


def _packs(_forms: Forms) -> Select[Any]:
    return select(PACK).order_by(_P.division, _P.category, _P.version, _P.number)


def _packs_of(forms: Forms) -> Executable:
    return _packs(forms).where(_P.division == bindparam("of"))


def _entries(_forms: Forms) -> Select[Any]:
    edition = (
        _E.division == bindparam("of"),
        _E.category == bindparam("in_category"),
        _E.version == bindparam("in_version"),
    )
    return select(ENTRY).where(*edition).order_by(_E.code)


def _entries_of(forms: Forms) -> Executable:
    return _entries(forms).where(forms.among(_E.code, "codes"))


class BaseData(Unit):
    """Code lists and the register of accounts."""

    def add_base(self, packs: Sequence[Pack], entries: Sequence[Entry]) -> None:
        """Record packs and their codes."""
        self.session.add_new(PACK, sorted(astuple(pack) for pack in packs))
        self.session.add_new(ENTRY, sorted(_row(entry) for entry in entries))

    def base_packs(self, division: str) -> list[Pack]:
        """All packs of a division, or of all."""
        rows = (
            self.session.rows(_packs_of, of=division) if division else self.session.rows(_packs)
        )  # fmt: skip
        return [Pack(*row) for row in rows]

    def base_entries(
        self, division: str, category: str, version: int, codes: Collection[str]
    ) -> Mapping[str, Entry]:
        """Codes of an edition."""
        edition: dict[str, object] = {
            "of": division, "in_category": category, "in_version": version,
        }  # fmt: skip
        if codes:
            rows = list(self.session.rows_among(_entries_of, "codes", sorted(codes), **edition))
        else:
            rows = list(self.session.rows(_entries, **edition))
        return {entry.code: entry for entry in map(_entry, rows)}


def _row(entry: Entry) -> Row:
    *before, leaf, enabled, begins, ends = astuple(entry)
    return (*before, int(leaf), int(enabled), begins, ends)


def _entry(row: Row) -> Entry:
    values = list(row)
    for at in (_LEAF, _ENABLED):
        values[at] = bool(values[at])
    return Entry(*values)
