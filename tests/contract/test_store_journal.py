"""Contract of the store: fence, journal lanes and checkpoints."""

import pytest

from hub import journal
from hub.errors import Fenced
from hub.journal import GENESIS, Entry, Lane
from tests.support.stores import Site, look, write


def lane(site: Site, slot: str = "0", start: int = 1) -> str:
    incarnation = look(site.store, lambda tx: tx.fence.incarnation)
    return str(Lane(incarnation, "m", slot, str(start)))


def test_a_lane_is_a_chain(site: Site) -> None:
    name = lane(site)
    first = write(site.store, lambda tx: tx.append_journal(name, b"one"))
    with site.store.begin() as tx:
        second = tx.append_journal(name, b"two")
        third = tx.append_journal(name, b"three")
        tx.commit()
    link1 = journal.link(GENESIS, b"one")
    link2 = journal.link(link1, b"two")
    assert Entry(name, 1, first.at, b"one", link1) == first
    assert Entry(name, 2, tx.now, b"two", link2) == second
    assert Entry(name, 3, tx.now, b"three", journal.link(link2, b"three")) == third


def test_a_rolled_back_entry_was_never_there(site: Site) -> None:
    name = lane(site)
    write(site.store, lambda tx: tx.append_journal(name, b"one"))
    with site.store.begin() as tx:
        tx.append_journal(name, b"lost")
    assert 2 == write(site.store, lambda tx: tx.append_journal(name, b"two")).n


def test_a_lane_that_another_process_owns_is_fenced(site: Site) -> None:
    name = lane(site)
    write(site.store, lambda tx: tx.append_journal(name, b"one"))
    other = site.attach()
    with pytest.raises(Fenced) as caught, other.begin() as tx:
        tx.append_journal(name, b"stolen")
    assert "lane_taken" == caught.value.code
    assert 2 == write(site.store, lambda tx: tx.append_journal(name, b"two")).n


def test_two_processes_write_their_own_lanes(site: Site) -> None:
    other = site.attach()
    mine, theirs = lane(site, "0"), lane(site, "1")
    for n in (1, 2, 3):
        assert n == write(site.store, lambda tx: tx.append_journal(mine, b"m")).n
        assert n == write(other, lambda tx: tx.append_journal(theirs, b"t")).n


def test_a_checkpoint_hashes_all_heads_and_follows_the_one_before(site: Site) -> None:
    assert look(site.store, lambda tx: tx.last_checkpoint()) is None
    name = lane(site)
    entry = write(site.store, lambda tx: tx.append_journal(name, b"one"))
    first = write(site.store, lambda tx: tx.make_checkpoint())
    heads = (("", 0, GENESIS), (name, 1, entry.hash))
    assert (1, heads, journal.checkpoint(heads)) == (first.number, first.heads, first.hash)
    second = write(site.store, lambda tx: tx.make_checkpoint())
    assert (2, ("", 1, first.hash)) == (second.number, second.heads[0])
    assert second == look(site.store, lambda tx: tx.last_checkpoint())


def test_a_checkpoint_closes_lanes_that_a_later_start_has_superseded(site: Site) -> None:
    old, new, other = lane(site, "0", 1), lane(site, "0", 2), lane(site, "1", 1)
    for name in (old, new, other):
        write(site.store, lambda tx, name=name: tx.append_journal(name, b"x"))  # type: ignore[misc]
    first = write(site.store, lambda tx: tx.make_checkpoint())
    assert {"", old, new, other} == {name for name, _, _ in first.heads}
    second = write(site.store, lambda tx: tx.make_checkpoint())
    assert {"", new, other} == {name for name, _, _ in second.heads}
    with pytest.raises(Fenced), site.store.begin() as tx:
        tx.append_journal(old, b"late")


def test_lanes_of_an_earlier_life_are_closed(site: Site) -> None:
    name = lane(site)
    write(site.store, lambda tx: tx.append_journal(name, b"x"))
    site.renew()
    write(site.store, lambda tx: tx.make_checkpoint())
    assert 1 == len(write(site.store, lambda tx: tx.make_checkpoint()).heads)


def test_the_trust_state_counts_up(site: Site) -> None:
    assert 1 == look(site.store, lambda tx: tx.fence.trust_state)
    assert 2 == write(site.store, lambda tx: tx.raise_trust_state())
    assert 2 == look(site.store, lambda tx: tx.fence.trust_state)


def test_a_new_life_has_another_incarnation_and_the_same_token(site: Site) -> None:
    before = look(site.store, lambda tx: tx.fence)
    site.renew()
    after = look(site.store, lambda tx: tx.fence)
    assert before.incarnation != after.incarnation
    assert (before.trust_state, before.token) == (after.trust_state, after.token)
