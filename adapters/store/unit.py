"""One unit of work: what every port group's verbs are written over.

A port group is one module with one mixin over `Unit`; its tables stand in `tables` (or beside, in
the same METADATA), its statements are functions of `Forms`. `transaction.SqlTransaction` names
the mixins. A group keeps no state of its own except caches of this very transaction.
"""

from adapters.store.session import Session
from hub.clock import Instant
from hub.fence import Fence
from hub.journal import LaneHeads


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
