"""Which backup sets may go: pure.

Kept always: the newest `at_least` good sets; every set younger than the window; and the newest
good set older than the window, because every moment inside it must stay reachable from a set
before it. While no set is good, nothing goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.clock import DAY, Instant


@dataclass(frozen=True, slots=True)
class Kept:
    """A set as retention sees it; `good` is what its last verification said."""

    set_id: str
    made_at: Instant
    good: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """How long every moment stays reachable, and how many good sets there are at least."""

    window_days: int
    at_least: int = 2

    def __post_init__(self) -> None:
        """There is always a last good set."""
        assert self.at_least >= 1, "retention keeps at least one good set"
        assert self.window_days >= 0, "a window does not end before it begins"


def expendable(sets: Iterable[Kept], policy: Policy, now: Instant) -> list[str]:
    """The ids of sets that may be deleted, oldest first."""
    newest_first = sorted(sets, key=lambda kept: (kept.made_at, kept.set_id), reverse=True)
    good = [kept for kept in newest_first if kept.good]
    if not good:
        return []
    begin = now - policy.window_days * DAY
    needed = {kept.set_id for kept in good[: policy.at_least]}
    before = next((kept for kept in good if kept.made_at < begin), None)
    if before is not None:
        needed.add(before.set_id)
    return [
        kept.set_id
        for kept in reversed(newest_first)
        if kept.made_at < begin and kept.set_id not in needed
    ]
