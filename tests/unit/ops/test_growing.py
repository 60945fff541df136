"""Tables of signers' keys grow in a worker's rounds, a window in each, and in no verify."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from hub.voucher import der
from hub.voucher.suites.sm2_sm3 import Sm2Sm3, open_suite
from hub.voucher.suites.sm2_tables import BASE_WINDOWS, EARNED, WINDOWS
from ops.child import _each_step
from ops.clock import SystemClock
from ops.growing import MOMENT_SECONDS, SHARE, Growing, grow
from tests.support.sealed import Sm2Key, suites

LOOK_SECONDS = 0.01


class Ticks(SystemClock):
    """Time passes where the test says so, and a hundredth of a second with each look."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """Seconds so far."""
        self.seconds += LOOK_SECONDS
        return self.seconds


@dataclass
class Parts:
    """What a worker's round needs of a process."""

    suites: dict[str, Any]
    clock: SystemClock = field(default_factory=Ticks)

    def refresh(self) -> None:
        """Nothing has changed."""


def earned() -> Sm2Sm3:
    """A suite one of whose signers is met often."""
    suite = open_suite(tables=1)
    assert suite.tables is not None
    key = Sm2Key(suite)
    pair = der.pair(key.sign(b"often"))
    assert pair is not None
    for _ in range(EARNED + 1):
        assert suite.tables.verify(key.spki, pair, b"often", lambda: True)
    return suite


def test_each_short_round_of_a_worker_gives_the_tables_one_window() -> None:
    suite = earned()
    parts: Any = Parts({suite.name: suite})
    step = _each_step(parts, "w1")
    for _ in range(BASE_WINDOWS + WINDOWS - 1):
        step()
    assert suite.grow(), "one window is left"
    while grow(parts.suites):
        continue
    assert not suite.grow()


def left(suite: Sm2Sm3) -> int:
    """How many windows it still grows."""
    count = 0
    while suite.grow():
        count += 1
    return count


@cache
def all_windows() -> int:
    """How many a signer who has earned tables gets: always the same."""
    return left(earned())


def windows_after(round_seconds: float) -> int:
    """How many windows follow a round of this length."""
    suite, ticks = earned(), Ticks()
    growing = Growing({suite.name: suite}, ticks)
    ticks.seconds += round_seconds
    growing()
    return all_windows() - left(suite)


def test_a_long_round_is_followed_by_a_longer_moment_within_bounds() -> None:
    assert 1 == windows_after(0.0)
    assert SHARE * 0.5 == pytest.approx(windows_after(0.5) * LOOK_SECONDS, abs=2 * LOOK_SECONDS)
    longest = windows_after(60.0) * LOOK_SECONDS
    assert MOMENT_SECONDS == pytest.approx(longest, abs=2 * LOOK_SECONDS)


def test_without_tables_there_is_nothing_to_grow() -> None:
    assert not grow(suites())
