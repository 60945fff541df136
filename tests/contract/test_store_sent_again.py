"""Contract of the store: how many rows that a peer leaves unanswered are out again at once."""

from dataclasses import replace

from hub.clock import MINUTE, Instant
from hub.exchange.model import MessageClass
from hub.exchange.party_orders import NOBODY, Shut
from hub.exchange.ports import Transaction
from hub.parties import NodeId
from tests.support.rows import BANK, HUB, a_hop, delivery_id
from tests.support.stores import Site, write

NUMBERS = "123456789"
RECEIVER = a_hop("1").receiver


def queue(
    site: Site, numbers: str, peer: NodeId = BANK, of: MessageClass = MessageClass.ONLINE
) -> None:
    hops = [a_hop(n, peer=peer, message_class=of) for n in numbers]
    write(site.store, lambda tx: tx.add_hops(hops))


def claim(tx: Transaction, peer: NodeId, shut: Shut = NOBODY) -> list[tuple[str, NodeId]]:
    rows = tx.claim_hops("w", Instant(tx.now + MINUTE), 99, [peer], shut)
    return [(row.delivery_id, peer) for row in rows]


def send(site: Site, due_in: int, peer: NodeId = BANK, shut: Shut = NOBODY) -> str:
    """Everything that is due to this peer; returns what it is."""

    def work(tx: Transaction) -> str:
        keys = claim(tx, peer, shut)
        tx.mark_sent("w", keys, ("one", "i1"), Instant(tx.now + due_in))
        names = {delivery_id(n): n for n in NUMBERS}
        return "".join(sorted(names[name] for name, _ in keys))

    return write(site.store, work)


def expire(site: Site, limit: int, after: int = 0, shut: Shut = NOBODY) -> int:
    return write(site.store, lambda tx: tx.expire_sent(BANK, Instant(tx.now + after), limit, shut))


def test_rows_sent_again_that_are_not_late_count_among_those_that_may_be_out(site: Site) -> None:
    queue(site, "12345")
    send(site, -MINUTE)
    assert 2 == expire(site, 2)
    assert "12" == send(site, MINUTE)
    assert (0, 0) == (expire(site, 1), expire(site, 2))
    assert 1 == expire(site, 3)
    assert "3" == send(site, MINUTE)


def test_rows_on_their_way_again_count_due_or_claimed(site: Site) -> None:
    queue(site, "123")
    send(site, -MINUTE)
    assert (1, 0) == (expire(site, 1), expire(site, 1))
    write(site.store, lambda tx: claim(tx, BANK))
    assert (0, 1) == (expire(site, 1), expire(site, 2))


def test_rows_on_their_way_for_the_first_time_do_not(site: Site) -> None:
    queue(site, "12")
    send(site, -MINUTE)
    queue(site, "3")
    write(site.store, lambda tx: claim(tx, BANK))
    queue(site, "4")
    assert 1 == expire(site, 1)


def test_a_row_sent_once_goes_though_rows_sent_more_often_fill_their_share(site: Site) -> None:
    queue(site, "12")
    send(site, -MINUTE)
    assert 2 == expire(site, 2)
    send(site, -MINUTE)
    assert 2 == expire(site, 2)
    queue(site, "3")
    assert "123" == send(site, -MINUTE)
    assert 1 + 2 == expire(site, 2)
    assert "123" == send(site, MINUTE)
    queue(site, "456")
    send(site, -MINUTE)
    assert 1 == expire(site, 2)
    assert "4" == send(site, MINUTE)


def test_rows_sent_again_go_though_rows_sent_once_fill_theirs(site: Site) -> None:
    queue(site, "12")
    send(site, -MINUTE)
    expire(site, 2)
    send(site, -MINUTE)
    queue(site, "3456")
    send(site, -MINUTE)
    assert 2 + 2 == expire(site, 2)
    assert "1234" == send(site, MINUTE)
    assert 0 == expire(site, 2)


def test_rows_sent_again_that_are_late_make_room_and_come_in_their_turn(site: Site) -> None:
    queue(site, "123")
    send(site, -MINUTE)
    assert 2 == expire(site, 2)
    send(site, MINUTE)
    assert 0 == expire(site, 2)
    assert 1 + 2 == expire(site, 2, after=2 * MINUTE)
    assert "123" == send(site, MINUTE)


def test_what_goes_to_others_takes_no_room(site: Site) -> None:
    for peer in (BANK, HUB):
        queue(site, "12", peer)
        send(site, -MINUTE, peer)
    assert 2 == write(site.store, lambda tx: tx.expire_sent(HUB, tx.now, 9))
    send(site, MINUTE, HUB)
    assert 2 == expire(site, 2)


def test_what_is_shut_off_rests_and_takes_no_room(site: Site) -> None:
    queue(site, "12")
    other = replace(a_hop("3"), receiver="999.370100")
    write(site.store, lambda tx: tx.add_hops([other]))
    send(site, -MINUTE)
    assert 1 == expire(site, 1)
    for shut in (Shut(receivers=(RECEIVER,)), Shut(originals=(RECEIVER,))):
        assert 1 == expire(site, 1, shut=shut)
        assert "3" == send(site, -MINUTE, shut=shut)
    assert "1" == send(site, MINUTE)


def test_a_row_due_for_the_third_time_takes_no_room_of_those_sent_once(site: Site) -> None:
    queue(site, "1")
    send(site, -MINUTE)
    expire(site, 1)
    send(site, -MINUTE)
    assert 1 == expire(site, 1)
    write(site.store, lambda tx: tx.add_hops([a_hop("2", peer=BANK)]))

    def sent_once(tx: Transaction) -> None:
        keys = [(row.delivery_id, BANK) for row in tx.claim_hops("w", tx.now, 99, [BANK])]
        tx.mark_sent("w", [k for k in keys if k[0] == delivery_id("2")], ("one", "i1"), tx.now)
        tx.release_hops("w", keys, tx.now, went=False)

    write(site.store, sent_once)
    assert 1 == expire(site, 1, after=1)


def test_an_urgent_row_goes_again_though_batch_rows_fill_their_share(site: Site) -> None:
    queue(site, "1234", of=MessageClass.BATCH)
    send(site, -2 * MINUTE)
    queue(site, "9", of=MessageClass.URGENT)
    send(site, -MINUTE)
    assert 2 + 1 == expire(site, 2)
    queue(site, "8", of=MessageClass.URGENT)

    def send_the_urgent(tx: Transaction) -> None:
        rows = tx.claim_hops("w", Instant(tx.now + MINUTE), 2, [BANK])
        keys = [(row.delivery_id, BANK) for row in rows]
        tx.mark_sent("w", keys, ("one", "i1"), Instant(tx.now - 1))

    write(site.store, send_the_urgent)
    assert 1 + 1 == expire(site, 2), "one for the second time, one for the third"
