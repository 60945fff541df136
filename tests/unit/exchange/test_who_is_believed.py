"""Whom a node believes what: a refusal binds its sender alone; a proof time counts only sealed."""

from dataclasses import replace

import pytest

from adapters.embedded.memory_records import LAYERS
from hub.clock import Instant
from hub.errors import SealUntrusted
from hub.exchange.model import Incoming, Item, MessageClass, Packet
from hub.exchange.packets import encode_packet, proof_list
from hub.parties import NodeId
from hub.voucher.model import Opened, Voucher
from hub.voucher.ports import KnownLayers
from tests.support.gate import (
    AGENT,
    DIRECTORY,
    HUB,
    KINDS,
    PEER,
    Gate,
    Recorder,
    a_plain,
    an_item,
    plain_gate,
)
from tests.support.plain import PlainSigner, PlainVerifier
from tests.support.stores import TickingClock

BANK = NodeId("bank")
SIGNER = b"\1" * 32
EARLIER = Instant(1_789_999_000_000)


def hear(gate: Gate, sender: NodeId, item: Item, seal: str = "") -> None:
    packet = Packet("sim", sender, gate.node, MessageClass.ONLINE, f"{sender}-1", (item,))
    if seal:
        signature = PlainSigner(NodeId(seal)).sign(proof_list(packet))
        packet = replace(packet, signer=SIGNER, signature=signature)
    octets = encode_packet(packet)
    gate.exchange.receive(
        [Incoming("c1", 1, sender, MessageClass.ONLINE, octets, redelivered=False)]
    )


def test_what_was_refused_to_one_sender_is_taken_from_the_one_who_may_send_it() -> None:
    gate, app, _ = plain_gate()
    octets = a_plain("1")
    hear(gate, BANK, an_item(octets, delivery_id="stolen"))
    assert {"stolen": "refused"} == gate.codes()
    assert [] == app.numbers
    hear(gate, PEER, an_item(octets, delivery_id="own"))
    assert "recorded" == gate.codes()["own"]
    assert ["1"] == app.numbers


def test_what_is_on_record_stays_refused_to_the_sender_it_was_refused_to() -> None:
    gate, app, clock = plain_gate()
    octets = a_plain("1")
    hear(gate, BANK, an_item(octets, delivery_id="stolen"))
    hear(gate, PEER, an_item(octets, delivery_id="own"))
    clock.at += 31_000
    hear(gate, BANK, an_item(octets, delivery_id="again"))
    assert "refused" == gate.codes()["again"]
    assert ["1"] == app.numbers


class Noting(PlainVerifier):
    """Remembers at which moments it was asked to judge."""

    def __init__(self) -> None:
        super().__init__(DIRECTORY, KINDS, 1)
        self.at: list[Instant] = []
        self.ended_at = Instant(2**62)
        """No seal is valid from here on."""

    def one(self, opened: Opened, at: Instant, known: KnownLayers) -> Voucher:
        self.at.append(at)
        if at >= self.ended_at:
            raise SealUntrusted("seal_expired")
        return super().one(opened, at, known)


@pytest.mark.parametrize(
    ("seal", "believed"),
    [(HUB, True), ("", False), (BANK, False)],
    ids=["sealed by its sender", "not sealed", "sealed by somebody else"],
)
def test_a_proof_time_is_believed_only_under_its_senders_seal(
    seal: str,
    believed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    clock, app, verifier = TickingClock(), Recorder(), Noting()
    gate = Gate("sim", BANK, HUB, DIRECTORY, verifier, app, clock)
    hear(gate, HUB, an_item(a_plain("1"), receiver=AGENT, proof_at=EARLIER), seal)
    assert [EARLIER if believed else clock.now()] == verifier.at
    assert ["1"] == app.numbers
    with gate.store.read() as tx:
        kept = tx.proof_lists([clock.now()])
    assert ([HUB] if believed else []) == [one.node for one in kept], "it may have to convince"


def test_an_issuers_own_node_proves_nothing_of_when_its_voucher_was_there() -> None:
    """Else whoever seals could go back to before his certificate ended or was revoked."""
    clock, app, verifier = TickingClock(), Recorder(), Noting()
    gate = Gate("sim", HUB, PEER, DIRECTORY, verifier, app, clock)
    hear(gate, PEER, an_item(a_plain("1"), proof_at=EARLIER), PEER)
    assert clock.now() == verifier.at[-1]
    with gate.store.read() as tx:
        (row,) = tx.rows(LAYERS).values()
        assert (clock.now(), []) == (row.proof_at, tx.proof_lists([clock.now()]))


def test_what_does_not_hold_today_is_refused_though_its_issuers_node_says_it_came_earlier() -> None:
    clock, app, verifier = TickingClock(), Recorder(), Noting()
    verifier.ended_at = Instant(EARLIER + 1)
    gate = Gate("sim", HUB, PEER, DIRECTORY, verifier, app, clock)
    hear(gate, PEER, an_item(a_plain("1"), proof_at=EARLIER), PEER)
    assert {"d": "seal_expired"} == gate.codes()
    assert [] == app.numbers


def test_who_submits_for_others_proves_nothing_of_when_their_vouchers_were_there_either() -> None:
    clock, app, verifier = TickingClock(), Recorder(), Noting()
    gate = Gate("sim", HUB, PEER, DIRECTORY, verifier, app, clock)
    hear(gate, BANK, an_item(a_plain("1"), proof_at=EARLIER), BANK)
    assert clock.now() == verifier.at[-1]
