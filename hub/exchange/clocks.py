"""Clocks in doubt: what a process may not judge while they are (protocol 8).

The store's clock and the machine's are compared with the monotonic one since this process began.
Apart by more than a minute they are suspect, until they are back, or until somebody has confirmed
them by acknowledging the alarm `clock_suspect`. So long nothing is sent again for a missed
deadline, no phase of the day runs, and nothing is refused or withheld because its time is over or
has not come. The keeper's alarm counts, too: a process begun after the clock moved knows no better.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from hub.clock import Clock, Instant
from hub.exchange.alarms import NEVER, Alarm, AlarmState
from hub.exchange.conditions import CLOCK_MS
from hub.exchange.offsets import Offset

CODE: Final = "clock_suspect"
TIMED: Final = frozenset(
    {
        "seal_not_yet_valid", "seal_expired", "seal_ended_before_proof", "seal_maker_validity",
        "seal_maker_not_yet_valid",
        "certificate_not_yet_valid", "certificate_expired", "certificate_revoked_before_proof",
        "sealed_in_future", "sealed_too_early", "timestamp_signer_expired",
        "catalogue_not_in_force",
    }
)  # fmt: skip
"""Refusals that follow from what time it is."""


class View(Protocol):
    """A read view of a node's store, as far as clocks are concerned."""

    @property
    def now(self) -> Instant:
        """The store's clock."""
        ...

    def alarms(self) -> Sequence[Alarm]:
        """All on record."""
        ...


class Readable(Protocol):
    """A node's store, as far as clocks are concerned."""

    def read(self) -> AbstractContextManager[View]:
        """A read-only view of one moment."""
        ...


def in_doubt(alarms: Sequence[Alarm]) -> bool:
    """Whether the keeper has said that the clock is suspect, and nobody has confirmed it."""
    return any((a.code, a.state) == (CODE, AlarmState.OPEN) for a in alarms)


class Clocks:
    """Of one process."""

    def __init__(self, store: Readable, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._machine = self._read()
        self._stored: Offset | None = None
        self._confirmed_at = NEVER

    def note(self, stored: Instant, before: float) -> None:
        """The store's clock, read since `before`: the first is what later ones are compared with.

        `before`: of the monotonic clock, in seconds.
        """
        if self._stored is None:
            self._stored = Offset.read(stored, before, self._clock.monotonic())

    def suspect(self) -> bool:
        """Whether deadlines may not be judged now.

        Raises:
            StoreDown: it cannot be asked.
        """
        before = self._clock.monotonic()
        with self._store.read() as tx:
            stored, alarms = tx.now, tx.alarms()
        found, own = Offset.read(stored, before, self._clock.monotonic()), self._read()
        confirmed = max((a.acknowledged_at for a in alarms if a.code == CODE), default=NEVER)
        if confirmed > self._confirmed_at:
            self._confirmed_at = confirmed
            self._machine, self._stored = own, found
        known = self._stored or found
        apart = max(abs(found.moved(known)), abs(own.moved(self._machine)))
        self._stored, self._machine = known.narrowed(found), self._machine.narrowed(own)
        return apart > CLOCK_MS or in_doubt(alarms)

    def _read(self) -> Offset:
        before = self._clock.monotonic()
        at = self._clock.now()
        return Offset.read(at, before, self._clock.monotonic())
