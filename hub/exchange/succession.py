"""Which life of a neighbour's store is the present one, as its beats say (protocol 9). Pure.

A life that another one has followed stays over. What an earlier life has said may still lie in a
channel, and a store that was restored itself has forgotten whose lives are over. No clock can tell:
a restored machine's may be slow. So each beat says which life its sender hears of the receiver,
and which it was last told to be heard itself; and another life is believed only when one of its
beats answers this store, in its present life: "you said that you hear that one, and I am another".
That was said after the known life had spoken. As the lives of a store follow each other, it is a
later one, however long its words were under way; and one that lives is believed as soon as a beat
has gone there and back.

Beats that say different things may come together, again and again, where a channel brings old ones
back. They are answered in turn, as no clock tells which is the newest: it may have been put back.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from hub.clock import Instant
from hub.exchange.beats import Beat


@dataclass(frozen=True, slots=True)
class Heard:
    """What beats of one neighbour come to."""

    life: str
    """The present one; empty: none was heard of."""
    beat: Beat | None
    """The newest that counts, if one does."""
    last: Beat | None
    """Of a life that is not known to be over: it is answered, believed or not."""
    over: frozenset[str]
    """Lives that have just ended."""
    unheard: bool
    """Whether a life speaks that is not believed."""

    @property
    def said(self) -> str:
        """Which life of this store the beat that is answered says to hear."""
        return self.last.hearing.life if self.last and self.last.hearing else ""


class Stood(NamedTuple):
    """What was noted of a neighbour's lives before its beats came."""

    incarnation: str = ""
    last: str = ""
    said: str = ""
    last_since: Instant = Instant(0)
    unheard_since: Instant = Instant(0)


def heard(
    known: str, former: Collection[str], beats: Iterable[Beat], own: str, answered: tuple[str, str]
) -> Heard:
    """Listen to beats of one neighbour.

    Args:
        known: its life that is heard; empty: none yet, and the first is believed.
        former: its lives that are over.
        beats: in any order.
        own: the life of this store.
        answered: of the beat that was answered last: its life, and which of this store it heard.
    """
    newest, over, said = None, set[str](), dict[tuple[str, str], Beat]()
    for beat in sorted(beats, key=attrgetter("at")):
        life = beat.incarnation
        if life in former or life in over:
            continue
        told = beat.hearing
        said[life, told.life if told else ""] = beat
        if known not in {"", life}:
            if told is None or (told.last, told.said) != (own, known):
                continue
            over.add(known)
        known, newest = life, beat
    turns = sorted(turn for turn in said if turn[0] not in over)
    last = said[turns[bisect_right(turns, answered) % len(turns)]] if turns else None
    unheard = any(life != known for life, _ in turns)
    return Heard(known, newest, last, frozenset(over), unheard)


def since(old: Stood, found: Heard, own: str, now: Instant) -> tuple[Instant, Instant]:
    """Since when its last life speaks as it does, and since when an unbelieved one speaks (or 0).

    The latter goes on whosever turn it is to be answered: where two machines run under one name,
    the last life is now the one and now the other.
    """
    goes_on = old.incarnation == found.life
    last = found.last.incarnation if found.last else ""
    deaf = [said not in {"", own} for said in (old.said, found.said)]
    lasts = goes_on and old.last == last and deaf[0] == deaf[1]
    unheard = old.unheard_since if goes_on and old.unheard_since else now
    return old.last_since if lasts else now, unheard if found.unheard else Instant(0)
