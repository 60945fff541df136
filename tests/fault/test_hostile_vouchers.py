"""Every kind and layer the catalogue knows, at every desk: recorded, refused or parked, no crash.

Any party seals anything here and names anybody as receiver: more than real seals would allow.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.desks import bureau
from hub.parties import Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId
from ops import apart
from tests.support.gate import Gate
from tests.support.plain import sealed
from tests.support.samples import a_body, a_layer
from tests.support.town import Town
from tests.support.town_map import (
    BANKS,
    CATALOGUE,
    DIVISION,
    ENV,
    FINANCE,
    NODES,
    PEOPLES,
    TRE_CODE,
    UNITS,
)

PARTIES = (FINANCE, UNITS[0], BANKS[0], PEOPLES)
WHERE = {"bureau": FINANCE, "bank-a": BANKS[0], "treasury": PEOPLES}
UPPER = (LayerType.RECEIPT, LayerType.RETURN, LayerType.RECALL)


def gate_of(town: Town, where: str) -> Gate:
    node = town.nodes[where]
    return Gate(
        ENV, where, NODES.hub, NODES, town.verifier, node.desk, town.clock, node.store
    )  # fmt: skip


def drafts(seed: int, to: Party) -> Iterator[Draft]:
    """One draft of every kind from every party, and every layer upon it by its receiver."""
    for kind in CATALOGUE.catalogue.kinds.values():
        for issuer in PARTIES:
            layer = LayerType.DOCUMENT if kind.document else LayerType.ORIGINAL
            number = f"{seed}-{issuer.org_type}-{kind.code}"
            identity = VoucherId(ENV, DIVISION, "2026", kind.code, issuer, number)
            body = a_body(kind, seed, full=bool(seed % 2))
            fields = {**body.fields, **_own(body, identity)}
            original = Draft(
                LayerId(identity, layer, issuer), 1, (str(to),), replace(body, fields=fields)
            )
            yield original
            if kind.document:
                continue
            below = sealed(original)
            for upper in UPPER:
                if upper not in kind.positions:
                    continue
                above = a_layer(kind, upper, below.original.content, seed, failed=seed % 2)
                yield Draft(LayerId(identity, upper, to), 1, (str(to),), above, below)


def _own(body: Body, identity: VoucherId) -> dict[str, str]:
    said = {
        "AdmDivCode": identity.division, "StYear": identity.year, "VtCode": identity.kind,
        "VoucherNo": identity.number, "TreCode": TRE_CODE,
    }  # fmt: skip
    return {name: value for name, value in said.items() if name in body.fields}


def feed(gate: Gate, vouchers: list[Voucher], to: Party) -> None:
    """All in batches of packets, as a neighbour sends them; a fault is a failure."""
    for start in range(0, len(vouchers), 25):
        octets = [voucher.octets for voucher in vouchers[start : start + 25]]
        gate.receive(gate.packet(octets, to))


@pytest.mark.parametrize("where", sorted(WHERE))
@pytest.mark.parametrize("seed", range(3))
def test_every_kind_and_layer_at_every_desk(where: str, seed: int) -> None:
    town, to = Town(seed), WHERE[where]
    gate = gate_of(town, where)
    made = [sealed(draft) for draft in drafts(seed, to)]
    feed(gate, made, to)
    feed(gate, made, to)
    answers = gate.codes()
    assert answers
    for _ in range(20):
        while town.nodes[where].desk.work(100):
            pass
        town.clock.at += 600_000
    good = a_good_one(town)
    feed(gate_of(town, "bank-a"), good, BANKS[0])
    town.nodes["bank-a"].desk.work(100)
    with town.nodes["bank-a"].store.read() as tx:
        assert tx.layers([str(v.top.id) for v in good])


def a_good_one(town: Town) -> list[Voucher]:
    return [sealed(d) for d in bureau.payment_drafts([town.request(500)], ENV, 1)]


def test_a_voucher_for_a_party_without_a_clerk_is_held_and_hurts_nobody() -> None:
    town = Town()
    node = town.nodes["bank-a"]
    parts: Any = node.desk._parts  # the wiring of a desk, as a wrong profile would make it
    served = dict(parts.clerks)
    desk = type(node.desk)(replace(parts, clerks={}))
    gate = Gate(
        ENV, "bank-a", NODES.hub, NODES, town.verifier, desk, town.clock, node.store
    )  # fmt: skip
    good = a_good_one(town)
    feed(gate, good, BANKS[0])
    assert ["no_clerk"] == [fact.fields["code"] for fact in gate.told("held")]
    assert {} == gate.codes()
    assert served
    feed(gate_of(town, "bank-a"), good, BANKS[0])  # set right: it comes again and is taken
    with node.store.read() as tx:
        assert tx.layers([str(v.top.id) for v in good])


def test_a_receipt_for_a_voucher_never_issued_changes_nothing() -> None:
    town = Town()
    payment = a_good_one(town)[0]
    kind = CATALOGUE.kind("5201", DIVISION, "2026")
    body = a_layer(kind, LayerType.RECEIPT, payment.original.content)
    receipt = sealed(
        Draft(LayerId(payment.id, LayerType.RECEIPT, BANKS[0]), 1, (str(FINANCE),), body, payment)
    )
    gate = gate_of(town, "bureau")
    feed(gate, [receipt], FINANCE)
    assert {"claimed/1": "recorded"} == gate.codes()
    assert {} == town.totals("bureau")


def test_a_batch_detail_without_its_payment_goes_back_at_the_cut_off() -> None:
    town = Town()
    requests = [town.request(500, 700, batch=True)]
    details = [d for d in bureau.payment_drafts(requests, ENV, 1) if d.id.voucher.kind == "8207"]
    assert 1 == len(details)
    feed(gate_of(town, "bank-a"), [sealed(d) for d in details], BANKS[0])
    town.settle()
    town.phase("cutoff", "bank-a")
    town.settle()
    assert (1, 1200) == town.totals("bank-a")["8207", "returned"]


def test_a_refund_of_a_part_of_a_row_is_refused_and_the_next_one_is_taken() -> None:
    town = Town()
    town.issue(bureau.payment_drafts([request := town.request(900)], ENV, 1))
    town.settle()
    kind = CATALOGUE.kind("2203", DIVISION, "2026")
    gate = gate_of(town, "bureau")
    refunds = []
    for number, amount in (("R1", "-0.01"), ("R2", "-9.00")):
        body = a_body(kind, 1, rows=1)
        identity = VoucherId(ENV, DIVISION, "2026", "2203", BANKS[0], number)
        rows = ({**body.details[0], "PayAmt": amount, "OriDetailId": _row(town),
                 "AgencyCode": request.budget.agency},)  # fmt: skip
        fields = {**body.fields, "PayAmt": amount, "OriBillNo": request.number,
                  "AgencyCode": request.budget.agency, "PayTypeCode": "11",
                  **_own(body, identity)}  # fmt: skip
        draft = Draft(
            LayerId(identity, LayerType.ORIGINAL, BANKS[0]), 1, (str(FINANCE),), Body(fields, rows)
        )
        refunds.append(sealed(draft))
    feed(gate, refunds, FINANCE)
    assert {"claimed/1": "refund_row_differs", "claimed/2": "recorded"} == gate.codes()


def _row(town: Town) -> str:
    with town.nodes["bureau"].store.read() as tx:
        found = next(iter(tx.lines_of(str(FINANCE), _payments(tx)).values()))
        return str(found[0].detail)


def _payments(tx: Any) -> list[str]:
    from adapters.embedded.memory_records import LAYERS

    return [row.voucher_id for row in tx.rows(LAYERS).values() if row.kind == "5201"]


# --- a fault inside a task ------------------------------------------------------------------------


def test_a_task_that_brings_out_a_fault_is_parked_and_the_others_are_worked() -> None:
    town = Town()
    town.issue(bureau.payment_drafts([town.request(500), town.request(700)], ENV, 1))
    town.carry()
    desk = town.nodes["bank-a"].desk
    parts: Any = desk._parts
    clerk = parts.clerks[BANKS[0]]

    class Odd(type(clerk)):  # type: ignore[misc]
        def prepare(self, tx: Any, step: Any) -> None:
            if step.message.original.content.fields["PayAmt"] == "5.00":
                raise KeyError("a field")
            super().prepare(tx, step)

    odd = type(desk)(replace(parts, clerks={BANKS[0]: Odd(clerk.profile, clerk.means)}))
    with pytest.raises(apart.FAULTS):
        odd.work(100)
    apart.work_apart(odd)
    with town.nodes["bank-a"].store.read() as tx:
        waiting = {task.next_action: task.state for task in tx.open_tasks(99)}
    assert {"task_fault": "parked"} == waiting
    town.settle()
    assert 700 == town.totals("bank-a")["5201", "paid"][1]
