"""Which life of a neighbour's store is the present one, as its beats say (protocol 9). Pure.

A life that another one has followed stays over. What an earlier life has said may still lie in a
channel, and a store that was restored itself has forgotten whose lives are over: so a beat brings
another life only when it was said after everything that was heard of the known one. Both moments
are the neighbour's own. One whose clock was ahead is taken at its word for a minute at most: its
next life, with the clock set right, is heard soon.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from hub.clock import MINUTE, Instant
from hub.exchange.model import Beat

AHEAD_MS: Final = MINUTE
"""Clocks of two nodes lie less than this apart (protocol 8)."""


@dataclass(frozen=True, slots=True)
class Present:
    """The life of one neighbour that is heard, and when its newest beat was said."""

    life: str
    """Empty: none was heard of."""
    said_at: Instant


UNHEARD: Final = Present("", Instant(0))


@dataclass(frozen=True, slots=True)
class Heard:
    """What beats of one neighbour come to."""

    present: Present
    beat: Beat | None
    """The newest that counts, if one does."""
    over: frozenset[str]
    """Lives that have just ended."""


def heard(known: Present, former: Collection[str], beats: Iterable[Beat], now: Instant) -> Heard:
    """Listen to beats of one neighbour; `former`: its lives that are over, `now`: this store's."""
    newest, over = None, set[str]()
    for beat in sorted(beats, key=attrgetter("at")):
        life = beat.incarnation
        if life in former or life in over:
            continue
        if known.life not in {"", life}:
            if beat.at <= known.said_at:
                continue
            over.add(known.life)
        newest = beat
        said_at = max(min(beat.at, now + AHEAD_MS), known.said_at)
        known = Present(life, Instant(said_at))
    return Heard(known, newest, frozenset(over))
