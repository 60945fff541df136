"""Any octets on any channel: refused, answered or held; never a crash, and nobody else is hurt."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.exchange.verifying import Verification
from hub.voucher import open_message, seal, write_message
from hub.voucher.codec import SEALS_MAX
from hub.voucher.model import (
    Draft,
    Head,
    Layer,
    LayerType,
    SealBlock,
    Voucher,
)
from hub.voucher.seal import attach, begin, prepare
from tests.support import sealed as house
from tests.support.gate import CENTRE, DIRECTORY, HUB, PEER, Gate, Recorder
from tests.support.real_gate import NodeTrust
from tests.support.stores import TickingClock


def real_gate() -> Gate:
    """The hub with the real voucher library."""
    trust = NodeTrust(**vars(house.a_house().trust))
    verification = Verification(house.ENV, house.suites(), house.Releases(), lambda _: trust, 1)
    clock = TickingClock(house.NOW)
    return Gate(house.ENV, HUB, PEER, DIRECTORY, verification, Recorder(), clock)


def a_real(number: str, kind: str = "5201", seed: int = 0) -> Voucher:
    """A truly sealed voucher of the bureau."""
    keeper = house.a_house()
    draft = house.a_draft(kind, number, seed)
    return seal(draft, keeper.positions(draft), keeper.ground(), at=house.NOW)


TRUE = a_real("2026000000001")
GOOD = a_real("2026000000002", seed=1)
KEEPER = house.a_house()
RECEIPT = seal(
    house.a_draft_above(TRUE), KEEPER.positions(house.a_draft_above(TRUE)), KEEPER.ground(),
    at=house.NOW,
)  # fmt: skip


def mutated(octets: bytes, at: int, cut: int, new: bytes) -> bytes:
    """Octets with `cut` of them replaced."""
    at %= len(octets) + 1
    return octets[:at] + new + octets[at + cut :]


CHANGES = st.tuples(st.integers(0, 1 << 16), st.integers(0, 40), st.binary(max_size=40))


def recorded_all_the_same(gate: Gate, *hostile: bytes) -> None:
    """Feed the hostile octets beside a good voucher, which must be recorded."""
    gate.receive(*hostile, gate.packet([GOOD.octets], CENTRE))
    with gate.store.read() as tx:
        assert str(GOOD.top.id) in tx.layers([str(GOOD.top.id)])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), CHANGES, st.sampled_from("PNB"))
def test_any_octets_beside_a_good_voucher(
    noise: bytes, change: tuple[int, int, bytes], sort: str
) -> None:
    gate = real_gate()
    true = gate.packet([TRUE.octets], CENTRE)
    header = int.from_bytes(true[5:9])
    early = mutated(true, change[0] % (header + 9), change[1], change[2])
    framed = b"EVX1" + sort.encode() + len(noise).to_bytes(4) + noise
    recorded_all_the_same(gate, noise, framed, early, mutated(true, *change))


@settings(max_examples=150, deadline=None)
@given(CHANGES, st.sampled_from([TRUE, RECEIPT]))
def test_a_spoilt_message_in_a_true_packet_beside_a_good_one(
    change: tuple[int, int, bytes], true: Voucher
) -> None:
    gate = real_gate()
    spoilt = mutated(true.octets, *change)
    gate.receive(gate.packet([spoilt, GOOD.octets], CENTRE))
    answers = gate.codes()
    assert "recorded" == answers["claimed/2"]
    if spoilt != true.octets:
        assert "recorded" != answers["claimed/1"]


@settings(max_examples=300, deadline=None)
@given(CHANGES, st.integers(0, 3), st.integers(0, 1))
def test_a_spoilt_part_in_a_true_envelope(
    change: tuple[int, int, bytes], which: int, upper: int
) -> None:
    opened = open_message(RECEIPT.octets)
    layers = list(opened.layers)
    layer = layers[upper]
    if which == 3:
        spoilt = replace(layer, body=mutated(layer.body, *change))
    else:
        blocks = list(layer.seals)
        block = blocks[which % len(blocks)]
        blocks[which % len(blocks)] = SealBlock(block.position, mutated(block.octets, *change))
        spoilt = replace(layer, seals=tuple(blocks))
    layers[upper] = spoilt
    gate = real_gate()
    octets = write_message(opened.head, layers)
    gate.receive(gate.packet([octets, GOOD.octets], CENTRE))
    answers = gate.codes()
    assert "recorded" == answers["claimed/2"]
    assert (octets == RECEIPT.octets) == (answers["claimed/1"] == "recorded")


def test_a_layer_with_too_many_seals_is_malformed() -> None:
    opened = open_message(TRUE.octets)
    layer = opened.layers[0]
    many = Layer(layer.type, layer.body, (layer.seals * 8)[: SEALS_MAX + 1])
    full = Layer(layer.type, layer.body, (layer.seals * 8)[:SEALS_MAX])
    gate = real_gate()
    gate.receive(gate.packet([write_message(opened.head, [la]) for la in (many, full)], CENTRE))
    codes = gate.codes()
    assert {"claimed/1", "claimed/2"} == codes.keys()
    assert "recorded" not in codes.values()


# --- entitled parties that do what they must not --------------------------------------------------


def forced(draft: Draft) -> bytes:
    """Truly sealed octets that nobody has verified: as a party with its own program sends them."""
    ground, makers = KEEPER.ground(), KEEPER.positions(draft)
    sealing = begin(draft, [position for position, _ in makers], ground, at=house.NOW)
    for _, maker in makers:
        suite = ground.suites[maker.suite]
        prepared = prepare(
            sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=house.NOW
        )
        sealing = attach(sealing, prepared, maker.sign([prepared.tbs])[0], suite)
    voucher = draft.id.voucher
    head = Head(voucher.division, voucher.year, voucher.kind, voucher.number)
    return write_message(head, (*sealing.below, Layer(draft.id.layer, sealing.body, sealing.seals)))


def answer(octets: bytes) -> str:
    gate = real_gate()
    gate.receive(gate.packet([octets], CENTRE))
    return gate.codes()["claimed/1"]


@pytest.mark.parametrize("layer", [LayerType.RECEIPT, LayerType.RETURN])
def test_only_a_receiver_named_in_the_original_may_answer(layer: LayerType) -> None:
    for to, code in ((house.BANK, "recorded"), (house.TREASURY_PARTY, "answer_not_entitled")):
        draft = replace(house.a_draft(number="2026000000009"), to=(str(to),))
        original = seal(draft, KEEPER.positions(draft), KEEPER.ground(), at=house.NOW)
        assert code == answer(forced(house.a_draft_above(original, layer)))
