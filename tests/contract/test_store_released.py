"""Contract of the store: rows that are given back."""

from hub.clock import MINUTE, Instant
from hub.exchange.model import OutboxRow
from hub.exchange.ports import Transaction
from tests.support.rows import BANK, a_hop, delivery_id
from tests.support.stores import Site, write

FIRST, SECOND = ((delivery_id(n), BANK) for n in "12")


def claim(site: Site) -> list[OutboxRow]:
    rows = write(site.store, lambda tx: tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK]))
    return sorted(rows, key=lambda row: row.n)


def claimed(site: Site) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop("1"), a_hop("2")]))
    assert [1, 2] == [row.n for row in claim(site)]


def test_a_released_row_is_due_when_it_says(site: Site) -> None:
    claimed(site)

    def release(tx: Transaction) -> None:
        tx.release_hops("w", [FIRST], Instant(tx.now + MINUTE), went=True)
        tx.release_hops("w", [SECOND], tx.now, went=True)

    write(site.store, release)
    assert [2] == [row.n for row in claim(site)]


def test_an_attempt_that_went_nowhere_does_not_count(site: Site) -> None:
    claimed(site)

    def release(tx: Transaction) -> None:
        tx.release_hops("w", [FIRST], tx.now, went=False)
        tx.release_hops("w", [SECOND], tx.now, went=True)

    write(site.store, release)
    assert [1, 2] == [row.attempt for row in claim(site)]
