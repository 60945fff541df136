"""Who may not submit for a party hears `refused`; the precise code stays on this node's record."""

from hub.parties import NodeId
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId
from tests.support.gate import AGENT, CENTRE, DIRECTORY, FINANCE, KINDS, Gate, Recorder, a_plain
from tests.support.plain import PlainVerifier, sealed
from tests.support.stores import TickingClock

BANK = NodeId("bank")


def gate_of(peer: str) -> Gate:
    """The hub, fed by this neighbour."""
    verifier = PlainVerifier(DIRECTORY, KINDS, 1)
    return Gate("sim", "hub", peer, DIRECTORY, verifier, Recorder(), TickingClock())


def forged(number: str) -> bytes:
    """A voucher in the bureau's name, under a seal that does not hold."""
    identity = VoucherId("sim", "370100", "2026", "5201", FINANCE, number)
    layer = LayerId(identity, LayerType.ORIGINAL, FINANCE)
    return sealed(Draft(layer, 1, (str(AGENT),), Body({})), forged=True).octets


def heard(gate: Gate, octets: bytes) -> list[str]:
    gate.receive(gate.packet([octets], CENTRE))
    return list(gate.codes().values())


def test_a_stranger_to_the_party_hears_refused_whatever_is_wrong() -> None:
    gate = gate_of("bank")
    assert ["refused"] == heard(gate, a_plain("1"))
    assert ["refused"] == heard(gate, forged("2"))
    precise = [fact.fields["code"] for fact in gate.told("refused")]
    assert ["not_entitled_to_submit", "signature_broken"] == precise


def test_the_partys_own_node_hears_the_precise_code() -> None:
    gate = gate_of("finance")
    assert ["signature_broken"] == heard(gate, forged("2"))
    assert ["envelope_malformed"] == heard(gate, b"no message at all")


def test_the_same_octets_hear_the_same_for_ever_and_the_record_is_precise() -> None:
    gate = gate_of("bank")
    octets = forged("3")
    assert ["refused"] == heard(gate, octets)
    gate.exchange._verifier = PlainVerifier(DIRECTORY, KINDS, 1)
    assert ["refused"] == heard(gate, octets)
    import hashlib

    key = (str(BANK), hashlib.sha256(octets).digest())
    with gate.store.read() as tx:
        row = tx.refusals([key])[key]
    assert ("signature_broken", "refused") == (row.code, row.told)


def test_octets_that_name_nobody_are_told_their_form() -> None:
    assert ["envelope_malformed"] == heard(gate_of("bank"), b"no message at all")
