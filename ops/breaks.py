"""Breaks at a node: explained by whoever found out why, closed by two operators.

Both are journalled with the act's or the reason's digest. A break that is closed stays on record;
finding the same difference again does not open it. Whose it is says the finder, where that is a
bureau, or the voucher that a core contradicts; never what a statement compares: keys of its rows
begin with numbers and treasuries, which look like divisions.
"""

import hashlib
from typing import Final

from hub.clearing.breaks import Break, BreakKind, BreakState, settle
from hub.errors import Malformed, Misconfigured, SealUntrusted
from hub.parties import FINANCE
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.scope import Scope
from ops.wiring import Parts

CLOSE: Final = "breaks.close"
REASON_BYTES_MAX: Final = 200


def find(parts: Parts, name: str) -> Break:
    """One break, by its id or by a beginning of it that only one has.

    Raises:
        Misconfigured: `break_unknown`.
    """
    with parts.store.read() as tx:
        found: list[Break] = [one for one in tx.breaks() if one.id.startswith(name)]
    if len(found) != 1 or not name:
        raise Misconfigured("break_unknown")
    return found[0]


def seen(one: Break, scope: Scope) -> bool:
    """Whether a break is within the scope; one of no division is for those who see all."""
    if one.kind is BreakKind.CORE_DIFFERS:
        return scope.sees(one.subject)
    org_type, _, code = one.party.partition(".")
    return scope.whole or (org_type == FINANCE and scope.covers(code))


def explain(parts: Parts, name: str, reason: str, scope: Scope) -> Break:
    """Say why two books differ; the break stays unsettled.

    Raises:
        SealUntrusted: `operator_scope`.
        Misconfigured: `break_unknown`.
        Malformed: `break_reason`.
        RuleBroken: `break_state`.
    """
    _checked(reason)
    one = find(parts, name)
    if not seen(one, scope):
        raise SealUntrusted("operator_scope", operator=scope.operator)
    after = settle(one, BreakState.EXPLAINED, reason)
    digest = hashlib.sha256(reason.encode()).hexdigest()
    _put(parts, after, f"break {after.id} explained {digest}")
    return after


def close(parts: Parts, name: str, reason: str, consent: Consent) -> tuple[Break, Act]:
    """Close a break; two operators sign exactly this reason.

    Raises:
        Misconfigured, RuleBroken, SealUntrusted: as `find`, `settle` and `ops.guarded.require` say.
        Malformed: `break_reason`.
    """
    after = closed(parts, name, reason)
    act = act_of(parts, after)
    require(parts, act, consent)
    _put(parts, after, f"act {CLOSE} {act.digest.hex()}")
    return after, act


def closed(parts: Parts, name: str, reason: str) -> Break:
    """What a break would be; nothing is written.

    Raises:
        Misconfigured, RuleBroken: as `find` and `settle` say.
        Malformed: `break_reason`.
    """
    _checked(reason)
    return settle(find(parts, name), BreakState.CLOSED, reason)


def act_of(parts: Parts, one: Break) -> Act:
    """The act of closing one break with its reason, bound to this life of the store."""
    place = parts.place
    arguments = {
        "node": str(place.node), "break": one.id, "reason": one.reason,
        "incarnation": place.incarnation,
    }  # fmt: skip
    return Act(place.env, CLOSE, arguments)


def _checked(reason: str) -> None:
    if not reason or len(reason.encode()) > REASON_BYTES_MAX or not reason.isprintable():
        raise Malformed("break_reason", n=REASON_BYTES_MAX)


def _put(parts: Parts, after: Break, line: str) -> None:
    place = parts.place  # reads the store: before the transaction
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        tx.put_breaks([after])
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
