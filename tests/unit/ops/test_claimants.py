"""Who of those that have claimed tasks will not come back."""

import pytest

from ops.claimants import over

WORKERS = 2
OWN = "bank-icbc-m1-w0-4711-1790000000000"
GONE = {
    "an earlier start of the slot": "bank-icbc-m1-w0-4711-1789999940000",
    "the slot under an earlier keeper": "bank-icbc-m1-w0-17-1789999990000",
    "a worker of the other instance": "bank-icbc-m2-w0-99-1789999990000",
    "a slot that is not there any more": "bank-icbc-m1-w2-17-1789999999999",
    "another slot of the other instance": "bank-icbc-m2-w1-99-1789999990000",
}
GOING_ON = {
    "itself": OWN,
    "a start of the slot that died young": "bank-icbc-m1-w0-4711-1789999940001",
    "a worker beside it": "bank-icbc-m1-w1-4711-1790000000003",
    "one whose slot's next start frees it": "bank-icbc-m1-w1-17-1789999990000",
    "a slot of a keeper whose settings had more": "bank-icbc-m1-w2-4711-1789999990000",
    "one that a later keeper has begun": "bank-icbc-m1-w2-17-1790000000000",
    "one that is no worker": "bank-icbc-m1-t2-17-1789999990000",
    "a name of another form": "w",
    "a command": "bank-icbc-m2-look-1790000000000",
}


@pytest.mark.parametrize("who", GONE)
def test_these_are_gone(who: str) -> None:
    assert over(OWN, WORKERS)(GONE[who])


@pytest.mark.parametrize("who", GOING_ON)
def test_of_these_it_cannot_be_said(who: str) -> None:
    assert not over(OWN, WORKERS)(GOING_ON[who])


def test_one_without_a_slot_says_so_of_nobody() -> None:
    assert [] == [who for who in (*GONE.values(), OWN) if over("bank-icbc-m1-look-17", 0)(who)]
