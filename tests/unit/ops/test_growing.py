"""Tables of signers' keys grow in a worker's rounds, a window in each, and in no verify."""

from dataclasses import dataclass, field
from typing import Any

from hub.voucher import der
from hub.voucher.suites.sm2_sm3 import Sm2Sm3, open_suite
from hub.voucher.suites.sm2_tables import BASE_WINDOWS, EARNED, WINDOWS
from ops.child import _each_step
from ops.clock import SystemClock
from ops.growing import grow
from tests.support.sealed import Sm2Key, suites


@dataclass
class Parts:
    """What a worker's round needs of a process."""

    suites: dict[str, Any]
    clock: SystemClock = field(default_factory=SystemClock)

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


def test_each_round_of_a_worker_gives_the_tables_one_window() -> None:
    suite = earned()
    parts: Any = Parts({suite.name: suite})
    step = _each_step(parts, "w1")
    for _ in range(BASE_WINDOWS + WINDOWS - 1):
        step()
    assert suite.grow(), "one window is left"
    while grow(parts.suites):
        continue
    assert not suite.grow()


def test_without_tables_there_is_nothing_to_grow() -> None:
    assert not grow(suites())
