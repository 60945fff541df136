"""The business calendar and the cut-off guard. Pure: instants in, days and yes or no out.

Days are text yyyyMMdd in Beijing time. Weekends are free, holidays are free, and days named as
working days are working days even on a weekend (调休). Years that were not loaded are refused
rather than guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from hub.clock import BEIJING, Instant, business_day, moment
from hub.errors import Misconfigured

CUTOFFS: Final[Mapping[str, str]] = {
    "pay": "15:30", "sum_up": "18:00", "daily_lists": "18:00", "cutoff": "18:30", "checks": "18:30",
}  # fmt: skip
"""One province's hours; settings may say otherwise."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are business days, and until when a phase's work counts for its day."""

    years: frozenset[str]
    """Years that are loaded; empty means any year, by weekends alone."""
    holidays: frozenset[str] = frozenset()
    working: frozenset[str] = frozenset()
    cutoffs: Mapping[str, str] = field(default_factory=lambda: CUTOFFS)
    """HH:MM by phase."""

    def is_business_day(self, day: str) -> bool:
        """Whether the day is worked.

        Raises:
            Misconfigured: `calendar_unknown`.
        """
        if self.years and day[:4] not in self.years:
            raise Misconfigured("calendar_unknown", at=day)
        if day in self.working:
            return True
        return day not in self.holidays and _date(day).weekday() < 5

    def next_business_day(self, day: str) -> str:
        """The first business day after this one."""
        following = _date(day)
        while True:
            following += timedelta(days=1)
            text = following.strftime("%Y%m%d")
            if self.is_business_day(text):
                return text

    def days_after(self, day: str, at: Instant) -> list[str]:
        """Every day after this one that anybody may count for by now: the next business day too."""
        last = self.next_business_day(max(day, self.business_day(at)))
        days, following = [], _date(day)
        while (following := following + timedelta(days=1)) <= _date(last):
            days.append(following.strftime("%Y%m%d"))
        return days

    def business_day(self, at: Instant) -> str:
        """The business day an instant counts for: its own, or the next one."""
        day = business_day(at)
        return day if self.is_business_day(day) else self.next_business_day(day)

    def past(self, phase: str, day: str, at: Instant, *, clock_suspect: bool = False) -> bool:
        """Whether the phase's cut-off of that day is over.

        Never while the clock is suspect: then no cut-off acts (protocol 8).
        """
        if clock_suspect:
            return False
        local = moment(at).astimezone(BEIJING)
        return (local.strftime("%Y%m%d"), local.strftime("%H:%M")) >= (day, self.cutoffs[phase])


def _date(day: str) -> date:
    return date(int(day[:4]), int(day[4:6]), int(day[6:]))
