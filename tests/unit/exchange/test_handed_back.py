"""Who names what he sends as handed back gains no right by it: the name must be the layer's own."""

import pytest

from hub.exchange.model import Incoming, MessageClass, Packet, Role
from hub.exchange.packets import encode_packet
from hub.exchange.recovery import back_id
from hub.parties import NodeId, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId
from tests.support.gate import (
    AGENT,
    CENTRE,
    DIRECTORY,
    FINANCE,
    HUB,
    KINDS,
    PEER,
    Gate,
    Recorder,
    a_plain,
    an_item,
    plain_gate,
)  # fmt: skip
from tests.support.plain import PlainVerifier, sealed
from tests.support.stores import TickingClock

BANK = NodeId("bank")


def named(number: str) -> str:
    """A recorded original of the bureau, as its neighbour would hand it back."""
    identity = VoucherId("sim", "370100", "2026", "5201", FINANCE, number)
    layer = LayerId(identity, LayerType.ORIGINAL, FINANCE)
    return back_id(f"{layer}/{CENTRE}/{Role.RELAY}")


def receipt(number: str, fields: dict[str, str]) -> bytes:
    """The agent bank's, on an original with these fields."""
    identity = VoucherId("sim", "370100", "2026", "5201", FINANCE, number)
    below = Draft(LayerId(identity, LayerType.ORIGINAL, FINANCE), 1, (str(AGENT),), Body(fields))
    layer = LayerId(identity, LayerType.RECEIPT, AGENT)
    return sealed(Draft(layer, 1, (str(FINANCE),), Body({}), below=sealed(below))).octets


def hear(gate: Gate, sender: NodeId, octets: bytes, name: str, receiver: Party = CENTRE) -> None:
    item = an_item(octets, delivery_id=name, receiver=receiver)
    packet = Packet("sim", sender, gate.node, MessageClass.ONLINE, f"{sender}-1", (item,))
    gate.exchange.receive(
        [Incoming("c1", 1, sender, MessageClass.ONLINE, encode_packet(packet), redelivered=False)]
    )


@pytest.mark.parametrize("sender", [BANK, PEER])
def test_another_voucher_under_the_name_of_one_on_record_is_refused(sender: NodeId) -> None:
    """Sealed and never sent: whoever got hold of it must not submit it for its issuer."""
    gate, app, _ = plain_gate()
    hear(gate, PEER, a_plain("1"), "d-1")
    gate.codes()
    hear(gate, sender, a_plain("2"), named("1"))
    assert ["1"] == app.numbers
    assert ["no_role"] == [fact.fields["code"] for fact in gate.told("refused")]


def test_a_number_that_somebody_tried_so_is_free_for_its_issuer() -> None:
    gate, app, _ = plain_gate()
    hear(gate, PEER, a_plain("1"), "d-1")
    hear(gate, BANK, a_plain("2"), named("1"))
    hear(gate, PEER, a_plain("2"), "d-2")
    assert ["1", "2"] == app.numbers
    assert "recorded" == gate.codes()["d-2"]


def test_what_is_on_record_and_handed_back_again_is_answered_as_recorded() -> None:
    gate, app, _ = plain_gate()
    hear(gate, PEER, a_plain("1"), "d-1")
    hear(gate, BANK, a_plain("1"), named("1"))
    assert {"d-1": "recorded", named("1"): "recorded"} == gate.codes()
    assert ["1"] == app.numbers


def test_what_nobody_asked_for_is_not_heard() -> None:
    gate, app, _ = plain_gate()
    hear(gate, BANK, a_plain("2"), named("2"))
    assert [] == app.numbers
    assert {} == gate.codes()
    assert ["node_recovering"] == [fact.fields["code"] for fact in gate.told("held")]


def test_a_partys_node_has_nobody_elses_layers_handed_back() -> None:
    """Else a payment it has received would enter its books once more, as one it has issued."""
    app, clock = Recorder(), TickingClock()
    gate = Gate("sim", BANK, HUB, DIRECTORY, PlainVerifier(DIRECTORY, KINDS, 1), app, clock)
    hear(gate, HUB, a_plain("1"), "d-1", AGENT)
    hear(gate, HUB, a_plain("1"), named("1"), AGENT)
    assert {"d-1": "recorded", named("1"): "no_role"} == gate.codes()
    assert ["1"] == app.numbers


def test_an_answer_on_another_original_than_the_one_on_record_is_refused() -> None:
    """Its issuer has sealed two of one number; one is on record, and the answer is on the other."""
    gate, app, _ = plain_gate()
    hear(gate, PEER, a_plain("1"), "d-1")
    hear(gate, BANK, receipt("1", {"Payee": "other"}), "d-2")
    assert {"d-1": "recorded", "d-2": "identity_conflict"} == gate.codes()
    assert ["1"] == app.numbers
    hear(gate, BANK, receipt("1", {}), "d-3")
    assert "recorded" == gate.codes()["d-3"]
