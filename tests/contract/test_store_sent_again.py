"""Contract of the store: how many rows that a peer leaves unanswered are sent again at once."""

from hub.clock import MINUTE, Instant
from hub.exchange.ports import Transaction
from hub.parties import NodeId
from tests.support.rows import BANK, HUB, a_hop, delivery_id
from tests.support.stores import Site, write


def queue(site: Site, numbers: str, peer: NodeId = BANK) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop(n, peer=peer) for n in numbers]))


def send(site: Site, due_in: int, peer: NodeId = BANK) -> str:
    """Everything that is due to this peer; returns what it is."""

    def work(tx: Transaction) -> str:
        rows = tx.claim_hops("w", Instant(tx.now + MINUTE), 99, [peer])
        keys = [(row.delivery_id, peer) for row in rows]
        tx.mark_sent("w", keys, ("one", "i1"), Instant(tx.now + due_in))
        names = {delivery_id(n): n for n in "123456"}
        return "".join(names[row.delivery_id] for row in rows)

    return write(site.store, work)


def expire(site: Site, limit: int, after: int = 0) -> int:
    return write(site.store, lambda tx: tx.expire_sent(BANK, Instant(tx.now + after), limit))


def test_rows_sent_again_that_are_not_late_yet_count_among_those_that_may_be(site: Site) -> None:
    queue(site, "12345")
    send(site, -MINUTE)
    assert 2 == expire(site, 2)
    assert "12" == send(site, MINUTE)
    assert (0, 0) == (expire(site, 1), expire(site, 2))
    assert 1 == expire(site, 3)
    assert "3" == send(site, MINUTE)


def test_rows_sent_again_that_are_late_make_room_and_come_in_their_turn(site: Site) -> None:
    queue(site, "123")
    send(site, -MINUTE)
    assert 2 == expire(site, 2)
    send(site, MINUTE)
    assert 0 == expire(site, 2)
    assert 2 == expire(site, 2, after=2 * MINUTE)
    assert "13" == send(site, MINUTE)


def test_first_attempts_and_what_goes_to_others_take_no_room(site: Site) -> None:
    for peer in (BANK, HUB):
        queue(site, "12", peer)
        send(site, -MINUTE, peer)
    assert 2 == write(site.store, lambda tx: tx.expire_sent(HUB, tx.now, 9))
    send(site, MINUTE, HUB)
    queue(site, "3456")
    send(site, MINUTE)
    assert 2 == expire(site, 2)
