"""A return taken off again: the original alone comes once more, and the return stands."""

import pytest

from hub.exchange.model import LayerRow, Verdict
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId
from tests.support.gate import AGENT, CENTRE, DIRECTORY, FINANCE, KINDS, Gate, Recorder
from tests.support.plain import PlainVerifier, sealed
from tests.support.stores import TickingClock

IDENTITY = VoucherId("sim", "370100", "2026", "5201", FINANCE, "1")


def the_original() -> Voucher:
    layer = LayerId(IDENTITY, LayerType.ORIGINAL, FINANCE)
    return sealed(Draft(layer, 1, (str(AGENT),), Body({})))


def the_return(below: Voucher) -> Voucher:
    layer = LayerId(IDENTITY, LayerType.RETURN, AGENT)
    return sealed(Draft(layer, 1, (str(FINANCE),), Body({"Return_Reason": "账号不存在"}), below))


class Hub:
    """The hub between bureau and bank: one store, a gate for each neighbour."""

    def __init__(self) -> None:
        self.app, clock = Recorder(), TickingClock()
        verifier = PlainVerifier(DIRECTORY, KINDS, 1)
        parts = ("sim", "hub", "finance", DIRECTORY, verifier, self.app, clock)
        self.bureau = Gate(*parts)
        self.bank = Gate(
            "sim", "hub", "bank", DIRECTORY, verifier, self.app, clock, self.bureau.store
        )

    def layers(self) -> dict[str, LayerRow]:
        with self.bureau.store.read() as tx:
            return {row.layer: row for row in tx.layers_of(str(IDENTITY))}


def hear(gate: Gate, voucher: Voucher) -> None:
    gate.receive(gate.packet([voucher.octets], CENTRE))


@pytest.mark.parametrize("times", [1, 3])
def test_an_original_without_its_return_is_a_duplicate_and_the_return_stands(times: int) -> None:
    hub, original = Hub(), the_original()
    hear(hub.bureau, original)
    hear(hub.bank, the_return(original))
    before, heard = hub.layers(), list(hub.app.numbers)
    assert {"original", "return"} == set(before)
    assert [] == hub.bureau.told("duplicate")
    for _ in range(times):
        hear(hub.bureau, original)
    assert times == len(hub.bureau.told("duplicate"))
    assert before == hub.layers()
    assert Verdict.RECORDED is hub.layers()["return"].verdict
    assert heard == hub.app.numbers


def test_the_bank_cannot_pass_the_stripped_original_off_as_its_answer() -> None:
    hub, original = Hub(), the_original()
    hear(hub.bureau, original)
    hear(hub.bank, the_return(original))
    before = hub.layers()
    hear(hub.bank, original)
    assert ["not_entitled_to_submit"] == [f.fields["code"] for f in hub.bank.told("refused")]
    assert before == hub.layers()


def test_a_return_that_overtook_its_original_stands_when_the_original_comes_alone() -> None:
    hub, original = Hub(), the_original()
    hear(hub.bank, the_return(original))
    before = hub.layers()
    assert Verdict.SEEN_BELOW is before["original"].verdict
    hear(hub.bureau, original)
    assert before["return"] == hub.layers()["return"]
