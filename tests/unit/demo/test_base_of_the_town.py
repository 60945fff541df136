"""The demonstration's base data: every voucher of its days fits it, wrong payers included."""

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.desks import base_data
from hub.desks.base_data import ACCOUNT, CATEGORIES, in_force
from hub.desks.bureau import authorised_notice, direct_notice, payment_drafts, unit_notice
from hub.errors import RuleBroken
from ops.demo.base_data import published
from ops.demo.day import STRANGER, make
from ops.demo.town import ENV, town
from tests.support.stores import TickingClock
from tests.support.town_map import CheckingSealer

DAY = "20261123"


def a_store() -> MemoryStore:
    store = MemoryStore(TickingClock(), "00" * 8)
    with store.begin() as tx:
        base_data.take(tx, CheckingSealer().seal(published(town(), DAY, 1)))
        tx.commit()
    return store


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_voucher_of_a_day_fits(seed: int) -> None:
    day = make(town(), 200, seed, DAY)
    assert any(p.payer.number.startswith(STRANGER) for p in day.payments), "the bank refuses one"
    drafts = payment_drafts(day.payments, ENV, 1) + [direct_notice(n, ENV, 1) for n in day.direct]
    drafts += [authorised_notice(n, "11", ENV, 1) for n in day.authorised]
    drafts += [unit_notice(n, "11", ENV, 1) for n in day.authorised]
    with a_store().read() as tx:
        base_data.require(tx, drafts)
        for division in town().divisions:
            found = in_force(tx.base_packs(division.code), DAY)
            assert {"FUNDTYPE", "EXPFUNC", "AGENCY", ACCOUNT} == found.keys() <= set(CATEGORIES)


def test_what_the_town_does_not_have_is_refused() -> None:
    (first, *_) = payment_drafts(make(town(), 10, 1, DAY).payments[1:2], ENV, 1)
    first.body.fields["ExpFuncCode"] = "2050299"  # type: ignore[index]
    with a_store().read() as tx, pytest.raises(RuleBroken, match="base_code_unknown"):
        base_data.require(tx, [first])
