"""Keeping trust lists: what is accepted comes into force at its moment (protocol rule 10.1).

Rules of this file:
- Coming into force counts `trust_state` up; accepting does not.
- A local suspension goes when a list in force has taken it up.
- A node is told of every change of its own entries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from hub.clock import Instant
from hub.observer import Fact
from hub.trust.keeping import Keeping, Whole, whole
from hub.trust.listing import LIST, Opening, open_list
from hub.trust.model import Status, subject_of
from hub.trust.pinned import Sort, named
from hub.trust.ports import Kept, KeptState, T
from hub.trust.rules import accept, touching


class TrustKeeping(Keeping[T, Opening]):
    """Takes trust lists, judges them, puts them in force.

    Source: protocol rule 10.1; protocol rule 10.3; protocol rule 10.6
    """

    sort: ClassVar[Sort] = LIST
    counts_when_accepted: ClassVar[bool] = False

    def settle(self) -> int:
        """Accept waiting lists in order and put in force whose moment has come; how many changed.

        Raises:
            StoreDown: try again later.
        """
        return super().settle() + self._begin_to_count()

    def _rows(self, tx: T) -> list[Kept]:
        return tx.trust_lists()

    def _put(self, tx: T, rows: Sequence[Kept]) -> None:
        tx.put_trust_lists(rows)

    def _told(self, fields: Mapping[str, str | int]) -> Fact:
        return Fact("trust_list", fields)

    def _content(self, row: Kept) -> Opening | None:
        with self._store.read() as tx:
            found = list_of(tx, row)
        if found is None:
            return None
        return open_list(found.message, found.octets, self._ground(), self._now())

    def _follow(
        self, row: Kept, content: Opening, before: tuple[Kept, Opening] | None
    ) -> Sequence[Fact]:
        ground = self._ground()
        changes = accept(
            before[1].trust if before is not None else None, content.trust, env=ground.env,
            at=content.sealed_at, sealed_by=content.sealed_by, suites=ground.suites,
        )  # fmt: skip
        if before is None:  # everything is new
            return ()
        told = []
        for change in touching(changes, self._here.parties, self._here.node):
            said = "added" if change.before is None else "gone" if change.after is None else "other"
            kind = type(change.record).__name__
            told.append(Fact("trust_own_entry", {"n": row.number, "kind": kind, "state": said}))
        return told

    def _begin_to_count(self) -> int:
        """Put in force the accepted lists whose moment has come."""
        with self._store.read() as tx:
            due = [row for row in tx.trust_lists() if _due(row, tx.now)]
        ended = [subject for row in due for subject in self._ended(row)]
        if not due:
            return 0
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            still = {row.digest for row in tx.trust_lists() if _due(row, tx.now)}
            rows = [replace(r, state=KeptState.IN_FORCE) for r in due if r.digest in still]
            if rows:
                self._record(tx, rows)
                tx.drop_suspensions(ended)
                tx.raise_trust_state()
                tx.commit()
        self._tell(rows)
        return len(rows)

    def _ended(self, row: Kept) -> list[str]:
        """Subjects of local suspensions that this list has taken up."""
        return [
            subject
            for entry in self._standing(row).trust.register
            if entry.record.status is not Status.ACTIVE and (subject := subject_of(entry.record))
        ]


def list_of(tx: T, row: Kept) -> Whole | None:
    """A list on record with its sections; None while some are not here.

    Source: protocol rule 10.1
    """
    return whole(tx, row, partial(named, LIST))


def _due(row: Kept, now: Instant) -> bool:
    return row.state is KeptState.ACCEPTED and row.effective_at <= now
