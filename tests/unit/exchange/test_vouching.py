"""People vouch for a neighbour's new life only where it cannot answer, and nobody else speaks."""

from dataclasses import replace

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.errors import RuleBroken
from hub.exchange import conditions
from hub.exchange.beats import Hearing, PeerRow
from hub.exchange.place import Place
from hub.exchange.routing import Directory
from hub.exchange.vouching import SILENT_MS, vouched
from hub.journal import Lane
from hub.parties import Party
from tests.support.rows import AT, BANK, HUB, a_beat
from tests.support.stores import TickingClock

OWN, KNOWN, NEW = "00" * 8, "aa" * 8, "bb" * 8
DIRECTORY = Directory(HUB, Party("999", "hub"), {})
PLACE = Place("sd-test", HUB, OWN, Lane(OWN, "m", "0", "1"), DIRECTORY)


def restored() -> tuple[MemoryStore, TickingClock]:
    """A hub that hears a bank, whose restored store speaks and cannot answer."""
    clock = TickingClock(AT)
    store = MemoryStore(clock, OWN)
    with store.begin() as tx:
        tx.seen([a_beat()])
        tx.commit()
    clock.at += HOUR
    with store.begin() as tx:
        tx.seen([replace(a_beat(), incarnation=NEW)])
        tx.commit()
    clock.at += conditions.UNHEARD_MS + 1
    return store, clock


def bank(store: MemoryStore) -> PeerRow:
    with store.read() as tx:
        return tx.peers()[BANK]


def test_a_life_that_is_vouched_for_is_heard_and_the_known_one_is_over() -> None:
    store, clock = restored()
    assert KNOWN == bank(store).incarnation
    row = bank(store)
    assert ["peer_unheard"] == [one.code for one in conditions.lives({BANK: row}, OWN, clock.now())]
    with store.begin() as tx:
        tx.seen([vouched(row, NEW, PLACE, tx.now)])
        tx.commit()
    assert NEW == bank(store).incarnation
    assert [] == conditions.lives({BANK: bank(store)}, OWN, clock.now())
    with store.begin() as tx:
        tx.seen([a_beat(at=Instant(AT + HOUR)), replace(a_beat(), incarnation=NEW, checkpoint=9)])
        tx.commit()
    assert (NEW, 9) == (bank(store).incarnation, bank(store).checkpoint)


@pytest.mark.parametrize("life", ["", KNOWN, "cc" * 8])
def test_no_life_is_vouched_for_but_the_one_that_speaks_unheard(life: str) -> None:
    store, clock = restored()
    with pytest.raises(RuleBroken, match="life_not_awaited"):
        vouched(bank(store), life, PLACE, clock.now())


def test_a_life_that_has_only_begun_may_still_answer_for_itself() -> None:
    store, clock = restored()
    clock.at -= MINUTE
    with pytest.raises(RuleBroken, match="life_not_awaited"):
        vouched(bank(store), NEW, PLACE, clock.now())


def test_nobody_is_vouched_for_who_never_spoke() -> None:
    with pytest.raises(RuleBroken, match="life_not_awaited"):
        vouched(None, NEW, PLACE, AT)


def test_while_the_known_life_speaks_the_other_is_a_second_machine() -> None:
    store, clock = restored()
    row = replace(bank(store), seen_at=Instant(clock.now() - SILENT_MS))
    with pytest.raises(RuleBroken, match="life_still_speaks"):
        vouched(row, NEW, PLACE, clock.now())


@pytest.mark.parametrize("noted", ["seen_at", "unheard_since"])
def test_a_clock_that_was_put_back_does_not_shut_this_way_for_as_long_as_that_was(
    noted: str,
) -> None:
    store, clock = restored()
    ahead = Instant(clock.now() + DAY)
    row = bank(store)
    row = replace(row, seen_at=ahead) if noted == "seen_at" else replace(row, unheard_since=ahead)
    assert NEW == vouched(row, NEW, PLACE, clock.now()).incarnation


def test_a_life_unheard_since_a_clock_that_was_put_back_is_told_of_as_of_now() -> None:
    store, clock = restored()
    rows = {BANK: replace(bank(store), unheard_since=Instant(clock.now() + DAY))}
    found = conditions.lives(rows, OWN, clock.now())
    assert [("peer_unheard", clock.now())] == [(one.code, one.since) for one in found]


def test_a_life_can_be_vouched_for_though_old_beats_of_it_come_with_every_new_one() -> None:
    store, clock = restored()
    beats = [
        replace(a_beat(), incarnation=NEW, hearing=Hearing(life, "", "")) for life in ("one", "two")
    ]
    for _ in range(3):
        clock.at += MINUTE
        with store.begin() as tx:
            tx.seen(beats)
            tx.commit()
    rows = {BANK: bank(store)}
    assert "peer_unheard" in [one.code for one in conditions.lives(rows, OWN, clock.now())]
    assert NEW == vouched(bank(store), NEW, PLACE, clock.now()).incarnation


def test_two_lives_that_speak_at_once_are_told_of_whosever_turn_it_is_and_neither_vouched_for() -> (
    None
):
    store, clock = restored()
    for _ in range(4):
        clock.at += MINUTE
        with store.begin() as tx:
            tx.seen([a_beat(), replace(a_beat(), incarnation=NEW)])
            tx.commit()
        rows = {BANK: bank(store)}
        assert "peer_unheard" in [one.code for one in conditions.lives(rows, OWN, clock.now())]
        with pytest.raises(RuleBroken, match="life_still_speaks"):
            vouched(bank(store), NEW, PLACE, clock.now())


def test_a_neighbour_that_begins_to_hear_another_life_of_this_store_has_its_grace() -> None:
    store, clock = restored()

    def deaf(life: str) -> bool:
        with store.begin() as tx:
            tx.seen([replace(a_beat(), hearing=Hearing(life, "", ""))])
            tx.commit()
        rows = {BANK: bank(store)}
        return "peer_deaf" in [one.code for one in conditions.lives(rows, OWN, clock.now())]

    assert not deaf(OWN)
    clock.at += HOUR
    assert not deaf("other")
    clock.at += conditions.UNHEARD_MS
    assert not deaf("other")
    clock.at += 1
    assert deaf("another")
