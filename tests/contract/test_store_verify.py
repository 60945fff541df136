"""A store that was tampered with says where."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from adapters.store.mending import mend
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.verify import verify
from hub.errors import Damaged, Misconfigured, RuleBroken
from hub.journal import Anchor, Lane
from tests.support.rows import digest
from tests.support.stores import look, write


@pytest.fixture
def store(made_url: str) -> Iterator[SqlStore]:
    made = open_store(made_url)
    for slot in "01":
        lane = str(Lane("00" * 8, "m", slot, "1"))
        for n in range(1200 if slot == "0" else 3):
            payload = str(n).encode()
            with made.begin() as tx:
                tx.append_journal(lane, payload)
                for k in range(20 if slot == "0" and n == 0 else 0):
                    tx.append_journal(lane, str(k).encode())
                tx.commit()
            if slot == "0" and n > 2:
                break
    octets = {digest(str(n)): str(n).encode() for n in range(1201)}
    write(made, lambda tx: tx.add_messages(octets))
    write(made, lambda tx: tx.make_checkpoint())
    write(made, lambda tx: tx.make_checkpoint())
    yield made
    made.close()


def spoil(store: SqlStore, statement: str, **values: object) -> list[str]:
    """Change a row behind the store's back; the codes found afterwards."""
    with store.engine.connect() as connection:
        assert 1 == connection.execute(text(statement), values).rowcount
    return sorted({damage.code for damage in verify(store).damaged})


def newest(store: SqlStore) -> Anchor:
    """What a neighbour holds after the last beat."""
    with store.read() as tx:
        made = tx.last_checkpoint()
        assert made is not None
        return Anchor(tx.fence.incarnation, made.number, made.hash)


LANE = "00" * 8 + "/m/0/1"


def test_an_honest_store_holds(store: SqlStore) -> None:
    found = verify(store)
    assert (1201, 2, 27, 2, []) == (
        found.messages, found.lanes, found.entries, found.checkpoints, found.damaged,
    )  # fmt: skip


def test_changed_octets_are_found_and_never_handed_out(store: SqlStore) -> None:
    one = digest("7")
    assert ["message_damaged"] == spoil(
        store, "UPDATE message SET octets = :o WHERE digest = :d", o=b"8", d=one
    )
    with pytest.raises(Damaged) as caught:
        look(store, lambda tx: tx.messages([one]))
    assert "message_damaged" == caught.value.code


def test_a_rewritten_entry_is_found(store: SqlStore) -> None:
    statement = "UPDATE journal SET payload = :p WHERE lane = :l AND n = 5"
    assert ["journal_broken"] == spoil(store, statement, p=b"x", l=LANE)


def test_a_missing_entry_is_found(store: SqlStore) -> None:
    statement = "DELETE FROM journal WHERE lane = :l AND n = 5"
    assert ["journal_gap"] == spoil(store, statement, l=LANE)


def test_a_truncated_lane_is_found_also_by_its_checkpoint(store: SqlStore) -> None:
    statement = "DELETE FROM journal WHERE lane = :l AND n = 24"
    assert ["checkpoint_broken", "journal_head"] == spoil(store, statement, l=LANE)


def test_a_lane_without_its_head_is_found(store: SqlStore) -> None:
    assert ["journal_head"] == spoil(store, "DELETE FROM lane_head WHERE lane = :l", l=LANE)


def test_a_head_set_back_is_found(store: SqlStore) -> None:
    statement = (
        "UPDATE lane_head SET n = 5, hash = (SELECT hash FROM journal WHERE lane = :l AND n = 5) "
        "WHERE lane = :l"
    )
    assert ["journal_head"] == spoil(store, statement, l=LANE)


def test_a_cut_journal_agrees_with_itself_and_not_with_what_neighbours_hold(
    store: SqlStore,
) -> None:
    held = newest(store)
    assert (1, []) == (verify(store, [held]).anchors, verify(store, [held]).damaged)
    assert [] == spoil(store, "DELETE FROM checkpoint WHERE number = 2")
    assert ["anchor_differs"] == [one.code for one in verify(store, [held]).damaged]
    with store.begin() as tx:
        tx.append_journal(str(Lane("00" * 8, "m", "2", "1")), b"written anew")
        tx.make_checkpoint()
        tx.make_checkpoint()
        tx.commit()
    again = verify(store, [held, newest(store)])
    assert [("anchor_differs", 2)] == [(one.code, one.context["n"]) for one in again.damaged]


def test_what_a_neighbour_holds_of_another_life_is_not_compared(store: SqlStore) -> None:
    with pytest.raises(RuleBroken, match="anchor_other_life"):
        verify(store, [replace(newest(store), life="ab" * 8)])


def test_a_removed_checkpoint_is_found(store: SqlStore) -> None:
    assert ["checkpoint_broken"] == spoil(store, "DELETE FROM checkpoint WHERE number = 1")


def test_damaged_octets_are_put_back_and_no_others(store: SqlStore) -> None:
    one = digest("7")
    spoil(store, "UPDATE message SET octets = :o WHERE digest = :d", o=b"8", d=one)
    with store.read() as tx:
        life = tx.fence.incarnation
    lane = str(Lane(life, "m", "cli", "1"))
    with pytest.raises(Misconfigured, match="octets_unknown"):
        mend(store, life, lane, b"never recorded")
    assert mend(store, life, lane, b"7")
    assert not mend(store, life, lane, b"7")
    assert [] == verify(store).damaged
    assert {one: b"7"} == look(store, lambda tx: tx.messages([one]))
