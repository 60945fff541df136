"""Contract of the store: the outbox, its claims and its sequences."""

from dataclasses import replace
from typing import Any, cast

import pytest

from hub.clock import MINUTE, Instant
from hub.errors import StoreDown
from hub.exchange import sequence
from hub.exchange.looking import DISCARDED
from hub.exchange.model import Backlog, Closing, Mark, MessageClass, OutboxRow, RowState
from hub.exchange.ports import Transaction
from hub.parties import NodeId
from tests.support.rows import (
    AT,
    BANK,
    HUB,
    a_closing,
    a_hop,
    a_notice,
    a_statement,
    delivery_id,
    digest,
)
from tests.support.stores import Site, look, write


def queue(site: Site, *numbers: str) -> list[OutboxRow]:
    return write(site.store, lambda tx: tx.add_hops([a_hop(n) for n in numbers]))


def claim(site: Site, worker: str = "w", minutes: int = 1, limit: int = 100) -> list[OutboxRow]:
    def work(tx: Transaction) -> list[OutboxRow]:
        return tx.claim_hops(worker, Instant(tx.now + minutes * MINUTE), limit, [BANK])

    return write(site.store, work)


def send(site: Site, *numbers: str, due_in: int = MINUTE, incarnation: str = "i1") -> None:
    claim(site)

    def work(tx: Transaction) -> None:
        ids = [(delivery_id(n), BANK) for n in numbers]
        tx.mark_sent("w", ids, ("one", incarnation), Instant(tx.now + due_in))

    write(site.store, work)


def numbers(rows: list[OutboxRow]) -> list[int]:
    return [row.n for row in rows]


def test_rows_are_due_at_once_and_numbered_densely_per_peer_and_class(site: Site) -> None:
    with site.store.begin() as tx:
        rows = tx.add_hops(
            [
                a_hop("1"),
                a_hop("2"),
                a_hop("3", peer=HUB, proof_at=AT),
                a_hop("4", message_class=MessageClass.URGENT),
                a_hop("5"),
            ]
        )
        tx.commit()
    assert [1, 2, 1, 1, 3] == numbers(rows)
    assert {RowState.DUE} == {row.state for row in rows}
    assert all(row.due_at == row.created_at == tx.now and row.attempt == 0 for row in rows)
    assert [None, None, AT, None, None] == [row.proof_at for row in rows]
    assert [4] == numbers(queue(site, "6"))


def test_a_number_that_was_rolled_back_is_drawn_again(site: Site) -> None:
    with site.store.begin() as tx:
        assert [1] == numbers(tx.add_hops([a_hop("1")]))
    assert [1] == numbers(queue(site, "2"))


def test_a_mark_chains_numbers_and_ids(site: Site) -> None:
    queue(site, "1", "2")
    chained = sequence.chain(sequence.START, 1, delivery_id("1"))
    chained = sequence.chain(chained, 2, delivery_id("2"))
    expected = [Mark(MessageClass.ONLINE, 2, chained)]
    assert expected == look(site.store, lambda tx: tx.marks(BANK))
    assert [] == look(site.store, lambda tx: tx.marks(HUB))


def test_a_mark_says_how_many_numbers_ended_without_being_recorded(site: Site) -> None:
    queue(site, "1", "2", "3", "4")
    closings = [
        a_closing("1"), replace(a_closing("2"), code="seal_broken"),
        replace(a_closing("3"), code=DISCARDED),
    ]  # fmt: skip
    named = {one: (digest(f"message {n}"),) for n, one in zip("123", closings, strict=True)}
    for _ in range(2):  # what is closed is closed once
        write(site.store, lambda tx: tx.close_hops(named))
        (mark,) = look(site.store, lambda tx: tx.marks(BANK))
        assert (4, 2) == (mark.n, mark.ended)
    queue(site, "5")
    again = {replace(a_closing("4"), code="seal_broken"): (digest("message 4"),)}
    write(site.store, lambda tx: tx.close_hops(again))
    (mark,) = look(site.store, lambda tx: tx.marks(BANK))
    assert (5, 3) == (mark.n, mark.ended)
    site.renew()
    assert [] == look(site.store, lambda tx: tx.marks(BANK))


def test_sequences_begin_anew_with_the_store_s_next_life(site: Site) -> None:
    queue(site, "1", "2")
    site.renew()
    assert [] == look(site.store, lambda tx: tx.marks(BANK))
    assert [1] == numbers(queue(site, "3"))


def test_a_delivery_is_open_to_a_peer_only_once(site: Site) -> None:
    queue(site, "1")
    with pytest.raises(StoreDown) as caught:
        queue(site, "2", "1")
    assert "store_contended" == caught.value.code
    assert 1 == look(site.store, lambda tx: tx.open_hops())


def test_a_claim_takes_urgent_rows_first_then_the_oldest(site: Site) -> None:
    order = [MessageClass.BATCH, MessageClass.ONLINE, MessageClass.URGENT, MessageClass.ONLINE]
    hops = [a_hop(str(k), message_class=c) for k, c in enumerate(order)]
    write(site.store, lambda tx: tx.add_hops(hops))
    rows = claim(site)
    assert [delivery_id(n) for n in "2130"] == [row.delivery_id for row in rows]
    assert {RowState.CLAIMED} == {row.state for row in rows}
    assert {1} == {row.attempt for row in rows}


def test_a_claim_is_exclusive_and_bounded(site: Site) -> None:
    queue(site, "1", "2", "3")
    assert [1, 2] == numbers(claim(site, "w", limit=2))
    assert [3] == numbers(claim(site, "v"))
    assert [] == claim(site, "w")


def test_only_rows_of_the_named_peers_are_claimed(site: Site) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop("1"), a_hop("2", peer=HUB)]))
    with site.store.begin() as tx:
        assert [] == tx.claim_hops("w", Instant(tx.now + 1), 9, [NodeId("else")])
        assert [] == tx.claim_hops("w", Instant(tx.now + 1), 9, [])
        assert [HUB] == [row.peer for row in tx.claim_hops("w", Instant(tx.now + 1), 9, [HUB])]


def test_an_expired_claim_is_taken_by_another_and_the_late_marks_are_ignored(site: Site) -> None:
    queue(site, "1")
    claim(site, "dead", minutes=-1)
    (row,) = claim(site, "w")
    assert 2 == row.attempt
    ids = [(delivery_id("1"), BANK)]
    write(site.store, lambda tx: tx.mark_sent("dead", ids, ("one", "i1"), tx.now))
    write(site.store, lambda tx: tx.release_hops("dead", ids, tx.now, went=True))
    assert [] == claim(site, "v")
    send(site, "1")
    assert 0 == look(site.store, lambda tx: len(tx.messages([])))
    assert 1 == write(site.store, lambda tx: tx.reopen_channel("one", "i2"))


def test_a_late_mark_does_not_say_by_which_channel_a_row_of_another_went(site: Site) -> None:
    """Else it would wait for an answer that nobody gives, or not be known as lost."""
    queue(site, "1")
    claim(site, "dead", minutes=-1)
    claim(site, "w")
    ids = [(delivery_id("1"), BANK)]
    write(site.store, lambda tx: tx.mark_sent("dead", ids, ("one", "i1"), tx.now))
    assert 0 == write(site.store, lambda tx: tx.reopen_channel("one", "i2"))
    write(site.store, lambda tx: tx.mark_sent("w", ids, ("two", "i1"), tx.now))
    assert 1 == write(site.store, lambda tx: tx.reopen_channel("two", "i2"))


def test_what_another_had_claimed_is_due_at_once_for_one_who_begins(site: Site) -> None:
    queue(site, "1", "2", "3")
    claim(site, "dead", limit=2)
    claim(site, "mine", limit=1)
    assert 2 == write(site.store, lambda tx: tx.reclaim_hops("mine"))
    assert 0 == write(site.store, lambda tx: tx.reclaim_hops("mine"))
    ids = [(delivery_id("1"), BANK)]
    write(site.store, lambda tx: tx.mark_sent("dead", ids, ("one", "i1"), tx.now))
    rows = claim(site, "mine")
    assert ([1, 2], {2}) == (numbers(rows), {row.attempt for row in rows})


def test_a_row_closes_when_either_digest_is_what_was_sent(site: Site) -> None:
    queue(site, "1", "2", "3")
    send(site, "1", "2")
    named: dict[Closing, tuple[bytes, ...]] = {
        a_closing("1"): (digest("x"), digest("message 1")),
        a_closing("2"): (digest("x"), digest("y")),
        a_closing("3"): (),
        a_closing("absent"): (digest("message absent"),),
    }
    assert [a_closing("1")] == write(site.store, lambda tx: tx.close_hops(named))
    assert 2 == look(site.store, lambda tx: tx.open_hops())
    assert [] == write(site.store, lambda tx: tx.close_hops(named))


def test_a_row_closes_by_the_first_closing_that_names_its_digest(site: Site) -> None:
    queue(site, "1", "2")
    other = replace(a_closing("1"), code="seal_broken")
    refused = replace(a_closing("1"), code="field_missing")
    named = {
        other: (digest("x"),),
        refused: (digest("message 1"),),
        a_closing("1"): (digest("message 1"),),
        a_closing("2"): (digest("message 2"),),
    }
    assert {refused, a_closing("2")} == set(write(site.store, lambda tx: tx.close_hops(named)))
    (mark,) = look(site.store, lambda tx: tx.marks(BANK))
    assert (2, 1) == (mark.n, mark.ended)


def test_a_closed_delivery_may_be_sent_again_under_a_new_number(site: Site) -> None:
    named = {a_closing(): (digest("message 1"),)}
    for n in (1, 2):
        assert [n] == numbers(queue(site, "1"))
        assert [a_closing()] == write(site.store, lambda tx: tx.close_hops(named))
    assert 0 == look(site.store, lambda tx: tx.open_hops(BANK))


def test_a_claimed_row_may_be_closed_and_the_late_mark_has_no_effect(site: Site) -> None:
    queue(site, "1")
    claim(site)
    key = (delivery_id("1"), BANK)
    write(site.store, lambda tx: tx.close_hops({a_closing(): (digest("message 1"),)}))
    write(site.store, lambda tx: tx.mark_sent("w", [key], ("one", "i1"), tx.now))
    assert 0 == look(site.store, lambda tx: tx.open_hops())


def test_rows_unanswered_too_long_are_due_again_up_to_a_limit(site: Site) -> None:
    queue(site, "1", "2", "3")
    send(site, "1", "2", "3", due_in=-MINUTE)
    with site.store.begin() as tx:
        assert 0 == tx.expire_sent(HUB, tx.now, 10)
        assert 0 == tx.expire_sent(BANK, Instant(tx.now - 2 * MINUTE), 10)
        assert 2 == tx.expire_sent(BANK, tx.now, 2)
        tx.commit()
    rows = claim(site)
    assert [1, 2] == numbers(rows)
    assert {(2, "one", "i1")} == {(r.attempt, r.channel, r.channel_incarnation) for r in rows}


def test_how_far_a_peer_has_answered_is_told_of_what_was_closed(site: Site) -> None:
    assert {} == look(site.store, lambda tx: tx.answered())
    first = queue(site, "1", "2")[0].created_at
    write(site.store, lambda tx: tx.add_hops([a_hop("1", peer=HUB)]))
    assert {} == look(site.store, lambda tx: tx.answered())
    write(site.store, lambda tx: tx.close_hops({a_closing(): (digest("message 1"),)}))
    assert {BANK: first} == look(site.store, lambda tx: tx.answered())


def test_how_far_a_peer_has_answered_is_told_by_channel(site: Site) -> None:
    first = queue(site, "1", "2", "3")[0].created_at
    send(site, "1", "2")
    closed = {a_closing(n): (digest(f"message {n}"),) for n in "13"}
    write(site.store, lambda tx: tx.close_hops(closed))
    told = look(site.store, lambda tx: tx.answered_by())
    assert {(BANK, "one"): first, (BANK, ""): first} == told


def test_what_was_sent_again_says_of_no_channel_that_the_peer_answers_there(site: Site) -> None:
    first = queue(site, "1")[0].created_at
    send(site, "1", due_in=-MINUTE)
    write(site.store, lambda tx: tx.expire_sent(BANK, tx.now, 9))
    claim(site)
    write(site.store, lambda tx: tx.close_hops({a_closing(): (digest("message 1"),)}))
    assert {(BANK, ""): first} == look(site.store, lambda tx: tx.answered_by())


def test_rows_that_wait_by_a_path_are_seen_and_made_due_again(site: Site) -> None:
    queue(site, "1", "2", "3", "4")
    send(site, "1", "2", "3")
    with site.store.begin() as tx:
        tx.mark_sent("w", [(delivery_id("4"), BANK)], ("two", "i1"), Instant(tx.now + MINUTE))
        tx.commit()
    with site.store.begin() as tx:
        early, late = Instant(tx.now - MINUTE), Instant(tx.now + 2 * MINUTE)
        for path, since, before, there in (
            ((BANK, "one"), early, late, True),
            ((BANK, "three"), early, late, False),
            ((HUB, "one"), early, late, False),
            ((BANK, "one"), late, Instant(late + 1), False),
            ((BANK, "one"), early, tx.now, False),
        ):
            to = {BANK} if there else set()
            assert path[1] != "one" or to == tx.lagging([path[0]], since, before)
            assert [there] * 3 == [tx.waits(path, since, before, count) for count in (1, 2, 3)]
            assert not tx.waits(path, since, before, 4)
            assert there or 0 == tx.expire_path(path, since, before, 9)
        assert 2 == tx.expire_path((BANK, "one"), early, late, 2)
        assert 1 == tx.expire_path((BANK, "one"), early, late, 9)
        assert 0 == tx.expire_path((BANK, "one"), early, late, 9)
        tx.commit()
    assert [1, 2, 3] == numbers(claim(site))
    send(site, "1", "2", "3")
    assert not look(site.store, lambda tx: tx.waits((BANK, "one"), early, late, 1)), "sent again"
    with site.store.begin() as tx:
        assert 0 == tx.expire_path((BANK, "one"), early, late, 9)
        assert {BANK} == tx.lagging([BANK, HUB], early, late), "4, by another path"


def test_a_wiped_channel_makes_its_rows_due_at_once(site: Site) -> None:
    queue(site, "1")
    send(site, "1", incarnation="i1")
    queue(site, "2")
    send(site, "2", incarnation="i2")
    with site.store.begin() as tx:
        assert 0 == tx.reopen_channel("two", "i2")
        assert 1 == tx.reopen_channel("one", "i2")
        tx.commit()
    assert [1] == numbers(claim(site))


def test_what_lay_in_a_queue_that_is_gone_is_due_at_once(site: Site) -> None:
    queue(site, "1", "2")
    batch = replace(a_hop("3"), message_class=MessageClass.BATCH)
    write(site.store, lambda tx: tx.add_hops([batch]))
    send(site, "1", "3")
    claim(site)

    def reopened(channel: str, peer: NodeId) -> int:
        return write(site.store, lambda tx: tx.reopen_path(channel, peer, MessageClass.ONLINE))

    assert 0 == reopened("two", BANK)
    assert 0 == reopened("one", HUB)
    assert 1 == reopened("one", BANK)
    assert [delivery_id("1")] == [row.delivery_id for row in claim(site)]


def test_the_backlog_tells_what_waits_to_be_sent(site: Site) -> None:
    assert Backlog(hops=False, notices=False, statements=False) == look(
        site.store, lambda tx: tx.backlog()
    )
    queue(site, "1")
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice()]))
    write(site.store, lambda tx: tx.add_statements([a_statement()]))
    everything = Backlog(hops=True, notices=True, statements=True)
    assert everything == look(site.store, lambda tx: tx.backlog())
    with site.store.begin() as tx:
        tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK])
        tx.take_notices("w", Instant(tx.now + MINUTE), 9)
        tx.take_statements(9)
        tx.commit()
    assert Backlog(hops=False, notices=False, statements=False) == look(
        site.store, lambda tx: tx.backlog()
    )


def test_open_rows_are_counted_per_peer(site: Site) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop("1"), a_hop("2"), a_hop("3", peer=HUB)]))
    with site.store.read() as tx:
        assert (3, 2, 1) == (tx.open_hops(), tx.open_hops(BANK), tx.open_hops(HUB))


def test_a_channel_that_lost_everything_makes_all_its_rows_due(site: Site) -> None:
    queue(site, "1")
    send(site, "1", incarnation="i1")
    queue(site, "2")
    send(site, "2", incarnation="i2")
    assert 2 == write(site.store, lambda tx: tx.reopen_channel("one", ""))
    assert [1, 2] == numbers(claim(site))


def test_a_parked_row_is_neither_claimed_nor_waited_for_until_it_is_released(site: Site) -> None:
    queue(site, "1", "2")
    claim(site)
    keys = [(delivery_id("1"), BANK)]
    write(site.store, lambda tx: tx.park_hops("other", keys))
    write(site.store, lambda tx: tx.park_hops("w", keys))
    write(
        site.store,
        lambda tx: tx.release_hops("w", [*keys, (delivery_id("2"), BANK)], tx.now, went=True),
    )
    assert [2] == numbers(claim(site))
    assert 2 == look(site.store, lambda tx: tx.open_hops())
    assert 0 == write(site.store, lambda tx: tx.expire_sent(BANK, tx.now, 9))
    assert 1 == write(site.store, lambda tx: cast("Any", tx).hurry_hops([delivery_id("1")]))
    assert [1] == numbers(claim(site, "v"))


def test_a_notice_closes_a_parked_row_too(site: Site) -> None:
    queue(site, "1")
    claim(site)
    key = (delivery_id("1"), BANK)
    write(site.store, lambda tx: tx.park_hops("w", [key]))
    closed = write(site.store, lambda tx: tx.close_hops({a_closing(): (digest("message 1"),)}))
    assert [a_closing()] == closed
    assert 0 == look(site.store, lambda tx: tx.open_hops())
    assert [] == look(site.store, lambda tx: cast("Any", tx).parked_hops(9))
