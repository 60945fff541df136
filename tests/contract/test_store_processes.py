"""Contract of the store in SQL: several processes at once, the fence, the store's own life."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.store.making import create, upgrade
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.transaction import SqlTransaction
from adapters.store.verify import verify
from hub.clock import MINUTE, Instant
from hub.errors import Fenced, Misconfigured, StoreDown
from hub.exchange import sequence
from hub.exchange.ahead import NOTHING, Ahead
from tests.support.rows import BANK, a_closing, a_delivery, a_hop, a_refusal, delivery_id, digest
from tests.support.store_worker import BATCH
from tests.support.stores import look, write

ROOT = Path(__file__).parents[2]
COMMITS = 15


def test_processes_draw_dense_numbers_and_write_their_own_lanes(made_url: str) -> None:
    store = open_store(made_url)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.store_worker", made_url, slot, str(COMMITS)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for slot in "012"
    ]  # fmt: skip
    said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [0, 0, 0] == [worker.returncode for worker in workers]
    drawn = sorted(int(n) for text in said for n in text.split())
    assert list(range(1, 3 * COMMITS * BATCH + 1)) == drawn
    with store.begin() as tx:
        rows = tx.claim_hops("w", Instant(tx.now + MINUTE), 1000, [BANK])
        (mark,) = tx.marks(BANK)
    chained = sequence.START
    for row in sorted(rows, key=lambda row: row.n):
        chained = sequence.chain(chained, row.n, row.delivery_id)
    assert (len(drawn), chained) == (mark.n, mark.digest)
    found = verify(store)
    assert (3, 3 * COMMITS, []) == (found.lanes, found.entries, found.damaged)
    store.close()


def test_two_processes_count_a_limited_party_together(made_url: str) -> None:
    stores = [open_store(made_url), open_store(made_url)]

    def count(of: SqlStore) -> None:
        done = 0
        while done < COMMITS:
            try:
                with of.begin() as tx:
                    tx.put_allowance("102.370100", tx.lock_allowance("102.370100") + 1)
                    tx.commit()
                    done += 1
            except StoreDown:
                continue

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(count, stores))
    assert {"102.370100": 2 * COMMITS} == look(stores[0], lambda tx: tx.allowances())
    for store in stores:
        store.close()


def test_two_processes_never_claim_the_same_row(made_url: str) -> None:
    store, other = open_store(made_url), open_store(made_url)
    write(store, lambda tx: tx.add_hops([a_hop(str(n)) for n in range(200)]))
    claimed: list[str] = []

    def claim(of: SqlStore, worker: str) -> None:
        while True:
            try:
                with of.begin() as tx:
                    rows = tx.claim_hops(worker, Instant(tx.now + MINUTE), 7, [BANK])
                    tx.commit()
            except StoreDown:
                continue
            if not rows:
                return
            claimed.extend(row.delivery_id for row in rows)

    threads = [threading.Thread(target=claim, args=(s, n)) for s, n in ((store, "a"), (other, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (200, 200) == (len(claimed), len(set(claimed)))
    store.close()
    other.close()


def test_a_takeover_waits_for_open_writers_and_fences_the_next(made_url: str) -> None:
    store, other = open_store(made_url), open_store(made_url)
    done = threading.Event()

    def take_over() -> None:
        other.take_over(1)
        done.set()

    thread = threading.Thread(target=take_over)
    with store.begin() as tx:
        thread.start()
        tx.add_deliveries([a_delivery()])
        assert not done.wait(0.2)
        assert 0 == tx.fence.token
        tx.commit()
    thread.join()
    with store.begin() as tx:
        assert 1 == tx.fence.token
        with pytest.raises(Fenced):
            tx.fence.require_token(0)
    with pytest.raises(Fenced):
        store.take_over(1)
    store.close()
    other.close()


@pytest.mark.postgres
def test_writers_share_the_fence_of_postgresql(made_postgres: str) -> None:
    store, other = open_store(made_postgres), open_store(made_postgres)
    with store.begin() as one, other.begin() as two:
        one.add_deliveries([a_delivery("1")])
        two.add_deliveries([a_delivery("2")])
        one.commit()
        two.commit()
    store.close()
    other.close()


@pytest.mark.postgres
def test_the_dispatcher_does_not_wait_for_rows_that_a_worker_is_closing(postgres_url: str) -> None:
    store, other = create(postgres_url), open_store(postgres_url)
    keys = [(delivery_id(n), BANK) for n in "123"]
    write(store, lambda tx: tx.add_hops([a_hop(n) for n in "123"]))
    write(store, lambda tx: tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK]))
    write(store, lambda tx: tx.mark_sent("w", keys[2:], ("c2", "old"), Instant(tx.now + MINUTE)))
    with store.begin() as closing:
        closed = closing.close_hops({a_closing(n): (digest(f"message {n}"),) for n in "13"})
        with other.begin() as tx:
            tx.mark_sent("w", keys[:2], ("c1", "new"), Instant(tx.now + MINUTE))
            reopened = tx.reopen_channel("c2", "new")
            tx.commit()
        closing.commit()
    assert [a_closing("1"), a_closing("3")] == closed
    assert (0, 1) == (reopened, look(store, lambda tx: tx.open_hops()))
    assert 1 == write(store, lambda tx: tx.reopen_channel("c1", "newer")), "2 was marked as sent"
    store.close()
    other.close()


@pytest.mark.postgres
def test_a_lost_row_whose_closing_is_undone_is_due_when_it_is_reopened_again(
    postgres_url: str,
) -> None:
    store, other = create(postgres_url), open_store(postgres_url)
    key = (delivery_id("1"), BANK)
    write(store, lambda tx: tx.add_hops([a_hop("1")]))
    write(store, lambda tx: tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK]))
    write(store, lambda tx: tx.mark_sent("w", [key], ("c1", "old"), Instant(tx.now + MINUTE)))
    with store.begin() as closing:
        closing.close_hops({a_closing("1"): (digest("message 1"),)})
        assert 0 == write(other, lambda tx: tx.reopen_channel("c1", "new")), "it is held"
    assert 1 == write(other, lambda tx: tx.reopen_channel("c1", "new"))
    assert [key[0]] == [
        row.delivery_id
        for row in write(other, lambda tx: tx.claim_hops("w", Instant(tx.now + 1), 9, [BANK]))
    ]
    store.close()
    other.close()


@pytest.mark.postgres
def test_the_same_row_from_two_open_transactions_is_contended(made_postgres: str) -> None:
    store, other = open_store(made_postgres), open_store(made_postgres)
    with ThreadPoolExecutor(1) as pool, store.begin() as one:
        one.add_deliveries([a_delivery()])
        one.deliveries([a_delivery().delivery_id])  # what is asked for is written before
        second = pool.submit(write, other, lambda tx: tx.add_deliveries([a_delivery()]))
        time.sleep(0.1)  # most likely it waits for the first by now; the outcome is the same
        one.commit()
    with pytest.raises(StoreDown) as caught:
        second.result()
    assert "store_contended" == caught.value.code
    assert 1 == look(other, lambda tx: len(tx.deliveries([a_delivery().delivery_id])))
    store.close()
    other.close()


def _nothing(_tx: SqlTransaction) -> None:
    """Frozen right after the opening."""


def _one_question(tx: SqlTransaction) -> None:
    tx.trust_number()


def _rows_and_a_question(tx: SqlTransaction) -> None:
    tx.add_refusals([a_refusal()])
    tx.trust_number()


@pytest.mark.postgres
@pytest.mark.parametrize("ahead", [NOTHING, Ahead(restore=True)])
@pytest.mark.parametrize("before", [_nothing, _one_question, _rows_and_a_question])
def test_a_transaction_that_stands_still_is_ended_by_the_server(
    made_postgres: str, ahead: Ahead, before: Callable[[SqlTransaction], None]
) -> None:
    store, other = open_store(made_postgres), open_store(made_postgres)
    with store.begin(ahead) as tx:
        before(tx)
        tx.add_deliveries([a_delivery()])
        other.take_over(1)  # returns only once the frozen transaction was ended
        with pytest.raises(StoreDown) as caught:
            tx.commit()
    assert caught.value.code in {"store_contended", "store_away"}
    write(store, lambda tx: tx.add_deliveries([a_delivery()]))
    store.close()
    other.close()


def test_an_interrupted_statement_is_told_as_the_interruption(made_url: str) -> None:
    store = open_store(made_url)
    with pytest.raises(KeyboardInterrupt), store.begin() as tx:  # noqa: PT012 - both are the case
        tx.session.connection.invalidate()  # as SQLAlchemy does when a signal breaks a statement
        raise KeyboardInterrupt
    write(store, lambda tx: tx.add_deliveries([a_delivery()]))
    store.close()


def test_a_store_is_made_once_and_opened_where_it_is(store_url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        open_store(store_url)
    assert "store_missing" == caught.value.code
    first = create(store_url)
    with pytest.raises(Misconfigured) as caught:
        create(store_url)
    assert "store_exists" == caught.value.code
    upgrade(store_url)
    again = open_store(store_url)
    fences = [look(store, lambda tx: tx.fence) for store in (first, again)]
    assert fences[0] == fences[1]
    assert 16 == len(fences[0].incarnation)
    first.close()
    again.close()


def test_an_address_of_another_database_is_refused() -> None:
    for url in ("oracle://x", "no address", "sqlite://"):
        with pytest.raises(Misconfigured) as caught:
            open_store(url)
        assert "store_unsupported" == caught.value.code
