"""A return taken off again: the original alone comes once more, and the return stands."""

import pytest

from hub.exchange.model import Verdict
from hub.voucher import open_message, write_message
from hub.voucher.model import LayerType
from tests.support.real_gate import SUITES, RealHub

hubs = pytest.mark.parametrize("suite", SUITES)


@hubs
def test_an_original_without_its_return_is_a_duplicate_and_the_return_stands(suite: str) -> None:
    hub = RealHub(suite)
    original = hub.original()
    returned = hub.above(original, LayerType.RETURN)
    hub.hear(hub.bureau, original.octets)
    hub.hear(hub.bank, returned.octets)
    before, heard = hub.layers(original), list(hub.app.numbers)
    assert {"original", "return"} == set(before)
    opened = open_message(returned.octets)
    stripped = write_message(opened.head, opened.layers[:1])
    assert original.octets == stripped, "what is left is a good message with true seals"
    assert [] == hub.bureau.told("duplicate")
    for times in (1, 2, 3):
        hub.hear(hub.bureau, stripped)
        assert times == len(hub.bureau.told("duplicate"))
    assert before == hub.layers(original)
    assert Verdict.RECORDED is hub.layers(original)["return"].verdict
    assert heard == hub.app.numbers


@hubs
def test_the_bank_cannot_pass_the_stripped_original_off_as_its_answer(suite: str) -> None:
    hub = RealHub(suite)
    original = hub.original()
    hub.hear(hub.bureau, original.octets)
    hub.hear(hub.bank, hub.above(original, LayerType.RETURN).octets)
    before = hub.layers(original)
    assert [] == hub.refusals(hub.bank)
    hub.hear(hub.bank, original.octets)
    assert ["not_entitled_to_submit"] == hub.refusals(hub.bank)
    assert before == hub.layers(original)


@hubs
def test_a_return_that_overtook_its_original_stands_when_the_original_comes_alone(
    suite: str,
) -> None:
    hub = RealHub(suite)
    original = hub.original()
    hub.hear(hub.bank, hub.above(original, LayerType.RETURN).octets)
    before = hub.layers(original)
    assert Verdict.SEEN_BELOW is before["original"].verdict
    hub.hear(hub.bureau, original.octets)
    assert before["return"] == hub.layers(original)["return"]
