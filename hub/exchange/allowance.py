"""How many vouchers of a limited party may be taken in: pure arithmetic on one number a party.

The number stands in the node's store: the instant, in nanoseconds of the store's clock, at which a
whole minute's worth will have gathered again. So it counts over all workers, machines, restarts and
takeovers, and a new limit begins with the share of a minute that the old one had left.
"""

from typing import Final

from hub.clock import MINUTE, Instant

_NS: Final = 1_000_000
MINUTE_NS: Final = MINUTE * _NS
NEVER_TAKEN: Final = 0


def owed_ns(full_at: int, now: Instant) -> int:
    """How long until a minute's worth has gathered; a minute at most, also when a clock went back.

    `full_at` in nanoseconds.
    """
    return min(MINUTE_NS, max(0, full_at - now * _NS))


def room(per_minute: int, owed: int) -> int:
    """How many may be taken in, when so many nanoseconds are owed.

    What rounding has cost is forgiven: a nanosecond for each of a minute's worth.
    """
    gathered = MINUTE_NS - max(0, owed - per_minute)
    return max(0, gathered) * per_minute // MINUTE_NS


def after(per_minute: int, owed: int, count: int, now: Instant) -> int:
    """The number after so many were taken in; `count`: never more than there was room for."""
    return now * _NS + owed - (-count * MINUTE_NS // per_minute)
