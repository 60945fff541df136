"""What proves when a day's vouchers were there: its octets move into the day's file, its rows stay.

Neighbours' proof lists by the moment they came with something, stamped lists and their tokens by
the end of their window. In a row that has moved a mark stands in the place of octets
(`hub.exchange.archives.marked`): it names them, and the row's own time says in which day they lie.
"""

import hashlib
from collections.abc import Collection, Iterator
from typing import Final

from sqlalchemy import Executable, bindparam, select, update

from adapters.store.session import Form, Forms, Row
from adapters.store.store import SqlStore
from adapters.store.tables import PROOF_LIST, STAMPED_LIST
from hub.exchange import archives
from hub.exchange.archives import Extent, digest_of, marked

CHUNK: Final = 500
Kept = tuple[bytes, str, bytes]


class Proving:
    """Reads it out of one store, and lets it go."""

    def __init__(self, store: SqlStore, incarnation: str) -> None:
        self._store = store
        self._incarnation = incarnation

    def octets(self, day: Extent) -> Iterator[Kept]:
        """(digest, role, octets) of a day, without what has moved."""
        for rows in self._pages(_proofs, day):
            yield from (_told(archives.PROOF_LIST, row[5]) for row in rows)
        for rows in self._pages(_stamped, day):
            yield from (_told(archives.STAMPED_LIST, row[3]) for row in rows)
            yield from (_told(archives.TOKEN, row[4]) for row in rows)

    def leave(self, day: Extent, there: Collection[bytes]) -> None:
        """Put marks into the places of octets that are there, in the day's file."""

        def mark(octets: bytes) -> bytes:
            return marked(octets) if hashlib.sha256(octets).digest() in there else octets

        for rows in self._pages(_proofs, day):
            values = [{"of": row[0], "by": row[1], "to": mark(row[5])} for row in rows]
            self._write(_mark_proof, values)
        for rows in self._pages(_stamped, day):
            both = [{"of": row[0], "to": mark(row[3]), "to_token": mark(row[4])} for row in rows]
            self._write(_mark_stamped, both)

    def _pages(self, form: Form, day: Extent) -> Iterator[list[Row]]:
        """A day's rows that have not moved, a page at a time."""
        skip, full = 0, True
        while full:
            with self._store.read() as tx:
                rows = tx.session.rows(form, begins=day.begins, ends=day.ends, skip=skip)
            skip, full = skip + len(rows), len(rows) == CHUNK
            yield [row for row in rows if not digest_of(row[-1])]

    def _write(self, form: Form, values: list[dict[str, object]]) -> None:
        if values:
            with self._store.begin() as tx:
                tx.fence.require_incarnation(self._incarnation)
                tx.session.run_each(form, values)
                tx.commit()


def _told(role: str, octets: bytes) -> Kept:
    return hashlib.sha256(octets).digest(), role, octets


def _proofs(_forms: Forms) -> Executable:
    row = PROOF_LIST.c
    within = (row.recorded_at >= bindparam("begins"), row.recorded_at < bindparam("ends"))
    found = select(PROOF_LIST).where(*within).order_by(row.recorded_at, row.digest)
    return found.offset(bindparam("skip")).limit(CHUNK)


def _stamped(_forms: Forms) -> Executable:
    row = STAMPED_LIST.c
    within = (row.ends_at >= bindparam("begins"), row.ends_at < bindparam("ends"))
    found = select(STAMPED_LIST).where(*within).order_by(row.ends_at, row.number)
    return found.offset(bindparam("skip")).limit(CHUNK)


def _mark_proof(_forms: Forms) -> Executable:
    row = PROOF_LIST.c
    which = (row.recorded_at == bindparam("of"), row.digest == bindparam("by"))
    return update(PROOF_LIST).where(*which).values(octets=bindparam("to"))


def _mark_stamped(_forms: Forms) -> Executable:
    which = STAMPED_LIST.c.number == bindparam("of")
    stamped = update(STAMPED_LIST).where(which)
    return stamped.values(octets=bindparam("to"), token=bindparam("to_token"))
