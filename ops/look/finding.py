"""What people ask of many vouchers at once: find them, their official numbers, what is not safe."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from hub.desks.acks import Ack
from hub.desks.search import FOUND_MAX, Found, Query
from hub.desks.window import Window
from hub.errors import Misconfigured, RuleBroken
from hub.exchange import statements
from hub.money import Fen, fen
from ops.scope import Scope
from ops.wiring import Parts
from ops.wiring_attend import window

STATUS_MAX: Final = 5000
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII)
"""Any other comma is somebody's decimal point, or a slip: refused, not guessed."""
Numbers = dict[str, dict[str, int]]


def find(parts: Parts, query: Query, scope: Scope, limit: int = FOUND_MAX) -> Found:
    """Money rows that match, of divisions within the scope.

    Raises:
        SealUntrusted: `operator_scope`: a division is asked for that is not.
        RuleBroken: `find_what`, `find_tail`.
        Misconfigured: `hub_keeps_none`: the hub cannot be searched.
    """
    if parts.settings.application.desk == "hub":
        raise Misconfigured("hub_keeps_none")
    divisions = scope.asked(query.divisions, parts.directory.of_division)
    with parts.store.read() as tx:
        found: Found = tx.find(replace(query, divisions=divisions), limit)
    return found


def status(parts: Parts, voucher_ids: Sequence[str]) -> Numbers:
    """Official status numbers by voucher and layer; -1: not on record here.

    Raises:
        RuleBroken: `status_too_many`.
    """
    if len(voucher_ids) > STATUS_MAX:
        raise RuleBroken("status_too_many", n=STATUS_MAX)
    served: Collection[str] = {str(p) for p in parts.directory.nodes.get(parts.place.node, ())}
    with parts.store.read() as tx:
        return statements.numbers(tx, voucher_ids, served)


def unsafe(parts: Parts, scope: Scope, *, replay: bool) -> tuple[list[Ack], bool, int]:
    """What is stored here and not safe at the hub, the oldest within the scope; if there are more.

    With `replay` they are sent again now: how many hops.
    """
    own: Window[Any] = window(parts)
    waiting, more = own.unsafe(begins=scope.begins(parts.settings.env))
    return waiting, more, own.replay([ack.layer_id for ack in waiting]) if replay else 0


def amounts(low: str | None, high: str | None) -> tuple[Fen, Fen] | None:
    """A range of yuan as people write them; one alone means exactly this.

    Raises:
        RuleBroken: `find_amount`, `find_range`.
    """
    if low is None and high is None:
        return None
    first = _remembered("0" if low is None else low)
    last = first if high is None else _remembered(high)
    if last < first:
        raise RuleBroken("find_range")
    return (first, last)


def _remembered(text: str) -> Fen:
    """An amount with or without its fen and its commas: 128.50, 128.5, 128, 1,280.00.

    Commas part groups of three digits, or the amount is refused.
    """
    plain = text.strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    whole, dot, cents = plain.partition(".")
    try:
        return fen(f"{whole}.{cents:0<2}" if dot or whole else text)
    except RuleBroken:  # what a voucher's own amount must look like is another matter
        raise RuleBroken("find_amount") from None
