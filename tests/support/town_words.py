"""A payment whose core does not know what became of it, and what persons say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.clearing.breaks import Break, BreakKind
from hub.desks import bureau, told
from hub.desks.ports import Done, Refused
from tests.support.town_map import ENV

if TYPE_CHECKING:
    from hub.desks.model import Intent
    from tests.support.town import Node, Town

DAY = "20261121"
DONE, REFUSED = Done("317", DAY), Refused("never_sent")
AMOUNT = 10


def parked(town: Town) -> Node:
    """Bank A, whose core does not know a payment and would take it twice."""
    bank = town.nodes["bank-a"]
    assert bank.core is not None
    bank.core._refuses = False
    request = town.request(AMOUNT)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])
    town.settle()
    return bank


def say(bank: Node, said: Done | Refused) -> Intent:
    """What a person found in the core's book."""
    with bank.store.begin() as tx:
        (task,) = tx.parked_tasks(5)
        (intent,) = told.asked(tx, task)
        told.settle(tx, task, intent.row, said)
        tx.commit()
    return intent


def differences(bank: Node) -> list[Break]:
    with bank.store.read() as tx:
        return tx.open_breaks_of(BreakKind.CORE_DIFFERS)


def intent_of(bank: Node, key: str) -> Intent:
    with bank.store.read() as tx:
        return tx.intents([key])[key]
