"""The memory store as the simulator uses it: crashes after any verb, snapshots, speed."""

import time
from contextlib import suppress

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.clock import MINUTE, Instant
from hub.errors import Fenced
from hub.exchange.ports import Transaction
from hub.journal import Lane
from tests.support.rows import (
    BANK,
    a_closing,
    a_delivery,
    a_hop,
    a_layer,
    a_notice,
    a_status,
    delivery_id,
    digest,
    layer_id,
)
from tests.support.stores import TickingClock, look, write

LANE = str(Lane("00" * 8, "m", "0", "1"))


class Crash(BaseException):
    """The process dies."""


def a_store() -> MemoryStore:
    return MemoryStore(TickingClock(), "00" * 8)


def record(tx: Transaction, numbers: list[str]) -> None:
    """What one recording transaction does."""
    assert {} == tx.layers([layer_id(n) for n in numbers])
    assert {} == tx.deliveries([delivery_id(n) for n in numbers])
    tx.add_messages({digest(f"message {n}"): b"x" for n in numbers})
    tx.add_layers([a_layer(n) for n in numbers])
    tx.add_deliveries([a_delivery(n) for n in numbers])
    tx.add_hops([a_hop(n) for n in numbers])
    tx.add_status([a_status(n) for n in numbers])
    tx.add_notices(BANK, [a_notice(n) for n in numbers])
    tx.claim_hops("w", Instant(tx.now + MINUTE), 10, [BANK])
    keys = [(delivery_id(n), BANK) for n in numbers]
    tx.mark_sent("w", keys, ("one", "i1"), Instant(tx.now + MINUTE))
    tx.close_hops({a_closing(numbers[0]): (digest(f"message {numbers[0]}"),)})
    tx.append_journal(LANE, b"x")
    tx.raise_trust_state()
    tx.make_checkpoint()
    tx.commit()


def rows(store: MemoryStore) -> dict[str, dict[object, object]]:
    return {name: kept for name, kept in store.snapshot().tables.items() if kept}


def test_a_crash_before_any_verb_leaves_nothing_and_after_the_commit_everything() -> None:
    verbs: list[str] = []
    whole = a_store()
    whole.hook = verbs.append
    with whole.begin() as tx:
        record(tx, ["1", "2"])
    assert ["commit", "committed"] == verbs[-2:]
    empty = rows(a_store())

    def dies_at(step: int) -> MemoryStore:
        store = a_store()
        steps = iter(range(len(verbs)))

        def hook(_verb: str) -> None:
            if next(steps) == step:
                raise Crash

        store.hook = hook
        with suppress(Crash), store.begin() as tx:
            record(tx, ["1", "2"])
        return store

    for step, verb in enumerate(verbs):
        expected = rows(whole) if verb == "committed" else empty
        assert expected == rows(dies_at(step)), verb


def test_a_snapshot_is_restored_any_number_of_times() -> None:
    store = a_store()
    write(store, lambda tx: tx.add_hops([a_hop("1")]))
    then = store.snapshot()
    for _ in range(2):
        with store.begin() as tx:
            record(tx, ["2", "3"])
        assert 2 == look(store, lambda tx: tx.open_hops())
        store = store.attach()
        store.restore(then)
        assert 1 == look(store, lambda tx: tx.open_hops())
    assert "00" * 8 == look(store, lambda tx: tx.fence.incarnation)
    store.restore(then, incarnation="11" * 8)
    assert "11" * 8 == look(store, lambda tx: tx.fence.incarnation)


def test_a_process_that_outlives_a_restore_is_fenced_by_its_lane() -> None:
    store = a_store()
    then = store.snapshot()
    write(store, lambda tx: tx.append_journal(LANE, b"x"))
    store.restore(then)
    with pytest.raises(Fenced), store.begin() as tx:
        tx.append_journal(LANE, b"y")


def test_a_takeover_fences_older_tokens() -> None:
    store = a_store()
    store.take_over(3)
    assert 3 == look(store, lambda tx: tx.fence.token)
    with pytest.raises(Fenced):
        store.take_over(3)


def test_a_read_view_refuses_to_write() -> None:
    with a_store().read() as tx, pytest.raises(AssertionError):
        tx.add_hops([a_hop()])


def test_transactions_are_not_interleaved() -> None:
    store = a_store()
    with store.begin(), pytest.raises(AssertionError), store.attach().begin():
        pass


def test_a_recording_transaction_takes_well_below_a_millisecond() -> None:
    """The simulator runs some hundred thousand of them; the limit leaves room for slow machines."""
    store = a_store()
    write(store, lambda tx: tx.append_journal(LANE, b"first"))
    best = 1.0
    for n in range(50):
        begun = time.perf_counter()
        with store.begin() as tx:
            record(tx, [str(n)])
        best = min(best, time.perf_counter() - begun)
    assert best < 0.001
