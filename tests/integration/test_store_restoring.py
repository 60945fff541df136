"""A copy of a store is believed only when its journal holds, and gets a life of its own."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from adapters.store import making, opening
from adapters.store.restoring import StoreKeeper, payloads
from hub.errors import Damaged
from hub.journal import GENESIS
from hub.parties import NodeId
from ops.drill import load


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    store = making.create(address)
    for n in (1, 2, 50, 51):  # 50 makes a checkpoint
        load.write_once(store, "0", "start", n)
    with store.begin() as transaction:
        transaction.set_peer_state(NodeId("bank-one"), "open")
        transaction.commit()
    store.close()
    return address


def change(url: str, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store, store:
        assert store.execute(statement).rowcount > 0


def test_a_whole_journal_with_its_checkpoint_is_believed(url: str) -> None:
    keeper = StoreKeeper(url)
    _, number, hash_ = keeper.checkpoint()
    assert 1 == number
    keeper.require(url, number, hash_)
    keeper.require(url, 0, GENESIS)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE journal SET payload = x'00' WHERE n = 2", "journal_broken"),
        ("DELETE FROM journal WHERE n = 2", "journal_gap"),
        ("DELETE FROM journal WHERE n = 4", "journal_head"),
        ("DELETE FROM journal", "journal_head"),
        ("DELETE FROM lane_head", "journal_head"),
        (
            "UPDATE checkpoint SET heads = CAST(replace(heads, ' 3 ', ' 2 ') AS BLOB)",
            "checkpoint_missing",
        ),
        ("UPDATE checkpoint SET heads = x'ff'", "checkpoint_missing"),
        ("UPDATE checkpoint SET heads = x'00'", "checkpoint_missing"),
        ("DELETE FROM checkpoint", "checkpoint_missing"),
    ],
)
def test_a_journal_that_was_changed_is_not_believed(url: str, statement: str, code: str) -> None:
    keeper = StoreKeeper(url)
    _, number, hash_ = keeper.checkpoint()
    change(url, statement)
    with pytest.raises(Damaged) as told:
        keeper.require(url, number, hash_)
    assert code == told.value.code


def test_an_older_copy_lacks_the_checkpoint(url: str) -> None:
    with pytest.raises(Damaged, match="checkpoint_missing"):
        StoreKeeper(url).require(url, 2, bytes(32))


def test_a_new_life_has_to_be_compared_with_every_peer(url: str) -> None:
    keeper = StoreKeeper(url)
    before = keeper.checkpoint()[0]
    life = keeper.new_incarnation(url)
    store = opening.open_store(url)
    with store.read() as transaction:
        assert life == transaction.fence.incarnation
        assert ["recovering"] == [row.state for row in transaction.peers().values()]
        never_met = NodeId("bank-two")
        assert {never_met} == transaction.recovering([never_met])
    assert life != before
    assert ["0-start-1", "0-start-2", "0-start-50", "0-start-51"] == load.present(payloads(store))
    store.close()
