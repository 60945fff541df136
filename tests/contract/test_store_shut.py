"""Contract of the store: rows to receivers that are shut wait; what was settled outside stays."""

from typing import Any, cast

from hub.clock import MINUTE, Instant
from hub.desks.outside import OutsideRow
from hub.exchange.party_orders import NOBODY, Shut
from hub.exchange.ports import Transaction
from tests.support.rows import AT, BANK, a_hop
from tests.support.stores import Site, look, write


def claimed(site: Site, shut: Shut) -> list[int]:
    def work(tx: Transaction) -> list[int]:
        rows = tx.claim_hops("w", Instant(tx.now + MINUTE), 10, [BANK], shut)
        tx.release_hops("w", [(row.delivery_id, row.peer) for row in rows], tx.now, went=True)
        return sorted(row.n for row in rows)

    return write(site.store, work)


def test_rows_to_a_shut_receiver_are_left_until_it_is_open(site: Site) -> None:
    hops = [a_hop("1"), a_hop("2")]
    write(site.store, lambda tx: tx.add_hops(hops))
    receiver = hops[0].receiver
    assert [] == claimed(site, Shut(receivers=(receiver,)))
    assert [1, 2] == claimed(site, Shut(receivers=("103.999999",), originals=("103.999999",)))
    original = "/original/" in hops[0].delivery_id
    assert ([] if original else [1, 2]) == claimed(site, Shut(originals=(receiver,)))
    assert [1, 2] == claimed(site, NOBODY)


def test_the_first_word_about_a_voucher_settled_outside_stands(site: Site) -> None:
    def put(row: OutsideRow) -> None:
        write(site.store, lambda tx: cast("Any", tx).put_outside([row]))

    first = OutsideRow("102.1", "env/d/y/5201/011.1/7", "paper", b"\1" * 32, "ab" * 32, AT)
    put(first)
    put(OutsideRow("102.1", first.voucher_id, "telephone", b"\2" * 32, "cd" * 32, AT))
    other = OutsideRow("102.2", first.voucher_id, "paper", b"\1" * 32, "ab" * 32, AT)
    put(other)
    found = look(site.store, lambda tx: cast("Any", tx).outside("102.1", [first.voucher_id, "x"]))
    assert {first.voucher_id: first} == found
    assert [first, other] == look(site.attach(), lambda tx: cast("Any", tx).all_outside())
