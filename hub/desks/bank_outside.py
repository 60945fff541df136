"""Settled outside at the bank: what two operators say of a payment, and the copy that comes later.

- On record and untouched: its lines become `outside`, its task ends, the issuer hears a statement.
- Not here yet: its number is occupied; the copy that comes is recorded as `outside` and answered by
  the same statement. It is neither paid nor returned: a return would say that it may be paid again.
- Anything that was begun, answered or recalled is refused. Required: no other write transaction is
  open meanwhile (`alone`), so that no copy slips in between.
"""

from hub.clearing.model import BANK, LineState, move
from hub.desks.elements import PAYMENTS, identity
from hub.desks.outside import CODE, OutsideRow
from hub.desks.ports import DeskTransaction
from hub.desks.step import original_layer
from hub.errors import Conflict, RuleBroken
from hub.exchange.model import StatementEntry
from hub.parties import Party


def settle(tx: DeskTransaction, party: Party, row: OutsideRow, day: str) -> bool:
    """Say that a payment was executed by other means; whether it is on record here.

    Raises:
        RuleBroken: `outside_kind`, `outside_addressee`, `outside_too_late`, `intent_open`.
        Conflict: `outside_already`.
    """
    name = row.voucher_id
    if identity(name).kind not in PAYMENTS:
        raise RuleBroken("outside_kind")
    if tx.outside(row.party, [name]):
        raise Conflict("outside_already")
    if tx.intents_of(row.party, [name]).get(name):
        raise RuleBroken("intent_open")
    held = tx.lines_of(row.party, [name]).get(name, [])
    if any(line.state is not LineState.NEW for line in held):
        raise RuleBroken("outside_too_late")
    layer = tx.layers([original_layer(name)]).get(original_layer(name))
    if layer is not None and str(party) not in layer.receivers.split(","):
        raise RuleBroken("outside_addressee")
    tx.put_outside([row])
    tx.put_lines([move(BANK, line, LineState.OUTSIDE, day) for line in held])
    if held and layer is not None:
        stated = statement(name, layer.message_digest, row, day)
        tx.add_statements([stated])
    return bool(held)


def statement(name: str, digest: bytes, row: OutsideRow, day: str) -> StatementEntry:
    """What the issuer hears of a payment settled outside."""
    issuer = str(identity(name).issuer)
    return StatementEntry(
        original_layer(name), digest, "signed_for", CODE, row.at, day, issuer, row.party
    )
