"""The demonstration's day, however small, has each of its cases."""

import pytest

from ops.demo.day import STRANGER, Day, make
from ops.demo.town import BOUNCED_ACCOUNT, REFUSED_ACCOUNT, town


def to(day: Day, account: str) -> list[str]:
    return [p.number for p in day.payments if account in {one.account.number for one in p.payees}]


@pytest.mark.parametrize("count", [8, 15, 200])
@pytest.mark.parametrize("seed", range(8))
def test_a_small_day_has_each_case_in_a_payment_of_its_own(count: int, seed: int) -> None:
    day = make(town(), count, seed, "20261123")
    cases = [
        to(day, REFUSED_ACCOUNT),
        to(day, BOUNCED_ACCOUNT),
        sorted(day.recalled),
        [p.number for p in day.payments if p.payer.number.startswith(STRANGER)][:1],
    ]
    assert [1] * 4 == [len(case) for case in cases]
    assert 4 == len({number for case in cases for number in case})
    assert day.payments[0].batch
    assert [day.payments[0].number] == to(day, REFUSED_ACCOUNT)


def test_the_same_seed_is_the_same_day() -> None:
    assert make(town(), 20, 3, "20261123") == make(town(), 20, 3, "20261123")
