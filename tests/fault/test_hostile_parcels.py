"""Hostile packets, notices, beats and statements; and an application that fails at an arrival."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import HOUR
from hub.errors import Misconfigured, RuleBroken
from hub.exchange import aside, packets
from hub.exchange.model import Hop, MessageClass
from hub.parties import NodeId
from ops import apart
from tests.support.gate import (
    CENTRE,
    DIRECTORY,
    HUB,
    KINDS,
    PEER,
    Gate,
    Recorder,
    a_beat,
    a_plain,
    an_item,
    entry,
    plain_gate,
)
from tests.support.plain import PlainVerifier
from tests.support.stores import TickingClock

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from("PNBD"), st.data())
def test_a_true_header_with_any_value_at_any_place(sort: str, data: st.DataObject) -> None:
    gate, app, _ = plain_gate()
    true = {
        "P": gate.packet([a_plain("1")], CENTRE),
        "N": gate.notices([entry("x")]),
        "B": packets.encode_beat(a_beat()),
        "D": gate.document(b"list", b"section", b"another"),
    }[sort]
    length = int.from_bytes(true[5:9])
    header = json.loads(true[9 : 9 + length])
    place: Any = header
    key: Any = data.draw(st.sampled_from(sorted(header)))
    while isinstance(place[key], list) and place[key] and data.draw(st.booleans()):
        place, key = place[key], data.draw(st.integers(0, len(place[key]) - 1))
    place[key] = data.draw(VALUES)
    try:
        raw = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return
    octets = true[:5] + len(raw).to_bytes(4) + raw + true[9 + length :]
    gate.receive(octets, gate.packet([a_plain("2")], CENTRE))
    assert "2" in app.numbers


@pytest.mark.parametrize(
    "changes",
    [
        {"delivery_id": "a b"},
        {"delivery_id": "张三"},
        {"delivery_id": ""},
        {"delivery_id": "x" * 401},
        {"n": 2**63},
        {"n": -1},
        {"attempt": 10**30},
        {"proof_at": 2**62},
    ],
)
def test_an_absurd_item_is_no_packet(changes: dict[str, Any]) -> None:
    gate, app, _ = plain_gate()
    absurd = gate.packet([], CENTRE, items=(an_item(a_plain("1"), **changes),))
    gate.receive(absurd, gate.packet([a_plain("2")], CENTRE))
    assert ["2"] == app.numbers
    assert ["packet_malformed"] == [fact.fields["code"] for fact in gate.told("refused")]


def test_a_claimed_id_with_slashes_is_only_a_name_in_the_answer() -> None:
    gate, app, _ = plain_gate()
    item = an_item(a_plain("1"), delivery_id="///..//etc/passwd", n=2**63 - 1)
    gate.receive(gate.packet([], CENTRE, items=(item,)))
    assert ["1"] == app.numbers
    assert {"///..//etc/passwd": "recorded"} == gate.codes()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"receiver": NodeId("bank")}, "unknown_peer"),
        ({"sender": NodeId("bank")}, "unknown_peer"),
        ({"env": "other"}, "other_environment"),
    ],
)
def test_a_packet_for_somebody_else_is_refused(changes: dict[str, Any], code: str) -> None:
    gate, app, _ = plain_gate()
    gate.receive(gate.packet([a_plain("1")], CENTRE, **changes))
    assert [] == app.numbers
    assert [code] == [fact.fields["code"] for fact in gate.told("refused")]


def test_two_megabytes_of_anything_are_refused() -> None:
    gate, app, _ = plain_gate()
    big = gate.packet([b"\xff" * (2 << 20)], CENTRE)
    too_big = big + b"\0" * (1 << 20)
    gate.receive(too_big, big, gate.packet([a_plain("2")], CENTRE))
    assert ["2"] == app.numbers


def test_the_same_message_in_two_classes_takes_effect_once() -> None:
    gate, app, _ = plain_gate()
    one, other = (
        gate.packet([a_plain("1")], CENTRE, message_class=c)
        for c in (MessageClass.ONLINE, MessageClass.URGENT)
    )
    gate.receive(one, other)
    gate.receive(other)
    assert ["1"] == app.numbers


def test_a_notice_closes_nothing_of_another_peer() -> None:
    gate, _, _ = plain_gate()
    digest = b"\1" * 32
    with gate.store.begin() as tx:
        tx.add_hops([Hop("d", NodeId("bank"), "x", MessageClass.ONLINE, digest, 1, None)])
        tx.commit()
    mine = entry("d", digest_received=digest)
    gate.receive(gate.notices([mine, mine]), gate.notices([mine], sender="bank"))
    with gate.store.read() as tx:
        assert 1 == tx.open_hops()


def test_beats_with_the_largest_numbers_are_noted() -> None:
    gate, app, _ = plain_gate()
    largest = 2**63 - 1
    gate.receive(
        packets.encode_beat(a_beat(trust_number=largest, checkpoint=largest)),
        packets.encode_beat(a_beat(at=2**62)),
        gate.packet([a_plain("2")], CENTRE),
    )
    assert ["2"] == app.numbers
    with gate.store.read() as tx:
        assert largest == tx.peers()[PEER].trust_number


# --- statements -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer_id", "status", "code"),
    [
        ("no/such", "signed_for", "recorded"),
        ("x", "signed_for", "recorded"),
        ("sim/370100/2026/5201/011.370100/1/original/011.370100", "paid", "statement_status"),
    ],
)
def test_a_statement_about_anything_is_kept_or_refused(
    layer_id: str, status: str, code: str
) -> None:
    gate, app, _ = plain_gate()
    row = {"LayerId": layer_id, "Digest": "00", "Status": status, "ProofAt": "9" * 18,
           "BusinessDay": "20261121"}  # fmt: skip
    octets = a_plain("1", "ST01", details=(row,))
    gate.receive(gate.packet([octets, a_plain("2")], CENTRE))
    assert {"claimed/1": code, "claimed/2": "recorded"} == gate.codes()
    assert "2" in app.numbers


# --- what the application says --------------------------------------------------------------------


def test_a_rejection_by_the_application_is_a_refusal_of_that_voucher_alone() -> None:
    gate, app, _ = plain_gate()
    app.failing["2"] = RuleBroken("line_state")
    gate.receive(gate.packet([a_plain(str(n)) for n in range(1, 5)], CENTRE))
    assert ["1", "3", "4"] == app.numbers
    assert "line_state" == gate.codes()["claimed/2"]
    app.failing.clear()
    gate.receive(gate.packet([a_plain("2")], CENTRE))
    assert ["1", "3", "4"] == app.numbers  # final for these octets
    assert "line_state" == gate.codes()["claimed/1"]


def test_what_the_application_cannot_take_now_is_held_without_an_answer() -> None:
    gate, app, _ = plain_gate()
    app.failing["1"] = Misconfigured("no_clerk")
    batch = gate.packet([a_plain("1"), a_plain("2")], CENTRE)
    gate.receive(batch)
    assert ["2"] == app.numbers
    assert {"claimed/2": "recorded"} == gate.codes()
    assert ["no_clerk"] == [fact.fields["code"] for fact in gate.told("held")]
    app.failing.clear()
    gate.receive(batch)
    assert ["2", "1"] == app.numbers


class Fails(PlainVerifier):
    """A verifier with a fault that some numbers bring out."""

    def __init__(self, *numbers: str) -> None:
        super().__init__(DIRECTORY, KINDS, 1)
        self.numbers = numbers

    def open(self, octets: bytes, digest: bytes | None = None) -> Any:
        opened = super().open(octets, digest)
        if opened.head.number in self.numbers:
            raise KeyError(opened.head.number)
        return opened


def in_parts(gate: Gate, *octets: bytes) -> None:
    """As a worker does with a batch that has brought out a fault."""
    batch = gate.incoming(*octets)
    with pytest.raises(apart.FAULTS):
        gate.exchange.receive(batch)
    apart.record_apart(gate.exchange, batch)


@pytest.mark.parametrize("where", ["application", "verification"])
def test_a_fault_sets_aside_one_voucher_for_an_hour_and_nothing_else(where: str) -> None:
    gate, app, clock = plain_gate()
    if where == "verification":
        verifier = Fails("2")
        gate = Gate("sim", HUB, PEER, DIRECTORY, verifier, app, clock)
    else:
        app.failing["2"] = KeyError("x")
    octets = gate.packet([a_plain(str(n)) for n in range(1, 4)], CENTRE)
    in_parts(gate, octets, gate.packet([a_plain("4")], CENTRE))
    assert ["1", "3", "4"] == sorted(app.numbers)
    assert "claimed/2" not in gate.codes()
    gate.receive(octets)  # it comes again and again: nothing fails any more
    assert [aside.CODE] == [fact.fields["code"] for fact in gate.told("held")]
    app.failing.clear()
    if where == "verification":
        verifier.numbers = ()
    clock.at += HOUR
    gate.receive(octets)  # the mended program takes it
    assert ["1", "2", "3", "4"] == sorted(app.numbers)


def test_a_fault_in_reading_a_channel_message_sets_the_whole_of_it_aside() -> None:
    class Odd(PlainVerifier):
        def verify_node(self, *_: Any) -> bool:
            raise ValueError("odd")

    app, clock = Recorder(), TickingClock()
    gate = Gate("sim", HUB, PEER, DIRECTORY, Odd(DIRECTORY, KINDS, 1), app, clock)
    in_parts(gate, gate.notices([entry("x")]), gate.packet([a_plain("1")], CENTRE))
    assert ["1"] == app.numbers
    assert 1 == len(gate.told(aside.CODE))
