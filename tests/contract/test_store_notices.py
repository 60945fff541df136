"""Contract of the store: notices, statements, serials, status, peers."""

from dataclasses import replace

from hub.clock import MINUTE, Instant
from hub.exchange.beats import Beat, Hearing
from hub.exchange.model import Mark, MessageClass, NoticeEntry
from hub.exchange.muteness import NEWCOMERS, RECOVERING
from hub.exchange.ports import Transaction
from hub.journal import Anchor, Hold
from hub.parties import NodeId
from tests.support.rows import (
    AT,
    BANK,
    HUB,
    a_beat,
    a_notice,
    a_statement,
    a_status,
    digest,
    voucher_id,
)
from tests.support.stores import Site, look, write


def take(site: Site, minutes: int = 1, limit: int = 10) -> list[tuple[NodeId, int, NoticeEntry]]:
    def work(tx: Transaction) -> list[tuple[NodeId, int, NoticeEntry]]:
        return tx.take_notices("w", Instant(tx.now + minutes * MINUTE), limit)

    return write(site.store, work)


def test_notices_are_taken_oldest_first_and_by_one_worker(site: Site) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    write(site.store, lambda tx: tx.add_notices(HUB, [a_notice("1")]))
    expected = [(BANK, a_notice("1")), (BANK, a_notice("2"))]
    assert expected == [(peer, entry) for peer, _, entry in take(site, limit=2)]
    assert [(HUB, a_notice("1"))] == [(peer, entry) for peer, _, entry in take(site)]
    assert [] == take(site)


def test_a_notice_whose_worker_died_is_taken_again(site: Site) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice()]))
    first = take(site, minutes=-1)
    assert first == take(site)


def test_notices_somebody_had_claimed_are_free_at_once_for_one_who_begins(site: Site) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    taken = take(site, limit=1)
    assert 1 == write(site.store, lambda tx: tx.reclaim_notices())
    assert 0 == write(site.store, lambda tx: tx.reclaim_notices())
    again = take(site)
    assert taken == again[:1]
    assert [a_notice("1"), a_notice("2")] == [entry for _, _, entry in again]


def test_a_notice_that_was_put_back_is_free_from_then_on_and_a_dropped_one_stays_gone(
    site: Site,
) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    taken = take(site)
    (_, gone, _), (_, kept, _) = taken
    write(site.store, lambda tx: tx.drop_notices([gone]))
    write(site.store, lambda tx: tx.put_back_notices([gone, kept], Instant(tx.now + MINUTE)))
    assert [] == take(site)
    write(site.store, lambda tx: tx.put_back_notices([gone, kept], tx.now))
    assert taken[1:] == take(site)


def test_a_notice_nobody_has_taken_goes_before_those_that_came_back(site: Site) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    first, second = take(site)
    write(site.store, lambda tx: tx.put_back_notices([first[1]], tx.now))
    write(site.store, lambda tx: tx.put_back_notices([second[1]], Instant(tx.now - MINUTE)))
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("3")]))
    assert [a_notice("3")] == [entry for _, _, entry in take(site, limit=1)]
    assert [second, first] == take(site)


def test_a_dropped_notice_is_gone(site: Site) -> None:
    write(site.store, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    (_, key, _), _ = take(site, minutes=-1)
    write(site.store, lambda tx: tx.drop_notices([key, 999]))
    assert [a_notice("2")] == [entry for _, _, entry in take(site)]


def test_statements_come_grouped_by_party_and_issuer_oldest_first(site: Site) -> None:
    entries = [
        a_statement("1", issuer="011.1"),
        a_statement("2", issuer="011.2"),
        a_statement("3", issuer="011.1"),
        a_statement("4", issuer="011.1", party="103.1"),
        a_statement("5", issuer="011.1"),
    ]
    write(site.store, lambda tx: tx.add_statements(entries))
    with site.store.begin() as tx:
        assert [entries[0], entries[2]] == tx.take_statements(2)
    groups = [write(site.store, lambda tx: tx.take_statements(10)) for _ in range(4)]
    assert [[entries[0], entries[2], entries[4]], [entries[1]], [entries[3]], []] == groups


def test_serials_count_up_per_party_and_kind_and_life(site: Site) -> None:
    def draw(tx: Transaction) -> tuple[int, int, int, int]:
        return (
            tx.next_serial("102.1", "5901"),
            tx.next_serial("102.1", "5901"),
            tx.next_serial("102.1", "5902"),
            tx.next_serial("102.2", "5901"),
        )

    assert (1, 2, 1, 1) == write(site.store, draw)
    assert (3, 4, 2, 2) == write(site.store, draw)
    site.renew()
    assert (1, 2, 1, 1) == write(site.store, draw)


def test_a_status_is_recorded_once_per_layer_and_party(site: Site) -> None:
    events = [a_status("1"), a_status("1", "signed_for"), a_status("2")]
    write(site.store, lambda tx: tx.add_status(events))
    write(site.store, lambda tx: tx.add_status([a_status("1", at=Instant(AT + 9))]))
    asked = [voucher_id(n) for n in "123"]
    expected = {voucher_id("1"): events[:2], voucher_id("2"): events[2:]}
    assert expected == look(site.store, lambda tx: tx.status_of(asked))


def test_the_newest_beat_of_a_peer_is_noted(site: Site) -> None:
    newer, older = a_beat(at=Instant(AT + 1), checkpoint=5), a_beat(at=AT, checkpoint=4)
    with site.store.begin() as tx:
        tx.seen([newer, older, a_beat(HUB)])
        tx.commit()
    peers = look(site.store, lambda view: view.peers())
    assert {BANK, HUB} == set(peers)
    row = peers[BANK]
    assert (5, digest("c 5"), 3, 7) == (
        row.checkpoint, row.checkpoint_hash, row.trust_number, row.catalogue_release,
    )  # fmt: skip
    assert (tx.now, "open", "aa" * 8) == (row.seen_at, row.state, row.incarnation)


def said(site: Site, beat: Beat) -> Hold:
    """What is held of the peer's journal after this beat."""
    write(site.store, lambda tx: tx.seen([beat]))
    return look(site.store, lambda tx: tx.peers())[BANK].hold


FIFTH = Hold(Anchor("aa" * 8, 5, digest("c 5")))


def cut(site: Site) -> Hold:
    """A peer's journal that says another fifth checkpoint than before."""
    assert said(site, a_beat(checkpoint=5)) == FIFTH
    return said(site, replace(a_beat(checkpoint=5), checkpoint_hash=digest("another")))


def test_what_a_peer_s_journal_was_before_it_was_cut_is_held_however_far_it_comes_again(
    site: Site,
) -> None:
    back = cut(site)
    assert FIFTH.anchor == back.anchor
    assert back.back_since > 0
    assert back == said(site, a_beat(checkpoint=5))
    assert back == said(site, a_beat(checkpoint=6))
    write(site.store, lambda tx: tx.set_peer_state(BANK, RECOVERING))
    assert back == said(site, a_beat(checkpoint=60))


def test_a_peer_that_was_restored_has_another_life_and_its_journal_has_not_gone_back(
    site: Site,
) -> None:
    cut(site)
    life = look(site.store, lambda tx: tx.fence.incarnation)
    told = Hearing("", life, "aa" * 8)
    restored = replace(a_beat(checkpoint=2), incarnation="cc" * 8, hearing=told)
    assert Hold(Anchor("cc" * 8, 2, digest("c 2"))) == said(site, restored)


def test_what_is_held_of_a_peer_s_journal_is_let_go_and_its_next_beat_is_held(site: Site) -> None:
    cut(site)
    write(site.store, lambda tx: tx.seen([a_beat(HUB, checkpoint=7)]))
    write(site.store, lambda tx: tx.let_go(BANK))
    rows = look(site.store, lambda tx: tx.peers())
    assert Hold(Anchor("aa" * 8, 0, b"")) == rows[BANK].hold
    assert Hold(Anchor("aa" * 8, 7, digest("c 7"))) == rows[HUB].hold
    assert Hold(Anchor("aa" * 8, 4, digest("c 4"))) == said(site, a_beat(checkpoint=4))
    write(site.store, lambda tx: tx.let_go(NodeId("nobody")))
    assert {BANK, HUB} == set(look(site.store, lambda tx: tx.peers()))


def test_since_when_a_peer_says_lower_checkpoints_is_kept_until_it_says_newer_ones(
    site: Site,
) -> None:
    said(site, a_beat(checkpoint=5))
    behind = said(site, a_beat(checkpoint=3))
    assert (FIFTH.anchor, 0) == (behind.anchor, behind.back_since)
    assert behind.behind_since > 0
    assert behind == said(site, a_beat(checkpoint=4))
    assert said(site, a_beat(checkpoint=5)) == FIFTH
    said(site, a_beat(checkpoint=4))
    assert Hold(Anchor("aa" * 8, 6, digest("c 6"))) == said(site, a_beat(checkpoint=6))


def test_a_peer_s_state_is_set_and_survives_its_beats(site: Site) -> None:
    write(site.store, lambda tx: tx.set_peer_state(BANK, "recovering"))
    write(site.store, lambda tx: tx.seen([a_beat()]))
    write(site.store, lambda tx: tx.seen([a_beat(HUB)]))
    write(site.store, lambda tx: tx.set_peer_state(HUB, "set_aside"))
    peers = look(site.store, lambda tx: tx.peers())
    assert ("recovering", "set_aside") == (peers[BANK].state, peers[HUB].state)
    assert replace(peers[HUB], peer=BANK, state="recovering") == replace(
        peers[BANK],
        seen_at=peers[HUB].seen_at,
        last_since=peers[HUB].last_since,
        known_until=peers[HUB].known_until,
    )


def test_after_a_restore_every_neighbour_recovers_until_it_is_opened(site: Site) -> None:
    write(site.store, lambda tx: tx.seen([a_beat()]))
    write(site.store, lambda tx: tx.set_peer_state(NEWCOMERS, RECOVERING))
    assert {HUB} == look(site.store, lambda tx: tx.recovering([BANK, HUB]))
    write(site.store, lambda tx: tx.seen([a_beat(HUB)]))
    assert {HUB} == look(site.store, lambda tx: tx.recovering([BANK, HUB]))
    write(site.store, lambda tx: tx.set_peer_state(HUB, "open"))
    write(site.store, lambda tx: tx.seen([a_beat(HUB)]))
    assert set() == look(site.store, lambda tx: tx.recovering([BANK, HUB]))
    assert {BANK, HUB} == set(look(site.store, lambda tx: tx.peers()))


def test_a_beat_s_marks_are_kept(site: Site) -> None:
    marks = (
        Mark(MessageClass.ONLINE, 7, digest("seven"), 2),
        Mark(MessageClass.URGENT, 1, digest("one")),
    )
    write(site.store, lambda tx: tx.seen([replace(a_beat(), marks=marks)]))
    assert marks == look(site.store, lambda tx: tx.peers())[BANK].marks
