"""What a restored node had answered is answered: its books follow, it says nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.cores.simulated import Trouble
from hub.clock import DAY
from hub.desks import bank_quota, bureau
from hub.desks.base_data import Fault
from hub.exchange.inbox import layer_row
from hub.exchange.model import Arrival, DeliveryRow, MessageClass, Role, Verdict
from hub.exchange.posting import arrive
from hub.exchange.recovery import Restore
from hub.exchange.routing import delivery_id
from hub.parties import Party
from hub.voucher.model import LayerType, Voucher
from tests.support.town import Node, Town
from tests.support.town_map import ENV, PEOPLES, UNITS
from tests.unit.desks.test_unit_quota import BANK, left

RECEIPT, RETURN = LayerType.RECEIPT, LayerType.RETURN


def own(town: Town, node: Node, voucher: Voucher, layer: LayerType, who: Party) -> Voucher | None:
    """An own answer that is on record."""
    name = f"{voucher.id}/{layer}/{who}"
    with node.store.read() as tx:
        row = tx.layers([name]).get(name)
        octets = tx.messages({row.message_digest}).values() if row is not None else []
    return next(iter(town.verifier.reopen(list(octets))), None)


def answered(town: Town, node: Node, said: Sequence[Voucher], who: Party = BANK) -> list[str]:
    """By voucher what stands of it: a receipt, a return, or both."""
    return [
        " and ".join(layer for layer in (RECEIPT, RETURN) if own(town, node, one, layer, who))
        for one in said
    ]


def hand(node: Node, voucher: Voucher, who: Party, role: Role) -> None:
    """As the hub hands back, or sends again."""
    with node.store.begin() as tx:
        known = tx.layers([str(layer.id) for layer in voucher.layers])
        rows = [
            layer_row(
                layer, voucher.digest,
                Verdict.RECORDED if layer is voucher.top else Verdict.SEEN_BELOW, tx.now, tx.now,
            )
            for layer in voucher.layers
            if layer is voucher.top or str(layer.id) not in known
        ]  # fmt: skip
        tx.add_messages({voucher.digest: voucher.octets})
        tx.add_layers(rows)
        row = DeliveryRow(
            delivery_id(voucher.top.id, who, role), str(voucher.top.id), str(who), role,
            voucher.digest, "hub", "wire", MessageClass.ONLINE, "hub-1", 1, tx.now,
        )  # fmt: skip
        tx.add_deliveries([row])
        arrive(tx, node.desk, [Arrival(voucher, row, tx.now)])
        tx.commit()


def restored(town: Town, name: str, empty: Any, said: Sequence[Voucher], who: Party = BANK) -> Node:
    """The node goes back to before all of this, and is given it again in this order."""
    node = town.nodes[name]
    answers = [
        own(town, node, one, RECEIPT, who) or own(town, node, one, RETURN, who) for one in said
    ]
    node.store.restore(empty)
    parts = node.desk._parts
    node = replace(node, desk=town._desk(node.name, node.store, parts.clerks, node.core, "c"))
    for answer in answers:
        assert answer is not None
        hand(node, answer, who, Role.BACK)
    for one in said:
        hand(node, one, who, Role.TO)
        town.clock.at += 1000
    with node.store.begin() as tx:
        tx.put_restore(Restore(tx.now, tx.now, tx.now))
        tx.commit()
    town.clock.at += 1
    node.desk.work(50)
    node.desk.work(50)
    with node.store.read() as tx:
        assert [] == tx.open_tasks(9)
    return node


def grant(town: Town, *amounts: int) -> list[Voucher]:
    """Unit quota, one plan after the other."""
    budget = town.request(1, issuer=UNITS[0]).budget
    said = []
    for amount in amounts:
        said += town.issue([town.unit_plan(BANK, (budget, amount))])
        town.settle()
    return said


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2)])
def test_unit_quota_is_what_it_was_in_whatever_order_plans_come_again(order: Sequence[int]) -> None:
    town = Town(1, unit_quota=True)
    empty = town.nodes["bank-a"].store.snapshot()
    said = grant(town, 50, -100, 100)
    before = answered(town, town.nodes["bank-a"], said)
    assert (150, ["receipt", "return", "receipt"]) == (left(town), before)
    node = restored(town, "bank-a", empty, [said[n] for n in order])
    assert (150, before) == (left(town), answered(town, node, said))


def test_a_reduction_that_was_accepted_stays_accepted_though_it_comes_first() -> None:
    town = Town(1, unit_quota=True)
    empty = town.nodes["bank-a"].store.snapshot()
    said = grant(town, 100, -100)
    node = restored(town, "bank-a", empty, said[::-1])
    assert (0, ["receipt", "receipt"]) == (left(town), answered(town, node, said))


def test_a_plan_that_was_returned_for_a_code_that_came_later_stays_returned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town(1, unit_quota=True)
    empty = town.nodes["bank-a"].store.snapshot()
    unknown = SimpleNamespace(fault=lambda *_: Fault("base_code_unknown", "ExpFuncCode", 1))
    with monkeypatch.context() as patch:
        patch.setattr(bank_quota, "base_data", unknown)
        said = grant(town, 100)
    said += grant(town, 100)
    node = restored(town, "bank-a", empty, said)
    assert (100, ["return", "receipt"]) == (left(town), answered(town, node, said))


def test_a_return_that_named_a_place_stands_as_it_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(1)
    empty = town.nodes["treasury"].store.snapshot()
    clerk = town.nodes["treasury"].desk._parts.clerks[PEOPLES]
    monkeypatch.setattr(clerk, "_unfit", lambda *_: ("base_code_closed", "ExpFuncCode#2"))
    budget = town.request(1, issuer=UNITS[0]).budget
    said = town.issue([town.plan(BANK, (budget, 100))])
    town.settle()
    node = restored(town, "treasury", empty, said, PEOPLES)
    assert ["return"] == answered(town, node, said, PEOPLES)


def test_a_batch_of_which_rows_had_failed_is_answered_as_it_was_though_it_is_another_day() -> None:
    town = Town(3, banking=Trouble(refused=0.4))
    empty = town.nodes["bank-a"].store.snapshot()
    request = town.request(*range(100, 110), batch=True)
    drafts = bureau.payment_drafts([request], ENV, 1)
    said = town.issue([*drafts, town.notice([request])])
    town.settle()
    detail, payment = sorted(said[:2], key=lambda one: one.id.kind, reverse=True)
    told = own(town, town.nodes["bank-a"], payment, RECEIPT, BANK)
    assert told is not None
    failed = [row for row in told.top.content.details if row["XPayAmt"] == "0.00"]
    assert 0 < len(failed) < 10
    town.clock.at += DAY
    node = restored(town, "bank-a", empty, [detail, payment])
    with node.store.read() as tx:
        lines = tx.lines_of(str(BANK), [str(payment.id)])[str(payment.id)]
        assert [] == tx.parked_tasks(9)
    assert {row["Id"]: row["XPayDate"] for row in told.top.content.details} == {
        line.detail: line.day for line in lines
    }
