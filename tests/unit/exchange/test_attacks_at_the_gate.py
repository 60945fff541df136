"""Attacks on identity at the hub's gate, with true seals: each beside its good case."""

from dataclasses import replace

import pytest

from hub.parties import Party
from hub.voucher import open_message, write_message
from hub.voucher.model import LayerType
from tests.support import sealed as house
from tests.support.attacked import resealed
from tests.support.real_gate import SUITES, RealHub

hubs = pytest.mark.parametrize("suite", SUITES)


@hubs
def test_a_forged_copy_that_comes_first_takes_no_identity(suite: str) -> None:
    hub = RealHub(suite)
    good, other = hub.original(), hub.original(seed=5)
    assert good.id == other.id
    opened = open_message(good.octets)
    body = open_message(other.octets).layers[0].body
    forged = write_message(opened.head, [replace(opened.layers[0], body=body)])
    hub.hear(hub.bureau, forged)
    assert ["digest_mismatch"] == hub.refusals(hub.bureau)
    assert {} == hub.layers(good)
    hub.hear(hub.bureau, good.octets)
    assert {"original"} == set(hub.layers(good))
    assert [good.id.number] == hub.app.numbers
    hub.hear(hub.bureau, forged)  # final for these octets, now and for ever
    assert ["digest_mismatch"] == hub.refusals(hub.bureau)
    assert [good.id.number] == hub.app.numbers


@hubs
def test_another_body_under_a_used_number_is_refused_and_both_are_kept(suite: str) -> None:
    hub = RealHub(suite)
    first, second = hub.original(), hub.original(seed=5)
    assert first.id == second.id
    assert first.top.body_digest != second.top.body_digest
    hub.hear(hub.bureau, first.octets)
    before = hub.layers(first)
    hub.hear(hub.bureau, second.octets)
    assert ["identity_conflict"] == hub.refusals(hub.bureau)
    assert before == hub.layers(first)
    assert [hub.kept(first.octets), hub.kept(second.octets)] == [True, True]
    assert ["identity_conflict"] == [f.fields["code"] for f in hub.bureau.told("conflict")]
    with hub.bureau.store.read() as tx:
        (row,) = tx.conflicts(9)
    assert row.delivery_id.startswith(f"{first.top.id}/"), "what is sealed, not what is claimed"
    assert [first.id.number] == hub.app.numbers


@hubs
def test_a_number_is_not_used_again_after_a_return(suite: str) -> None:
    hub = RealHub(suite)
    first = hub.original()
    hub.hear(hub.bureau, first.octets)
    hub.hear(hub.bank, hub.above(first, LayerType.RETURN).octets)
    assert [] == hub.refusals(hub.bureau)
    hub.hear(hub.bureau, hub.original(seed=5).octets)
    assert ["identity_conflict"] == hub.refusals(hub.bureau)


@hubs
def test_other_true_seals_over_the_same_body_are_a_duplicate_and_kept(suite: str) -> None:
    hub = RealHub(suite)
    first = hub.original()
    again = hub.seal(house.a_draft())
    assert first.octets != again.octets, "signatures draw randomness"
    assert first.top.body_digest == again.top.body_digest
    hub.hear(hub.bureau, first.octets)
    before = hub.layers(first)
    hub.hear(hub.bureau, again.octets)
    assert [] == hub.refusals(hub.bureau)
    assert 1 == len(hub.bureau.told("duplicate"))
    assert before == hub.layers(first)
    assert hub.kept(again.octets)
    assert [first.id.number] == hub.app.numbers


@hubs
@pytest.mark.parametrize(
    "order", [(LayerType.RECEIPT, LayerType.RETURN), (LayerType.RETURN, LayerType.RECEIPT)]
)
def test_receipt_and_return_of_one_party_exclude_each_other(
    suite: str, order: tuple[LayerType, LayerType]
) -> None:
    hub = RealHub(suite)
    original = hub.original()
    hub.hear(hub.bureau, original.octets)
    first, second = (hub.above(original, layer) for layer in order)
    hub.hear(hub.bank, first.octets)
    assert [] == hub.refusals(hub.bank)
    hub.hear(hub.bank, second.octets)
    assert ["receipt_and_return"] == hub.refusals(hub.bank)
    assert {"original", str(order[0])} == set(hub.layers(original))


@hubs
def test_a_voucher_of_another_environment_is_neither_recorded_nor_held(suite: str) -> None:
    hub = RealHub(suite)
    good = hub.original()
    foreign = resealed(hub.keeper, good, env="sd-prod")
    hub.hear(hub.bureau, foreign)
    assert ["other_environment"] == hub.refusals(hub.bureau)
    assert {} == hub.layers(good)
    assert [] == hub.bureau.told("held")
    hub.hear(hub.bureau, good.octets)
    assert {"original"} == set(hub.layers(good))


@hubs
@pytest.mark.parametrize(("key", "value"), [("div", "370200"), ("year", "2025"), ("no", "9")])
def test_a_seal_for_another_division_year_or_number_takes_no_identity(
    suite: str, key: str, value: str
) -> None:
    hub = RealHub(suite)
    good = hub.original()
    hub.hear(hub.bureau, resealed(hub.keeper, good, **{key: value}))
    assert ["binding_envelope"] == hub.refusals(hub.bureau)
    assert {} == hub.layers(good)
    hub.hear(hub.bureau, good.octets)
    assert {"original"} == set(hub.layers(good))


@hubs
def test_a_receiver_that_the_seals_do_not_name_gets_nothing(suite: str) -> None:
    hub = RealHub(suite)
    good, astray = hub.original("1"), hub.original("2")
    hub.hear(hub.bureau, good.octets)
    assert {"original"} == set(hub.layers(good))
    hub.bureau.receive(hub.bureau.packet([astray.octets], Party("103", "370100")))
    assert ["not_served"] == hub.refusals(hub.bureau)
    assert {} == hub.layers(astray)


@hubs
def test_a_flag_turned_over_under_true_seals_is_refused(suite: str) -> None:
    hub = RealHub(suite)
    good = hub.original()
    opened = open_message(good.octets)
    body = opened.layers[0].body
    flipped = body.replace(b"<VoucherFlag>0<", b"<VoucherFlag>1<")
    assert flipped != body
    hub.hear(hub.bureau, write_message(opened.head, [replace(opened.layers[0], body=flipped)]))
    assert ["digest_mismatch"] == hub.refusals(hub.bureau)
    hub.hear(hub.bureau, good.octets)
    assert {"original"} == set(hub.layers(good))
