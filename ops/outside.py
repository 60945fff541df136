"""Settling a payment outside: a guarded act at the bank that was to pay it (protocol 4, 10)."""

import hashlib
from pathlib import Path
from typing import Final

from hub.clearing.calendar import Calendar
from hub.desks import bank_outside
from hub.desks.outside import OutsideRow
from hub.errors import Misconfigured, RuleBroken
from hub.exchange.orders import required_reason
from hub.observer import Fact
from hub.parties import Party
from hub.trust.operators import Act
from hub.voucher.model import VoucherId
from ops.guarded import Consent, require
from ops.wiring import Parts

ACT: Final = "voucher.settle-outside"
EVIDENCE_BYTES_MAX: Final = 20 * 1024 * 1024


def evidence(path: Path) -> bytes:
    """Octets of a scan or note.

    Raises:
        Misconfigured: `file_missing`, `evidence_unreadable`.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(EVIDENCE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise Misconfigured("file_missing", file=str(path)) from None
    except OSError as error:
        reason = type(error).__name__
        raise Misconfigured("evidence_unreadable", file=str(path), reason=reason) from error
    if not 0 < len(octets) <= EVIDENCE_BYTES_MAX:
        raise Misconfigured("evidence_unreadable", file=str(path), reason="size")
    return octets


def payer(parts: Parts) -> Party:
    """The bank whose desk pays here.

    Raises:
        RuleBroken: `outside_not_here`.
    """
    served = parts.directory.nodes.get(parts.place.node, frozenset())
    banks = sorted(p for p in served if p.is_bank)
    if parts.settings.application.desk != "bank" or len(banks) != 1:
        raise RuleBroken("outside_not_here")
    return banks[0]


def act_of(parts: Parts, voucher: VoucherId, reason: str, octets: bytes) -> Act:
    """The act, bound to this life of the store, the voucher's division and the evidence."""
    arguments = {
        "node": str(parts.place.node), "voucher": str(voucher), "reason": required_reason(reason),
        "evidence": hashlib.sha256(octets).hexdigest(), "incarnation": parts.place.incarnation,
    }  # fmt: skip
    return Act(parts.place.env, ACT, arguments, (voucher.division,))


def settle(parts: Parts, act: Act, octets: bytes, consent: Consent) -> bool:
    """Close a payment as settled by other means; whether it was on record here already.

    Raises:
        RuleBroken, Conflict: as `hub.desks.bank_outside.settle` and `ops.guarded.require` say;
            `outside_not_here`.
        Fenced: `other_incarnation`. StoreDown: nothing was done.
    """
    bank, place = payer(parts), parts.place
    line = require(parts, act, consent)
    digest = hashlib.sha256(octets).digest()
    with parts.store.alone() as tx:
        tx.fence.require_incarnation(place.incarnation)
        row = OutsideRow(
            str(bank), act.arguments["voucher"], act.arguments["reason"], digest,
            act.digest.hex(), tx.now,
        )  # fmt: skip
        tx.add_messages({digest: octets})
        day = Calendar(frozenset()).business_day(tx.now)
        here = bank_outside.settle(tx, bank, row, day)
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    fields = {"voucher_id": row.voucher_id, "reason": row.reason, "digest": digest.hex()}
    parts.observe(Fact("settled_outside", fields))
    return here


def all_outside(parts: Parts) -> list[OutsideRow]:
    """Everything this node has settled outside."""
    with parts.store.read() as tx:
        found: list[OutsideRow] = tx.all_outside()
    return found
