"""The number a core gives a movement: one form for all cores, and receipts can bear it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from hub.clearing.model import LineState
from hub.desks import answers, bureau, paper
from hub.desks.bureau import Account, Payee
from hub.desks.codes import CODES
from hub.desks.elements import lines
from hub.desks.movement import ask
from hub.desks.ports import Done, ExecuteAnswer, InquireAnswer, Order, Unclear
from hub.errors import Malformed
from hub.money import Fen
from hub.voucher.model import Body, Draft, LayerType
from tests.support.plain import sealed
from tests.support.sealed import schemas
from tests.support.town import Town
from tests.support.town_map import BANKS, DAY, DIVISION, ENV

LIMIT = 64 * 1024
GOOD = ("T1", "2026-11.22_317", "9" * 360)
BAD = ("", "9" * 361, "T 1", "流水1", "T/1", "T1\n")


@dataclass(frozen=True, slots=True)
class Telling:
    """A core that says one thing of everything."""

    answer: Done
    refuses_repeated_keys: bool = True

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        return [self.answer for _ in orders]

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        return [self.answer for _ in keys]


def an_order(key: str) -> Order:
    return Order(key, "1", "a", "2", "b", "", Fen(1), DAY)


@pytest.mark.parametrize("trace", GOOD)
def test_a_number_that_a_receipt_can_bear_is_taken_from_every_core(trace: str) -> None:
    told = Done(trace, DAY)
    assert told == paper.answer_of(paper.answer_paper(told))
    assert {"k": told} == ask(Telling(told), [an_order("k")], {"k"})


@pytest.mark.parametrize("trace", BAD)
def test_a_number_that_no_receipt_can_bear_is_no_answer_from_any_core(trace: str) -> None:
    told = Done(trace, DAY)
    with pytest.raises(Malformed, match="core_answer_form"):
        paper.answer_of(paper.answer_paper(told))
    orders = [an_order("new"), an_order("old")]
    assert {"new": Unclear(), "old": Unclear()} == ask(Telling(told), orders, {"new"})


def test_receipts_of_the_longest_voucher_fit_with_the_longest_number_in_every_row() -> None:
    request = Town().request(1)
    payee = Payee(Account("6" * 4, "收", "行", ""), Fen(1))

    def octets(layer: LayerType, body: Body) -> int:
        return len(schemas().write("5201", DIVISION, "2026", layer, body))

    def original(rows: int) -> Draft:
        [draft] = bureau.payment_drafts([replace(request, payees=(payee,) * rows)], ENV, 1)
        return draft

    def receipt(draft: Draft, trace: str) -> int:
        voucher = sealed(draft)
        held = [
            replace(line, state=LineState.PAID, trace=trace)
            for line in lines(voucher, str(BANKS[0]), LineState.NEW, DAY)
        ]
        made = answers.payment_receipt(voucher, BANKS[0], 1, held, CODES)
        return octets(LayerType.RECEIPT, made.body)

    hundred, more = (octets(LayerType.ORIGINAL, original(n).body) for n in (100, 110))
    most = 100 + (LIMIT - hundred) * 10 // (more - hundred)
    longest = original(most)
    assert receipt(longest, "9" * 360) <= LIMIT
