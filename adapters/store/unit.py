"""One unit of work: what every port group's verbs are written over.

A port group is one module with one mixin over `Unit`; its tables stand in `tables` (or beside, in
the same METADATA), its statements are functions of `Forms`. `transaction.SqlTransaction` names
the mixins. A group keeps no state of its own except caches of this very transaction.
"""

from collections.abc import Callable, Mapping

from adapters.store.session import Session
from hub.clock import Instant, business_day
from hub.errors import TargetDown
from hub.exchange.archives import digest_of
from hub.fence import Fence
from hub.journal import LaneHeads

Archive = Callable[[Mapping[bytes, str]], Mapping[bytes, bytes]]
"""Octets by digest, of (digest, day)."""


def _no_archive(wanted: Mapping[bytes, str]) -> Mapping[bytes, bytes]:
    raise TargetDown("archive_unset", count=len(wanted))


class Unit:
    """A session with the fence and the moment it was opened at."""

    writing = False
    """Whether rows may be locked and written; a read view may not."""

    def __init__(self, session: Session, fence: Fence, now: Instant, lanes: LaneHeads) -> None:
        self.session = session
        self.fence = fence
        """Read first, under the shared fence."""
        self.now = now
        """The store's clock at the start of the transaction."""
        self.lanes = lanes
        """What this process knows of its journal lanes."""
        self.lanes_written: dict[str, tuple[int, bytes]] = {}
        self.archive: Archive = _no_archive
        """Reads octets that have moved to a day's file."""

    def moved(self, parts: Mapping[bytes, Instant]) -> Mapping[bytes, bytes]:
        """Octets by the marks in their places (hub.exchange.archives); `parts`: of which moment.

        Raises:
            TargetDown: `archive_away`, `archive_unset`.
            Damaged: `archive_damaged`, `archive_incomplete`.
        """
        marks = {digest_of(part): part for part in parts if digest_of(part)}
        if not marks:
            return {}
        days = {digest: business_day(parts[mark]) for digest, mark in marks.items()}
        return {marks[digest]: octets for digest, octets in self.archive(days).items()}
