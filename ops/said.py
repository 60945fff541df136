"""Words for people: a line in both languages, an instant, a count with its noun.

How an instant is spelt is decided here and nowhere else: people read it in their machine's own time
with the offset, `2026-11-22 17:03:05+08:00`; JSON has it in UTC (`hub.clock.iso`).
"""

from dataclasses import dataclass

from hub.clock import Instant, moment


@dataclass(frozen=True, slots=True)
class Said:
    """A line in both languages."""

    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class At:
    """An instant; 0 and None are none."""

    instant: Instant | None
    exact: bool = False
    """With milliseconds."""

    def __str__(self) -> str:
        """In the machine's own time, with its offset."""
        if not self.instant:
            return "-"
        parts = "milliseconds" if self.exact else "seconds"
        return moment(self.instant).astimezone().isoformat(sep=" ", timespec=parts)


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 row`, `2 rows`; an irregular plural is named."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
