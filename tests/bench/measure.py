"""Measuring: medians of short rounds of CPU time.

Raw parts and the whole are taken in turn, so that the drift of a shared machine hits both alike.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ROUNDS = 15
ROUND_SECONDS = 0.04


@dataclass(frozen=True)
class Figure:
    """One figure; `ratio` is value over limit's base where there is one.

    The limit is the most the value may be, or with `at_least` the least.
    """

    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    conditions: str
    at_least: bool = False
    also: Mapping[str, float] = field(default_factory=dict)
    """Further readings of the same figure."""

    @property
    def holds(self) -> bool:
        """Whether the value keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


Bench = Callable[[], list[Figure]]


def medians_us(parts: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median CPU microseconds of one call of each part; rounds of all parts in turn."""
    counts: dict[str, int] = {}
    for name, part in parts.items():
        part()
        once = max(_seconds(part, 3) / 3, 1e-7)
        counts[name] = max(1, int(ROUND_SECONDS / once))
    taken: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(ROUNDS):
        for name, part in parts.items():
            taken[name].append(_seconds(part, counts[name]) / counts[name] * 1e6)
    return {name: statistics.median(values) for name, values in taken.items()}


def _seconds(part: Callable[[], object], count: int) -> float:
    enabled = gc.isenabled()
    gc.disable()
    started = time.process_time()
    for _ in range(count):
        part()
    taken = time.process_time() - started
    if enabled:
        gc.enable()
    return taken
