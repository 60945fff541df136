"""What is parked at a node: looked at, tried again, given up by a guarded act; each is journalled.

Giving up is refused where a voucher could be lost by it (`hub.desks.parked`); what is given up
stays in the store's history with the code `discarded`, and `voucher trace` shows it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from hub.desks.parked import Parked, listed, needed
from hub.errors import Damaged, Misconfigured, RuleBroken
from hub.exchange.looking import DISCARDED
from hub.exchange.model import Closing
from hub.exchange.orders import required_reason
from hub.exchange.quarantine import CODE as DAMAGED
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.scope import WHOLE, Scope
from ops.wiring import Parts

ACT: Final = "parked.discard"
DIVISION: Final = 1
"""Of the parts of a voucher's id."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One of them, with what decides what can be done about it."""

    parked: Parked
    whole: bool
    """Its octets are in the store and match their digest."""
    needed: str
    """Code why it may not be given up; empty: it may."""


def oldest(parts: Parts, scope: Scope, limit: int) -> tuple[list[Parked], bool]:
    """What is parked, rows first, the oldest so many of each sort; whether there may be more."""
    with parts.store.read() as tx:
        return listed(tx, limit, scope.sought(parts.settings.env))


def look(parts: Parts, name: str, scope: Scope = WHOLE) -> Seen:
    """One of them.

    Raises:
        Misconfigured: `parked_unknown`. SealUntrusted: `operator_scope`.
    """
    with parts.store.read() as tx:
        one = find(tx, name)
        scope.require(one.voucher_id)
        return Seen(one, _whole(tx, one), needed(tx, one))


def retry(parts: Parts, names: Collection[str], scope: Scope = WHOLE) -> list[Parked]:
    """Send these rows and work these tasks again, from what is on record; all, if none is named.

    All means those within the scope.

    Raises:
        SealUntrusted: `operator_scope`: one that is named is not within it.
        Misconfigured: `parked_unknown`.
        Damaged: `message_damaged`: the octets have to be put right first; nothing is retried.
        StoreDown: nothing was done.
    """
    place = parts.place  # reads the store: before the transaction
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        named = [find(tx, name) for name in dict.fromkeys(names)]
        wanted = named or listed(tx, sought=scope.sought(place.env))[0]
        for one in wanted:
            scope.require(one.voucher_id)
            if not _whole(tx, one):
                raise Damaged(DAMAGED, digest=_digest(one).hex())
        tx.hurry_hops({one.row.delivery_id for one in wanted if one.row is not None})
        tx.wake_tasks({one.task.id for one in wanted if one.task is not None}, tx.now)
        if wanted:
            lines = [f"retried {one.about}" for one in wanted]
            tx.append_journal(str(place.lane), "\n".join(lines).encode())
        tx.commit()
    return wanted


def act_of(parts: Parts, name: str, reason: str) -> Act:
    """The act of giving up one of them, bound to this life of the store and its division.

    Raises:
        Misconfigured: `parked_unknown`, `reason_format`.
    """
    required_reason(reason)
    one = look(parts, name).parked
    arguments = {
        "node": str(parts.place.node), "parked": one.id, "about": one.about, "reason": reason,
        "incarnation": parts.place.incarnation,
    }  # fmt: skip
    divisions = one.voucher_id.split("/")[DIVISION : DIVISION + 1]
    return Act(parts.place.env, ACT, arguments, tuple(divisions))


def discard(parts: Parts, act: Act, consent: Consent) -> Parked:
    """Give up what nobody needs any more.

    Raises:
        RuleBroken: `parked_needed`, `intent_open`: a voucher could be lost by it.
        Misconfigured, SealUntrusted: as `ops.guarded.require` says; `parked_unknown`.
        Fenced: `other_incarnation`. StoreDown: nothing was done.
    """
    line, place = require(parts, act, consent), parts.place
    with parts.store.alone() as tx:
        tx.fence.require_incarnation(place.incarnation)
        one = find(tx, act.arguments["parked"])
        if code := needed(tx, one):
            raise RuleBroken(code, digest=one.id)
        if one.row is not None:
            given_up = Closing(one.row.delivery_id, one.row.peer, DISCARDED, tx.now, 0)
            tx.close_hops({given_up: (one.row.message_digest,)})
        elif one.task is not None:
            tx.end_parked([one.task.id])
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    return one


def find(tx: Any, name: str) -> Parked:  # noqa: ANN401 - any view of the store
    """One of them by its id.

    Raises:
        Misconfigured: `parked_unknown`.
    """
    for one in listed(tx)[0]:
        if one.id == name:
            return one
    raise Misconfigured("parked_unknown")


def _digest(one: Parked) -> bytes:
    if one.row is not None:
        return one.row.message_digest
    return one.task.digest if one.task is not None else b""


def _whole(tx: Any, one: Parked) -> bool:  # noqa: ANN401 - as above
    digest = _digest(one)
    if not digest:  # a task of a voucher that is planned and not sealed yet
        return True
    try:
        return digest in tx.messages([digest])
    except Damaged:
        return False
