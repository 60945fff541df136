"""What is shown to somebody who may see a part: filtered first, then cut."""

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.clock import MINUTE, Instant
from hub.desks.parked import listed
from hub.exchange import looking
from hub.exchange.sought import Sought
from tests.support.rows import BANK, a_hop, delivery_id, voucher_id
from tests.support.simulator.clock import SimClock

READ = range(40)


def wanted(above: int, limit: int) -> tuple[list[int], bool]:
    return looking.oldest(lambda count: READ[:count], lambda one: one > above, limit)


def test_what_lies_behind_others_is_found_and_the_rest_is_told() -> None:
    assert ([30, 31], True) == wanted(29, 2)
    assert ([38, 39], False) == wanted(37, 2)
    assert ([39], False) == wanted(38, 2)
    assert ([], False) == wanted(99, 2)
    assert ([0, 1], True) == wanted(-1, 2)
    assert (list(READ), False) == wanted(-1, 40)


def test_where_looking_ends_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LOOKED_MAX", 30)
    assert ([], True) == wanted(35, 2)
    assert ([29], True) == wanted(28, 2)


def test_what_one_has_read_another_reads_only_where_he_looks_further() -> None:
    asked: list[int] = []

    def read(count: int) -> range:
        asked.append(count)
        return READ[:count]

    kept = looking.kept(read)
    assert [READ[:9], READ[:4], READ[:9], READ[:30]] == [range(len(kept(n))) for n in (9, 4, 9, 30)]
    assert list(READ[:30]) == kept(30)
    assert [9, 30] == asked
    assert [list(READ)] * 2 == [kept(41), kept(99)], "there are no more"
    assert [9, 30, 41] == asked


def test_parked_rows_of_others_hide_nothing() -> None:
    store = MemoryStore(SimClock(), "life-1")
    with store.begin() as tx:
        tx.add_hops([a_hop(str(n)) for n in range(1, 6)])
        tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK])
        tx.park_hops("w", [(delivery_id(str(n)), BANK) for n in range(1, 6)])
        tx.commit()
    with store.read() as tx:
        found, more = listed(tx, 1, Sought((f"{voucher_id('4')}/", f"{voucher_id('5')}/")))
    assert (["4"], True) == ([one.voucher_id[-1] for one in found], more)
