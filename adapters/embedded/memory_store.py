"""The memory store: the double of `adapters/store`, made for the deterministic simulator.

A port group is one mixin over `memory_tables.Work` with its own `Table` names; to add a group,
write its module beside these and name it among the parents of `MemoryTransaction`.

Rules: single-threaded, transactions are not interleaved (two processes of a node take turns);
nothing is true before `commit`; time is the clock's that is given; the hook is told every verb
before it acts, `commit` before and `committed` after; when it raises, the process is taken to
have died there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from adapters.embedded.memory_alarms import Alarms
from adapters.embedded.memory_base import BaseData
from adapters.embedded.memory_carrying import Carried
from adapters.embedded.memory_counting import Counts
from adapters.embedded.memory_dead import DeadLetters
from adapters.embedded.memory_desks import DeskTasks
from adapters.embedded.memory_journal import FENCE
from adapters.embedded.memory_lines import DeskLines
from adapters.embedded.memory_looking import Looks
from adapters.embedded.memory_mail import DeskMail
from adapters.embedded.memory_notices import Notices
from adapters.embedded.memory_orders import Orders
from adapters.embedded.memory_outside import Outside
from adapters.embedded.memory_probes import Probes
from adapters.embedded.memory_proofs import Proofs
from adapters.embedded.memory_records import Records
from adapters.embedded.memory_recovery import Recovery
from adapters.embedded.memory_search import Search
from adapters.embedded.memory_stamps import Stamps
from adapters.embedded.memory_tables import Data, Snapshot
from adapters.embedded.memory_trust import Trust
from hub.clock import Clock
from hub.errors import Fenced
from hub.exchange.ahead import NOTHING, Ahead
from hub.exchange.resync import forgotten_since
from hub.fence import Fence
from hub.journal import LaneHeads


class MemoryTransaction(
    Recovery,
    Records,
    Notices,
    Trust,
    DeskTasks,
    DeskLines,
    DeskMail,
    BaseData,
    Search,
    Looks,
    Counts,
    Alarms,
    Orders,
    DeadLetters,
    Outside,
    Probes,
    Proofs,
    Carried,
    Stamps,
):
    """All port groups over one unit of work."""

    def commit(self) -> None:
        """Make it true."""
        self.before("commit")
        assert self._writable, "a transaction ends once, and a read view has nothing to commit"
        self.keep()
        self.lanes.settle(self.written, certain=True)
        self.before("committed")


class MemoryStore:
    """One process's handle on a node's store; `attach` gives another process's."""

    def __init__(
        self, clock: Clock, incarnation: str, hook: Callable[[str], None] = lambda _verb: None
    ) -> None:
        self.hook = hook
        """Called with each verb's name before it acts; may be changed at any time."""
        self._clock = clock
        self._data = Data()
        self._lanes = LaneHeads()
        self._data.table(FENCE)["fence"] = Fence(incarnation, trust_state=1, token=0)

    def attach(self, hook: Callable[[str], None] = lambda _verb: None) -> "MemoryStore":
        """A handle for another process on the same data (or for the next life of this one)."""
        other = MemoryStore(self._clock, "", hook)
        other._data = self._data
        return other

    @property
    def incarnation(self) -> str:
        """Of the life it is in now."""
        return self._data.table(FENCE)["fence"].incarnation

    @contextmanager
    def begin(self, ahead: Ahead = NOTHING) -> Iterator[MemoryTransaction]:  # noqa: ARG002
        """A write transaction."""
        assert not self._data.busy, "memory transactions are not interleaved"
        work = self._work(writable=True)
        self._data.busy = True
        try:
            yield work
        finally:
            work.roll_back()
            self._data.busy = False

    @contextmanager
    def alone(self) -> Iterator[MemoryTransaction]:
        """A write transaction while no other is open: that is all of them here."""
        with self.begin() as transaction:
            yield transaction

    @contextmanager
    def read(self, ahead: Ahead = NOTHING) -> Iterator[MemoryTransaction]:  # noqa: ARG002
        """A read-only view."""
        assert not self._data.busy, "memory transactions are not interleaved"
        yield self._work(writable=False)

    def _work(self, *, writable: bool) -> MemoryTransaction:
        return MemoryTransaction(
            self._data, self._clock.now(), self._tell, lanes=self._lanes, writable=writable
        )

    def _tell(self, verb: str) -> None:
        self.hook(verb)

    def snapshot(self) -> Snapshot:
        """Everything as it is now; costs a shallow copy."""
        assert not self._data.busy, "no snapshot inside a transaction"
        return Snapshot({name: dict(rows) for name, rows in self._data.tables.items()})

    def restore(self, snapshot: Snapshot, incarnation: str | None = None) -> None:
        """Back to that moment for all handles; another life, to be compared, if one is named."""
        assert not self._data.busy, "no restore inside a transaction"
        self._data.tables = {name: dict(rows) for name, rows in snapshot.tables.items()}
        if incarnation is not None:
            with self.begin() as work:
                work.begin_recovery(forgotten_since(work))
                work.commit()
            self.new_incarnation(incarnation)

    def new_incarnation(self, incarnation: str) -> None:
        """Begin another life: sequences, serials and lanes start anew."""
        fences = self._data.table(FENCE)
        fences["fence"] = replace(fences["fence"], incarnation=incarnation)

    def take_over(self, token: int) -> None:
        """Note the fencing token of a lease just taken, as a takeover does under the fence.

        Raises:
            Fenced: `lease_lost`: this token, or a newer one, has been noted before.
        """
        assert not self._data.busy, "the fence is exclusive"
        fences = self._data.table(FENCE)
        if token <= fences["fence"].token:
            raise Fenced("lease_lost", token=fences["fence"].token)
        fences["fence"] = replace(fences["fence"], token=token)
