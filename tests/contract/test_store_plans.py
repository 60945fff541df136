"""What PostgreSQL keeps between transactions: statements ready to run, whose plans go by keys."""

from collections.abc import Iterator

import pytest

from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from hub.exchange.muteness import RECOVERING
from tests.support.rows import BANK, digest
from tests.support.stores import write

OFTEN = 12
"""More than psycopg wants before it prepares a statement."""


@pytest.fixture
def store(made_postgres: str) -> Iterator[SqlStore]:
    store = open_store(made_postgres)
    yield store
    store.close()


def look(store: SqlStore) -> None:
    with store.read() as tx:
        tx.messages([digest("any")])


def ready(store: SqlStore) -> list[tuple[str, int, int]]:
    """Statements about messages on the connection that the next reader gets, with their uses."""
    asked = (
        "SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements"
        " WHERE statement LIKE '%%FROM message%%'"
    )
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(asked)]


@pytest.mark.postgres
def test_looks_leave_their_statements_ready(store: SqlStore) -> None:
    look(store)
    assert [] == ready(store)
    for _ in range(OFTEN):
        look(store)
    ((_, generic, custom),) = ready(store)
    assert generic + custom > 0


@pytest.mark.postgres
def test_a_plan_made_for_an_empty_table_goes_by_its_key(store: SqlStore) -> None:
    for _ in range(OFTEN):
        look(store)
    with store.engine.connect() as connection:
        ((name,),) = connection.exec_driver_sql(
            "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%%FROM message%%'"
        ).fetchall()
        explained = connection.exec_driver_sql(f"EXPLAIN EXECUTE {name} (ARRAY[''::bytea])")
        plan = "\n".join(row[0] for row in explained)
    assert "Seq Scan" not in plan
    assert "Index" in plan


@pytest.mark.postgres
def test_what_has_to_be_read_whole_is_not_compiled_to_machine_code(store: SqlStore) -> None:
    write(store, lambda tx: tx.set_peer_state(BANK, RECOVERING))
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE peer")
        explained = connection.exec_driver_sql("EXPLAIN ANALYZE SELECT peer.state FROM peer")
        plan = "\n".join(row[0] for row in explained)
    assert "Seq Scan" in plan
    assert "JIT" not in plan


@pytest.mark.postgres
def test_the_look_for_late_rows_reads_no_row_that_is_not(store: SqlStore) -> None:
    with store.engine.connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO outbox"
            " SELECT 'v' || n || ' bank-a', 'bank-a', 'r', 1, n, '', 1, NULL, 'sent',"
            " 9000000000000 + n, 1, 'one', 'i1', 0, false, '' FROM generate_series(1, 20000) n"
        )
        connection.exec_driver_sql("ANALYZE outbox")
    for _ in range(OFTEN):
        write(store, lambda tx: tx.expire_sent(BANK, tx.now, 9))
    with store.engine.connect() as connection:
        ((name,),) = connection.exec_driver_sql(
            "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%%attempt > 1%%'"
        ).fetchall()
        explained = connection.exec_driver_sql(f"EXPLAIN ANALYZE EXECUTE {name} ('bank-a', 1)")
        plan = "\n".join(row[0] for row in explained)
    assert "Removed by Filter" not in plan
    assert plan.count("using outbox_sent on") == plan.count("using outbox_sent_again on") > 1
