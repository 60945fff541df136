"""A neighbour's new life that people vouch for, where it cannot answer itself (protocol 9). Pure.

A new life is believed when one of its beats answers this store (`succession`). A release older than
that rule cannot answer: its restored node would stay unheard until it has a newer one. People know
what the rule cannot see, which of the two lives is the later one: the neighbour's operators tell
the life of their store, and two operators here sign it. Vouched for is only
- the life that speaks now and has not been believed for a while, named whole;
- while the known life is silent: where both speak, two machines run under one name.
What they sign is a beat of that life that answers; all that follows is as if it had come.
What lies ahead was noted by a clock that has been put back: it says nothing of late.
"""

from typing import Final

from hub.clock import Instant
from hub.errors import RuleBroken
from hub.exchange.beats import Beat, Hearing, PeerRow
from hub.exchange.conditions import UNHEARD_MS
from hub.exchange.place import Place

SILENT_MS: Final = UNHEARD_MS
"""As long as an unheard life is no alarm, the known one may still be the one that lives."""


def vouched(row: PeerRow | None, life: str, place: Place, now: Instant) -> Beat:
    """The beat that makes this life the neighbour's present one.

    Raises:
        RuleBroken: `life_not_awaited`: the neighbour is not unheard, or speaks by another life;
            `life_still_speaks`: the known one said a beat of late.
    """
    if row is None or life in {"", row.incarnation} or not row.unheard_since:
        raise RuleBroken("life_not_awaited")
    if abs(now - row.unheard_since) <= UNHEARD_MS:
        raise RuleBroken("life_not_awaited")
    if abs(now - row.seen_at) <= SILENT_MS:
        raise RuleBroken("life_still_speaks", peer=str(row.peer))
    if row.last != life:
        raise RuleBroken("life_not_awaited")
    told = Hearing(row.said, place.incarnation, row.incarnation)
    return Beat(
        place.env, row.peer, place.node, life, now, row.trust_number, row.catalogue_release, 0, b"",
        (), told,
    )  # fmt: skip
