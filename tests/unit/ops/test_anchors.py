"""A store that went back under the same incarnation does not start."""

from pathlib import Path

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.errors import Damaged, StoreDown
from ops.anchors import Anchors
from tests.support.simulator.clock import SimClock


def a_store() -> MemoryStore:
    store = MemoryStore(SimClock(), "life-1")
    record(store)
    return store


def record(store: MemoryStore) -> None:
    with store.begin() as tx:
        tx.append_journal("life-1/a/w0/1", b"something")
        tx.commit()


def test_a_store_with_its_newest_checkpoint_starts(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path, a_store())
    anchors.check()
    anchors.make(token=0)
    anchors.check()


def test_a_store_that_went_back_does_not_start(tmp_path: Path) -> None:
    store = a_store()
    anchors = Anchors(tmp_path, store)
    anchors.make(token=0)
    yesterday = store.snapshot()
    record(store)
    anchors.make(token=0)
    store.restore(yesterday)
    with pytest.raises(Damaged, match="store_went_back"):
        anchors.check()


def test_a_restored_store_under_a_new_incarnation_starts(tmp_path: Path) -> None:
    store = a_store()
    yesterday = store.snapshot()
    anchors = Anchors(tmp_path, store)
    anchors.make(token=0)
    store.restore(yesterday, "life-2")
    anchors.check()


def test_an_anchor_that_cannot_be_read_is_no_anchor_passed(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.json").write_text("{")
    with pytest.raises(Damaged, match="anchor_unreadable"):
        Anchors(tmp_path, a_store()).check()


def test_a_checkpoint_that_cannot_be_remembered_for_want_of_room_is_tried_again(
    tmp_path: Path,
) -> None:
    anchors = Anchors(tmp_path, a_store())
    anchors.make(token=0)
    (tmp_path / "checkpoint.new").mkdir()  # nothing can be written there
    with pytest.raises(StoreDown, match="store_full"):
        anchors.make(token=0)
    anchors.check()
    (tmp_path / "checkpoint.new").rmdir()
    anchors.make(token=0)
    anchors.check()
