"""Stamped lists: what an authority has stamped."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, replace

from sqlalchemy import Executable, bindparam, func, select

from adapters.store.session import Forms
from adapters.store.tables import STAMPED_LIST
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.stamps import EARLY, NEAR, StampedList


def _last(_forms: Forms) -> Executable:
    return select(func.max(STAMPED_LIST.c.number))


def _near(_forms: Forms) -> Executable:
    row = STAMPED_LIST.c
    since = row.ends_at >= bindparam("since")
    return select(STAMPED_LIST).where(since).order_by(row.ends_at, row.number).limit(NEAR)


class Stamps(Unit):
    """What an authority has stamped."""

    def add_stamped(self, rows: Sequence[StampedList]) -> None:
        """Keep them; one that is there already stays as it is."""
        self.session.add_new(STAMPED_LIST, sorted(map(astuple, rows)))

    def last_stamped(self) -> int:
        """The number of the newest list; 0: there is none."""
        found: int | None = self.session.rows(_last)[0][0]
        return found or 0

    def stamped_lists(self, recorded_at: Collection[Instant]) -> list[StampedList]:
        """Lists that may name what was recorded at these moments, in order.

        Raises:
            TargetDown: `archive_away`, `archive_unset`.
            Damaged: `archive_damaged`, `archive_incomplete`.
        """
        found = set[StampedList]()
        for moment in sorted(set(recorded_at)):
            rows = self.session.rows(_near, since=moment - EARLY)
            found |= {StampedList(*row) for row in rows}
        moved = self.moved({part: one.ends_at for one in found for part in (one.octets, one.token)})
        return sorted(
            replace(
                one,
                octets=moved.get(one.octets, one.octets),
                token=moved.get(one.token, one.token),
            )
            for one in found
        )
