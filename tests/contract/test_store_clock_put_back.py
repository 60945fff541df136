"""Contract of the store: what waits for a moment that is too far ahead waits no longer."""

from hub.clock import DAY, MINUTE, Instant
from hub.exchange.ports import Transaction
from tests.support.rows import BANK, HUB, a_hop, a_notice, delivery_id
from tests.support.stores import Site, look, write

PEERS = (BANK,)


def claim(site: Site, ahead: int) -> list[int]:
    work = lambda tx: tx.claim_hops("w", Instant(tx.now + ahead), 99, PEERS)  # noqa: E731
    return [row.n for row in write(site.store, work)]


def recall(site: Site, limit: int = 9) -> int:
    return write(site.store, lambda tx: tx.recall(PEERS, Instant(tx.now + 2 * MINUTE), limit))


def late(site: Site) -> int:
    """Rows that are sent again once it is a moment later."""
    return write(site.store, lambda tx: tx.expire_sent(BANK, Instant(tx.now + 1), 9))


def test_rows_that_wait_for_a_moment_too_far_ahead_are_due_at_once(site: Site) -> None:
    keys = [(delivery_id(n), BANK) for n in "123"]
    write(site.store, lambda tx: tx.add_hops([a_hop(n) for n in "123"]))
    claim(site, DAY)

    def work(tx: Transaction) -> None:
        tx.mark_sent("w", keys[:1], ("one", "i1"), Instant(tx.now + DAY))
        tx.release_hops("w", keys[1:2], Instant(tx.now + DAY), went=True)

    write(site.store, work)
    assert [] == claim(site, MINUTE)
    assert 2 == recall(site)
    assert [2, 3] == claim(site, MINUTE)
    assert 0 == recall(site)


def test_what_was_sent_is_late_at_once_and_nothing_more(site: Site) -> None:
    keys = [(delivery_id(n), BANK) for n in "12"]
    write(site.store, lambda tx: tx.add_hops([a_hop(n) for n in "12"]))
    claim(site, MINUTE)
    write(site.store, lambda tx: tx.mark_sent("w", keys, ("one", "i1"), Instant(tx.now + DAY)))
    assert 0 == late(site)
    assert 0 == recall(site, limit=1)
    assert [] == claim(site, MINUTE)
    assert 1 == late(site)
    assert 0 == recall(site, limit=1)
    assert 1 == late(site)
    assert 2 == len(claim(site, MINUTE))


def test_so_many_are_due_at_once_at_most(site: Site) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop(n) for n in "123"]))
    claim(site, DAY)
    assert [2, 1, 0] == [recall(site, limit=2) for _ in range(3)]


def test_rows_for_others_and_parked_ones_wait_on(site: Site) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop("1"), a_hop("2", peer=HUB)]))
    write(site.store, lambda tx: tx.claim_hops("w", Instant(tx.now + DAY), 9, [BANK, HUB]))
    write(site.store, lambda tx: tx.park_hops("w", [(delivery_id("1"), BANK)]))
    assert 0 == recall(site)
    assert [] == claim(site, MINUTE)


def test_notices_that_are_claimed_too_far_ahead_are_free(site: Site) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    write(site.store, lambda tx: tx.take_notices("w", Instant(tx.now + MINUTE), 1))
    write(site.store, lambda tx: tx.take_notices("w", Instant(tx.now + DAY), 1))
    assert 0 == recall(site)
    assert look(site.store, lambda tx: tx.backlog()).notices
    (freed,) = write(site.store, lambda tx: tx.take_notices("w", Instant(tx.now + MINUTE), 9))
    assert a_notice("2") == freed[2]
