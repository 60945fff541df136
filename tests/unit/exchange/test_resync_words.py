"""The words of a resync, as octets, and what a node may hear meanwhile."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.clock import HOUR, Instant
from hub.exchange import packets, resync_hearing
from hub.exchange.beats import Beat, Hearing
from hub.exchange.gate import FORMER
from hub.exchange.judging import Judged
from hub.exchange.muteness import OPEN, SET_ASIDE
from hub.exchange.recovery import (
    NOT_YET,
    Cursor,
    Listed,
    ResyncParcel,
    Way,
    Word,
    back_id,
    handed_back,
)
from hub.parties import NodeId
from tests.support.rows import delivery_id, digest
from tests.support.simulator.world import BANK, BUREAU, HUB, World

CURSORS = st.builds(
    Cursor, st.sampled_from([Instant(0), Instant(5), NOT_YET]), st.sampled_from(["-", "a/b"])
)


@given(
    word=st.sampled_from(Word), way=st.sampled_from(Way), after=CURSORS, upto=CURSORS,
    flags=st.tuples(st.booleans(), st.booleans()), count=st.integers(0, 3),
)  # fmt: skip
def test_a_word_comes_back_as_it_was_said(
    word: Word, way: Way, after: Cursor, upto: Cursor, flags: tuple[bool, bool], count: int
) -> None:
    entries = tuple(Listed(delivery_id(str(n)), digest(str(n))) for n in range(count))
    parcel = ResyncParcel(
        "sim", HUB, BANK, "aa", "bb", word, way, Instant(7), after, upto, *flags, entries
    )
    assert parcel == packets.decode(packets.encode_resync(parcel))


def test_what_is_handed_back_is_named_after_its_delivery() -> None:
    assert delivery_id("1") == handed_back(back_id(delivery_id("1")))
    assert not handed_back(delivery_id("1"))


def test_a_restored_hub_takes_no_other_body_before_it_has_the_first_one_back() -> None:
    world = World(7)
    before = world.sites[HUB].store.snapshot()
    world.submit("1")
    world.tail()
    assert [] == world.problems()
    world.sites[HUB].store.restore(before, "hub-again")
    assert not world.on_record(HUB, world.submitted[0])
    world.conflict_of("1")
    world.tail(90)
    assert [] == world.problems()


def test_a_life_that_ends_between_judging_and_recording_is_not_heard() -> None:
    world = World(9)
    site, judged = world.sites[HUB], []

    def standing_still(judge: Callable[..., Judged], *args: Any) -> Judged:
        found = judge(*args)
        if found.decided:
            judged.extend(found.decided)
            with site.store.begin() as tx:
                heard = Hearing("", site.incarnation, tx.lives([BUREAU]).get(BUREAU, ""))
                beat = Beat(
                    "sim", BUREAU, HUB, "bureau-again", tx.now, 1, 1, 0, b"", (), heard
                )  # fmt: skip
                tx.seen([beat])
                tx.commit()
        return found

    for hub in (m for m in world.machines if m.site is site):
        hub.exchange._judge.judge = partial(standing_still, hub.exchange._judge.judge)  # type: ignore[method-assign]
    world.submit("1")
    for _ in range(200):
        world.step()
    assert judged
    assert not world.on_record(HUB, world.submitted[0])
    assert {"sender": BUREAU, "code": FORMER} in [
        fact.fields for fact in site.facts if fact.name == "held"
    ]


def test_a_bureau_that_lost_everything_gets_its_own_vouchers_back() -> None:
    world = World(8)
    before = world.sites[BUREAU].store.snapshot()
    for number in ("1", "2", "3"):
        world.submit(number)
    world.tail()
    world.sites[BUREAU].store.restore(before, "bureau-again")
    asked, world.submitted = world.submitted, []
    world.tail(40)
    assert [True] * 3 == [world.on_record(BUREAU, voucher) for voucher in asked]
    with world.sites[BUREAU].store.read() as tx:
        (progress,) = tx.resyncs().values()
    assert (NodeId("hub"), True, 0) == (progress.peer, progress.done, progress.rounds)
    assert progress.wanted == progress.recovered >= 6


def test_another_life_is_answered_at_once_and_nothing_is_said_twice() -> None:
    world = World(10)
    world.rest(6, 2000, lambda: False)
    hub = world.machines[0]
    assert HUB == hub.site.node
    before = world.sites[BANK].store.snapshot()
    assert 2 * len(world.brokers) == hub.beater.step()
    assert 0 == hub.beater.step(news=True)
    world.sites[BANK].store.restore(before, "bank-again")
    world.sites[BANK].clock.behind_ms = HOUR
    bank = next(machine for machine in world.machines if machine.site.node == BANK)
    bank.start()
    bank.beat()
    hub.receive(100)
    assert len(world.brokers) == hub.beater.step(news=True)
    assert 0 == hub.beater.step(news=True)
    bank.receive(100)
    bank.beater.step(news=True)
    hub.receive(100)
    with world.sites[HUB].store.read() as tx:
        assert {BANK: "bank-again"} == tx.lives([BANK])


def test_a_neighbour_that_was_set_aside_is_compared_to_the_end_when_it_is_there() -> None:
    world = World(11)
    site, before = world.sites[BANK], world.sites[BANK].store.snapshot()
    for number in ("1", "2", "3"):
        world.submit(number)
    world.tail()
    site.store.restore(before, "bank-again")
    bank = next(machine for machine in world.machines if machine.site is site)
    bank.start()
    with site.store.begin() as tx:
        tx.set_peer_state(HUB, SET_ASIDE)
        resync_hearing.spoken(tx, bank.place)
        tx.commit()
    world.tail(90)
    with site.store.read() as tx:
        progress = tx.resyncs()[HUB]
        assert (OPEN, 0) == (tx.peers()[HUB].state, tx.wanted_left(HUB))
        assert NOT_YET != tx.restore().opened_at
    assert progress.wanted == progress.recovered > 0
    assert [] == world.problems()
