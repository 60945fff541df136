"""Contract of the store: what neighbours tell each other after a restore."""

from dataclasses import replace

from adapters.embedded.memory_store import MemoryStore
from hub.clock import HOUR, Instant
from hub.exchange.beats import Beat, Hearing
from hub.exchange.model import MessageClass, OutboxRow, RowState
from hub.exchange.muteness import NEWCOMERS, OPEN, RECOVERING
from hub.exchange.ports import Transaction
from hub.exchange.recovery import (
    BEGIN,
    NEVER_RESTORED,
    NOT_YET,
    Ask,
    Cursor,
    Listed,
    Progress,
    Restore,
    Way,
    back_id,
)
from hub.parties import NodeId
from tests.support.channel_harness import until
from tests.support.rows import (
    AT,
    BANK,
    HUB,
    a_beat,
    a_closing,
    a_delivery,
    a_hop,
    delivery_id,
    digest,
)
from tests.support.stores import Site, look, write

ALL = Instant(0)
STRANGER = NodeId("bank-b")
ASKED = Ask(HUB, "22" * 8, Way.TO, AT, Cursor(AT, delivery_id("7")))


def listed(number: str) -> Listed:
    return Listed(delivery_id(number), digest(f"message {number}"))


def close(site: Site, *numbers: str, code: str = "recorded") -> None:
    """Rows that a notice has closed, each a millisecond after the one before."""

    def work(tx: Transaction) -> None:
        tx.add_hops([a_hop(number) for number in numbers])
        for n, number in enumerate(numbers):
            closing = replace(a_closing(number), code=code, closed_at=Instant(AT + n))
            tx.close_hops({closing: (digest(f"message {number}"),)})

    write(site.store, work)


def told(site: Site, since: Instant = ALL, after: Cursor = BEGIN, limit: int = 10) -> list[str]:
    found = look(site.store, lambda tx: tx.sent_to(BANK, since, after, limit))
    return [entry.delivery_id for _, entry in found]


def claimed(site: Site) -> list[OutboxRow]:
    return write(site.store, lambda tx: tx.claim_hops("w", Instant(tx.now + 1), 9, [BANK]))


def test_a_store_that_was_never_restored_says_so(site: Site) -> None:
    assert look(site.store, lambda tx: tx.restore()) == NEVER_RESTORED
    assert not NEVER_RESTORED.mute


def test_a_restored_store_has_to_be_compared_with_everybody_anew(site: Site) -> None:
    progress = Progress(BANK, Way.TO, ALL, BEGIN, 1, 2, 3, 4, AT, AT, "aa")

    def before(tx: Transaction) -> None:
        tx.seen([a_beat()])
        tx.put_resync(progress)
        tx.add_wanted(BANK, Way.TO, [listed("1")])
        tx.put_ask(ASKED)

    write(site.store, before)
    assert progress == look(site.store, lambda tx: tx.resyncs())[BANK]
    write(site.store, lambda tx: tx.begin_recovery(AT))
    with site.store.read() as tx:
        assert Restore(AT, NOT_YET, NOT_YET) == tx.restore()
        assert tx.restore().mute
        assert {} == tx.resyncs()
        assert 0 == tx.wanted_left(BANK)
        assert set() == tx.askers()
        assert RECOVERING == tx.peers()[BANK].state
        assert {STRANGER} == tx.recovering([STRANGER])


def test_what_is_lacking_is_noted_once_and_dropped_when_it_comes(site: Site) -> None:
    entries = [listed("1"), listed("2")]
    assert 2 == write(site.store, lambda tx: tx.add_wanted(BANK, Way.TO, entries))
    assert 0 == write(site.store, lambda tx: tx.add_wanted(BANK, Way.TO, entries))
    keys = [(BANK, delivery_id(n)) for n in "123"] + [(HUB, delivery_id("1"))]
    noted = {(BANK, delivery_id(n)): digest(f"message {n}") for n in "12"}
    assert noted == look(site.store, lambda tx: tx.wanted(keys))
    assert {BANK: 2} == dict(write(site.store, lambda tx: tx.drop_wanted(keys)))
    assert {} == dict(write(site.store, lambda tx: tx.drop_wanted(keys)))


def test_what_was_asked_for_is_not_taken_again_before_its_time(site: Site) -> None:
    write(site.store, lambda tx: tx.add_wanted(BANK, Way.BACK, [listed("1"), listed("2")]))

    def take(way: Way, before: Instant, limit: int = 9) -> list[str]:
        found = write(site.store, lambda tx: tx.take_wanted(BANK, way, before, limit))
        return [entry.delivery_id for entry in found]

    assert [] == take(Way.TO, ALL)
    assert [delivery_id("1")] == take(Way.BACK, ALL, 1)
    assert [delivery_id("2")] == take(Way.BACK, ALL)
    assert [] == take(Way.BACK, ALL)
    assert [delivery_id("1"), delivery_id("2")] == take(Way.BACK, NOT_YET)


def test_a_question_waits_until_it_is_answered(site: Site) -> None:
    write(site.store, lambda tx: tx.put_ask(replace(ASKED, way=Way.BACK)))
    write(site.store, lambda tx: tx.put_ask(ASKED))
    assert [ASKED] == look(site.store, lambda tx: tx.asks())
    write(site.store, lambda tx: tx.drop_ask(replace(ASKED, way=Way.BACK)))
    assert [ASKED] == look(site.store, lambda tx: tx.asks())
    write(site.store, lambda tx: tx.drop_ask(ASKED))
    assert [] == look(site.store, lambda tx: tx.asks())
    assert {HUB} == look(site.store, lambda tx: tx.askers())


def test_closed_hops_are_told_in_the_order_of_closing_then_open_ones(site: Site) -> None:
    close(site, "2", "1", "4")
    close(site, "9", code="identity_conflict")
    write(site.store, lambda tx: tx.add_hops([a_hop("3"), a_hop("5", peer=HUB), a_hop("0")]))
    order = [delivery_id(n) for n in ("2", "1", "4", "0", "3")]
    assert order == told(site)
    assert order[1:] == told(site, since=Instant(AT + 1))
    assert order[3:] == told(site, since=Instant(AT + 9))


def test_pages_follow_each_other_without_gap(site: Site) -> None:
    close(site, "2", "1", "4")
    write(site.store, lambda tx: tx.add_hops([a_hop("3"), a_hop("0")]))
    after, pages = BEGIN, []
    with site.store.read() as tx:
        while found := tx.sent_to(BANK, ALL, after, 2):
            pages.append([entry.delivery_id for _, entry in found])
            after = found[-1][0]
    assert [["2", "1"], ["4", "0"], ["3"]] == [
        [name.split("/")[5] for name in page] for page in pages
    ]


def test_what_was_handed_back_is_not_told(site: Site) -> None:
    hop = replace(a_hop("1"), delivery_id=back_id(delivery_id("1")))
    write(site.store, lambda tx: tx.add_hops([hop, a_hop("2")]))
    assert [delivery_id("2")] == told(site)
    closing = replace(a_closing("1"), delivery_id=hop.delivery_id)
    write(site.store, lambda tx: tx.close_hops({closing: (hop.message_digest,)}))
    assert [delivery_id("2")] == told(site)


def test_deliveries_of_one_sender_are_told_by_time(site: Site) -> None:
    rows = [
        replace(a_delivery(n), recorded_at=Instant(AT + at))
        for n, at in (("1", 5), ("2", 5), ("3", 1))
    ]
    write(site.store, lambda tx: tx.add_deliveries([*rows, replace(a_delivery("4"), sender="x")]))

    def had(since: Instant, after: Cursor = BEGIN, limit: int = 9) -> list[Listed]:
        found = look(site.store, lambda tx: tx.had_from(HUB, since, after, limit))
        return [entry for _, entry in found]

    assert [listed("3"), listed("1"), listed("2")] == had(ALL)
    assert [listed("1")] == had(Instant(AT + 2), limit=1)
    assert [listed("2")] == had(ALL, Cursor(Instant(AT + 5), delivery_id("1")))


def test_a_closed_hop_is_open_again_when_its_digest_is_named(site: Site) -> None:
    close(site, "1", "2")
    other = {delivery_id("1"): digest("other")}
    assert 0 == write(site.store, lambda tx: tx.again_hops(BANK, other))
    named = {delivery_id("1"): digest("message 1")}
    assert 0 == write(site.store, lambda tx: tx.again_hops(HUB, named))
    assert 1 == write(site.store, lambda tx: tx.again_hops(BANK, named))
    assert 0 == write(site.store, lambda tx: tx.again_hops(BANK, named))
    (row,) = claimed(site)
    assert (delivery_id("1"), RowState.CLAIMED, 1) == (row.delivery_id, row.state, row.n)
    close_ = {a_closing("1"): (digest("message 1"),)}
    assert [a_closing("1")] == write(site.store, lambda tx: tx.close_hops(close_))
    assert [delivery_id("1"), delivery_id("2")] == sorted(told(site))


def test_an_open_hop_that_rests_is_due_again(site: Site) -> None:
    write(site.store, lambda tx: tx.add_hops([a_hop("1")]))
    claimed(site)
    keys = [(delivery_id("1"), BANK)]
    write(site.store, lambda tx: tx.mark_sent("w", keys, ("one", "i"), NOT_YET))
    assert [] == claimed(site)
    assert {delivery_id("1")} == look(
        site.store, lambda tx: tx.open_among(BANK, [delivery_id("1"), delivery_id("2")])
    )
    named = {delivery_id("1"): digest("message 1")}
    assert 1 == write(site.store, lambda tx: tx.again_hops(BANK, named))
    assert 1 == len(claimed(site))


def test_a_forgotten_hop_stands_in_history_as_closed(site: Site) -> None:
    write(site.store, lambda tx: tx.add_closed([(a_hop("1"), a_closing("1"))]))
    assert [delivery_id("1")] == told(site)
    named = {delivery_id("1"): digest("message 1")}
    assert 1 == write(site.store, lambda tx: tx.again_hops(BANK, named))
    (row,) = claimed(site)
    assert (MessageClass.ONLINE, 2) == (row.message_class, row.attempt)


def test_beats_of_a_life_that_is_over_change_nothing(site: Site) -> None:
    assert {} == look(site.store, lambda tx: tx.lives([BANK]))
    write(site.store, lambda tx: tx.seen([a_beat()]))
    assert {BANK: "aa" * 8} == look(site.store, lambda tx: tx.lives([BANK, HUB]))
    new = answering(site, "bb" * 8, "aa" * 8)
    write(site.store, lambda tx: tx.seen([new]))
    old = answering(site, "aa" * 8, "bb" * 8)
    write(site.store, lambda tx: tx.seen([old]))
    assert {BANK: "bb" * 8} == look(site.store, lambda tx: tx.lives([BANK]))


def answering(site: Site, life: str, heard: str, at: Instant = AT) -> Beat:
    """A beat of this life that has heard which life this store hears."""
    with site.store.read() as tx:
        told = Hearing(tx.fence.incarnation, tx.fence.incarnation, heard)
    return replace(a_beat(at=at), incarnation=life, hearing=told)


def test_the_moment_of_a_beat_is_kept_until_the_neighbour_is_compared(site: Site) -> None:
    def until() -> Instant:
        return look(site.store, lambda tx: tx.peers()[BANK].known_until)

    later = Instant(AT + HOUR)
    write(site.store, lambda tx: tx.seen([a_beat(at=AT)]))
    write(site.store, lambda tx: tx.begin_recovery(AT))
    write(site.store, lambda tx: tx.seen([a_beat(at=later)]))
    assert until() == AT
    write(site.store, lambda tx: tx.set_peer_state(BANK, OPEN))
    write(site.store, lambda tx: tx.seen([a_beat(at=later)]))
    assert until() == later
    write(site.store, lambda tx: tx.begin_recovery(AT))
    write(site.store, lambda tx: tx.seen([a_beat(at=AT)]))
    assert until() == 0


def test_another_life_begins_only_with_a_beat_that_answers_this_store(site: Site) -> None:
    write(site.store, lambda tx: tx.seen([replace(a_beat(), incarnation="cc" * 8)]))
    later = Instant(AT + HOUR)
    for unanswering in (
        replace(a_beat(at=later), incarnation="bb" * 8),
        answering(site, "bb" * 8, "aa" * 8, later),
        answering(site, "bb" * 8, "", later),
        replace(answering(site, "bb" * 8, "cc" * 8, later), hearing=Hearing("", "x", "cc" * 8)),
    ):
        write(site.store, lambda tx, beat=unanswering: tx.seen([beat]))  # type: ignore[misc]
        assert {BANK: "cc" * 8} == look(site.store, lambda tx: tx.lives([BANK]))
    early = answering(site, "bb" * 8, "cc" * 8, Instant(AT - HOUR))
    write(site.store, lambda tx: tx.seen([early]))
    assert {BANK: "bb" * 8} == look(site.store, lambda tx: tx.lives([BANK]))


def test_what_came_last_is_noted_though_it_is_not_believed(site: Site) -> None:
    write(site.store, lambda tx: tx.seen([replace(a_beat(), hearing=Hearing("mine", "", ""))]))
    first = look(site.store, lambda tx: tx.peers())[BANK]
    assert ("aa" * 8, "mine") == (first.last, first.said)
    told = Hearing("older", "", "")
    write(site.store, lambda tx: tx.seen([replace(a_beat(), hearing=told, incarnation="bb" * 8)]))
    row = look(site.store, lambda tx: tx.peers())[BANK]
    assert Hearing("aa" * 8, "bb" * 8, "older") == row.hearing
    assert first.seen_at == row.seen_at
    write(site.store, lambda tx: tx.seen([replace(a_beat(), hearing=told, incarnation="bb" * 8)]))
    assert row == look(site.store, lambda tx: tx.peers())[BANK]


def test_a_life_goes_on_unheard_though_beats_of_it_that_say_different_things_are_answered_in_turn(
    site: Site,
) -> None:
    def last() -> tuple[str, Instant]:
        row = look(site.store, lambda tx: tx.peers())[BANK]
        return row.said, row.last_since

    def say(*beats: Beat) -> Instant:
        with site.store.begin() as tx:
            tx.seen(beats)
            tx.commit()
            return tx.now

    say(replace(a_beat(), incarnation="aa" * 8))
    new = [
        replace(a_beat(), incarnation="bb" * 8, hearing=Hearing(life, "", ""))
        for life in ("one", "two")
    ]
    began = say(*new)
    said = [last()]
    for _ in range(3):
        if not isinstance(site.store, MemoryStore):  # whose clock stands still here
            until(lambda: look(site.store, lambda tx: tx.now) > began)
        say(*new)
        said.append(last())
    assert [(life, began) for life in ("one", "two", "one", "two")] == said
    other = say(replace(a_beat(), incarnation="dd" * 8))
    assert ("", other) == last()
    believed = say(answering(site, "dd" * 8, "aa" * 8))
    assert ("dd" * 8, believed) == (look(site.store, lambda tx: tx.lives([BANK]))[BANK], last()[1])


def test_since_when_a_life_is_unheard_is_kept_while_lives_are_answered_in_turn(site: Site) -> None:
    def say(*beats: Beat) -> Instant:
        with site.store.begin() as tx:
            tx.seen(beats)
            tx.commit()
            return tx.now

    def noted() -> tuple[str, Instant]:
        row = look(site.store, lambda tx: tx.peers())[BANK]
        return row.last, row.unheard_since

    known, new = a_beat(), replace(a_beat(), incarnation="bb" * 8)
    say(known)
    began, turns = say(known, new), [noted()]
    for _ in range(3):
        if not isinstance(site.store, MemoryStore):  # whose clock stands still here
            until(lambda: look(site.store, lambda tx: tx.now) > began)
        say(known, new)
        turns.append(noted())
    assert [(life, began) for life in ("bb" * 8, "aa" * 8) * 2] == turns
    say(known)
    assert ("aa" * 8, 0) == noted()
    say(new)
    say(answering(site, "bb" * 8, "aa" * 8))
    assert ("bb" * 8, 0) == noted()


def test_nothing_is_wanted_any_more_of_a_neighbour_that_is_asked_anew(site: Site) -> None:
    write(site.store, lambda tx: tx.add_wanted(BANK, Way.TO, [listed("1"), listed("2")]))
    write(site.store, lambda tx: tx.add_wanted(HUB, Way.TO, [listed("3")]))
    write(site.store, lambda tx: tx.forget_wanted(BANK))
    with site.store.read() as tx:
        assert (0, 1) == (tx.wanted_left(BANK), tx.wanted_left(HUB))


def test_newcomers_are_no_neighbour_that_was_heard(site: Site) -> None:
    write(site.store, lambda tx: tx.begin_recovery(AT))
    assert {} == look(site.store, lambda tx: tx.lives([NEWCOMERS]))
