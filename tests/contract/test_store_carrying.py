"""Contract of the store: what was carried."""

from dataclasses import replace

import pytest

from adapters.store.carrying import _forget
from adapters.store.opening import open_store
from hub.clock import MINUTE, Instant
from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.exchange.model import MessageClass
from hub.exchange.ports import Transaction
from tests.support.rows import AT, BANK, HUB, a_closing, a_hop, delivery_id, digest
from tests.support.stores import Site, look, write

FILE = Carriage(
    "hub-1",
    CarriedKind.PACKETS,
    CarriedWay.OUT,
    BANK,
    digest("file"),
    3,
    0,
    0,
    900,
    "ab",
    "a b",
    AT,
)


def queue(site: Site) -> None:
    hops = [a_hop("1"), a_hop("2"), a_hop("3", message_class=MessageClass.URGENT), a_hop("4", HUB)]
    write(site.store, lambda tx: tx.add_hops(hops))


def names(*numbers: str) -> list[str]:
    return [delivery_id(n) for n in numbers]


def close(site: Site, number: str) -> None:
    closed = {a_closing(number): (digest(f"message {number}"),)}
    write(site.store, lambda tx: tx.close_hops(closed))


def test_open_rows_of_a_peer_are_listed_by_class_and_number_whatever_their_state(
    site: Site,
) -> None:
    queue(site)

    def park(tx: Transaction) -> None:
        tx.claim_hops("w", Instant(tx.now + MINUTE), 100, [BANK])
        tx.mark_sent("w", [(delivery_id("1"), BANK)], ("one", "i1"), Instant(tx.now + MINUTE))
        tx.park_hops("w", [(delivery_id("2"), BANK)])

    assert [(n, "") for n in names("3", "1", "2")] == look(
        site.store, lambda tx: tx.carriable(BANK)
    )
    write(site.store, park)
    assert [(n, "") for n in names("3", "1")] == look(site.store, lambda tx: tx.carriable(BANK))
    found = look(site.store, lambda tx: tx.open_rows(BANK, names("1", "3", "4", "9")))
    assert names("3", "1") == [row.delivery_id for row in found]


def test_a_row_knows_the_newest_file_it_was_written_into_and_stays_as_it_is(site: Site) -> None:
    queue(site)
    before = look(site.store, lambda tx: tx.open_rows(BANK, names("1", "2", "3")))
    write(site.store, lambda tx: tx.note_carried(BANK, names("1", "2"), "f1"))
    write(site.store, lambda tx: tx.note_carried(BANK, names("2", "3"), "f2"))
    assert {"f1": 1, "f2": 2} == look(site.attach(), lambda tx: tx.carried_open())
    expected = list(zip(names("3", "1", "2"), ("f2", "f1", "f2"), strict=True))
    assert expected == look(site.store, lambda tx: tx.carriable(BANK))
    assert before == look(site.store, lambda tx: tx.open_rows(BANK, names("1", "2", "3")))


def test_what_is_closed_is_carried_no_more(site: Site) -> None:
    queue(site)
    write(site.store, lambda tx: tx.note_carried(BANK, names("1", "2"), "f1"))
    close(site, "1")
    assert {"f1": 1} == look(site.store, lambda tx: tx.carried_open())
    close(site, "2")
    assert {} == look(site.store, lambda tx: tx.carried_open())
    write(site.store, lambda tx: tx.note_carried(BANK, names("3"), "f2"))
    assert {"f2": 1} == look(site.store, lambda tx: tx.carried_open())


@pytest.mark.postgres
def test_marks_of_closed_rows_are_found_in_one_pass(made_postgres: str) -> None:
    """Files are carried when many rows are open: asked row by row, it would stop a takeover."""
    store = open_store(made_postgres)
    with store.begin() as tx:
        text, fixed = tx.session.statement(_forget)
        driver = tx.session.connection.connection.driver_connection
        assert driver is not None
        assert "SubPlan" not in str(driver.execute(f"EXPLAIN {text}", fixed).fetchall())
    store.close()


def test_hand_overs_are_kept_by_number_kind_and_way(site: Site) -> None:
    answer = replace(FILE, kind=CarriedKind.ANSWER, way=CarriedWay.IN, at=Instant(AT + 1))
    write(site.store, lambda tx: tx.put_carriage(answer))
    write(site.store, lambda tx: tx.put_carriage(FILE))
    assert [FILE, answer] == look(site.attach(), lambda tx: tx.carriages())
    again = replace(FILE, count=4)
    write(site.store, lambda tx: tx.put_carriage(again))
    assert [again, answer] == look(site.store, lambda tx: tx.carriages())
