"""Time as an argument: instants are whole milliseconds since 1970-01-01T00:00:00Z.

Wall time is for records, validity and proof; monotonic time is for waiting and deadlines of this
process only. Persisted deadlines are compared with the store's clock (protocol 8).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final, NewType, Protocol

Instant = NewType("Instant", int)

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
BEIJING: Final = timezone(timedelta(hours=8), "UTC+8")
_DAY: Final = re.compile(r"[0-9]{8}")


class Clock(Protocol):
    """A source of time."""

    def now(self) -> Instant:
        """Wall time."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; meaningful only as differences."""
        ...


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime, cut to milliseconds."""
    assert moment.tzinfo is not None, "an instant needs a time zone"
    return Instant(int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)))


def moment(at: Instant) -> datetime:
    """The instant as an aware UTC datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def iso(at: Instant) -> str:
    """The instant as 2026-11-21T08:00:00.000Z."""
    return moment(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> Instant:
    """The instant that `iso` wrote."""
    return instant(datetime.fromisoformat(text))


@lru_cache(maxsize=64)  # a batch is sealed at one instant
def generalized_time(at: Instant) -> str:
    """The instant as ASN.1 GeneralizedTime, whole seconds, UTC (GB/T 38540)."""
    return moment(at).strftime("%Y%m%d%H%M%SZ")


def business_day(at: Instant) -> str:
    """The calendar day yyyyMMdd in Beijing time; business calendars refine it."""
    return moment(at).astimezone(BEIJING).strftime("%Y%m%d")


def business_year(at: Instant) -> str:
    """The year yyyy in Beijing time."""
    return _year((at + 8 * HOUR) // DAY)


@lru_cache(maxsize=16)
def _year(day: int) -> str:
    return str(moment(Instant(day * DAY)).year)


@lru_cache(maxsize=4096)  # vouchers and answers of a day name few days
def is_day(text: str) -> bool:
    """Whether it is a day of the calendar as yyyyMMdd, from 1900 on."""
    if not _DAY.fullmatch(text):
        return False
    try:
        _date(text)
    except ValueError:
        return False
    return text >= "19000101"


def day_and_before(day: str, count: int) -> list[str]:
    """So many days before a day, and the day itself, oldest first; all as yyyyMMdd."""
    last = _date(day)
    return [(last - timedelta(days=back)).strftime("%Y%m%d") for back in range(count, -1, -1)]


def day_end(day: str) -> Instant:
    """The last moment of a day yyyyMMdd in Beijing time."""
    after = datetime.combine(_date(day), time(), BEIJING) + timedelta(days=1)
    return Instant(instant(after) - 1)


def _date(day: str) -> date:
    return date(int(day[:4]), int(day[4:6]), int(day[6:]))
