"""A moment for the tables of known signers' keys: between batches, never in one (decision 14)."""

from collections.abc import Mapping
from typing import Final

from hub.clock import Clock
from hub.voucher.ports import Suite
from hub.voucher.suites.sm2_sm3 import Sm2Sm3

SHARE: Final = 0.3
"""Of the time since the moment before, at most and give or take one window."""
MOMENT_SECONDS: Final = 0.2
"""No moment is longer."""


def grow(suites: Mapping[str, Suite]) -> bool:
    """One window for each suite whose tables are growing, 0.5 to 2 ms; whether there was one."""
    grown = [one.grow() for one in suites.values() if isinstance(one, Sm2Sm3)]
    return any(grown)


class Growing:
    """Called in each round: at least one window, more after a long round.

    A worker at its limit has few rounds, and needs its tables most.
    """

    def __init__(self, suites: Mapping[str, Suite], clock: Clock) -> None:
        self._suites = suites
        self._clock = clock
        self._left = clock.monotonic()

    def __call__(self) -> None:
        """Grow, and come back in time."""
        now = self._clock.monotonic()
        until = now + min(SHARE * (now - self._left), MOMENT_SECONDS)
        while grow(self._suites) and self._clock.monotonic() < until:
            continue
        self._left = self._clock.monotonic()
