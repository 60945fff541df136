"""What a drill found: pure. Acknowledged is compared with present from outside the system.

RTO: from the fault to the first new commit. RPO: how long before the fault the oldest lost
acknowledgement was given; 0 when nothing is lost. Present but never acknowledged is no fault: it
was committed, and the answer got lost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

SCHEMA: Final = 1
INJECT: Final = "inject"
FIRST_COMMIT: Final = "first_commit"


@dataclass(frozen=True, slots=True)
class Event:
    """A step, in seconds since the drill began."""

    name: str
    at_seconds: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the drill must keep."""

    rto_seconds: float
    rpo_seconds: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Acknowledged ids against those found afterwards."""

    acknowledged: int
    present: int
    lost: int
    doubled: int
    rpo_seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one drill."""

    drill: str
    site: str
    events: Sequence[Event]
    tally: Tally
    bounds: Bounds
    conditions: Mapping[str, str | int | float]

    @property
    def rto_seconds(self) -> float:
        """From the fault to the first commit after it."""
        at = {event.name: event.at_seconds for event in self.events}
        return at[FIRST_COMMIT] - at[INJECT]

    @property
    def kept(self) -> bool:
        """Whether every bound was kept and nothing is there twice."""
        return (
            self.rto_seconds <= self.bounds.rto_seconds
            and (self.tally.lost == 0 or self.bounds.rpo_seconds > 0)
            and self.tally.rpo_seconds <= self.bounds.rpo_seconds
            and self.tally.doubled == 0
        )

    def as_json(self) -> dict[str, object]:
        """The report as one object."""
        return {
            "schema": SCHEMA,
            "drill": self.drill,
            "site": self.site,
            "kept": self.kept,
            "rto_seconds": round(self.rto_seconds, 3),
            **{
                name: round(value, 3) if isinstance(value, float) else value
                for name, value in asdict(self.tally).items()
            },
            "bounds": asdict(self.bounds),
            "timeline": [
                {"step": event.name, "at_seconds": round(event.at_seconds, 3)}
                for event in self.events
            ],
            "conditions": dict(self.conditions),
        }


def tally(acknowledged: Mapping[str, float], present: Iterable[str], fault_at: float) -> Tally:
    """Compare ids with their time of acknowledgement against the ids found; clock as `fault_at`."""
    found = Counter(present)
    lost = [at for one, at in acknowledged.items() if one not in found]
    return Tally(
        acknowledged=len(acknowledged),
        present=len(found),
        lost=len(lost),
        doubled=sum(1 for times in found.values() if times > 1),
        rpo_seconds=max(0.0, fault_at - min(lost)) if lost else 0.0,
    )
