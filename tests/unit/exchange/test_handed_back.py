"""Who names what he sends as handed back gains no right by it: the name must be the layer's own."""

import pytest

from hub.exchange.model import Incoming, MessageClass, Packet, Role
from hub.exchange.packets import encode_packet
from hub.exchange.recovery import back_id
from hub.parties import NodeId
from hub.voucher.model import LayerId, LayerType, VoucherId
from tests.support.gate import CENTRE, FINANCE, HUB, PEER, Gate, a_plain, an_item, plain_gate

BANK = NodeId("bank")


def named(number: str) -> str:
    """A recorded original of the bureau, as its neighbour would hand it back."""
    identity = VoucherId("sim", "370100", "2026", "5201", FINANCE, number)
    layer = LayerId(identity, LayerType.ORIGINAL, FINANCE)
    return back_id(f"{layer}/{CENTRE}/{Role.RELAY}")


def hear(gate: Gate, sender: NodeId, octets: bytes, name: str) -> None:
    item = an_item(octets, delivery_id=name)
    packet = Packet("sim", sender, HUB, MessageClass.ONLINE, f"{sender}-1", (item,))
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
