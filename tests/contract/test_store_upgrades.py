"""Steps that move rows: an older store's are as the newer version wants them."""

from alembic import command
from sqlalchemy import text

from adapters.store.making import create, migrations_of, others, upgrade
from adapters.store.opening import connected, engine_at, open_store
from adapters.store.tables import META
from hub.clearing.quota import book_of

KEY = "1506000000/102451000011/101/2050202/1/2026/11"
ENTRY = text("INSERT INTO desk_entry VALUES (:id, 'p', :book, :key, :cause, :fen, 1)")
BALANCE = text("INSERT INTO desk_balance VALUES ('p', :book, :key, :fen)")


def older(url: str, revision: str) -> None:
    """A store as an older version made it, with a quota book of two divisions in one."""
    with connected(engine_at(url, create=True)) as connection:
        connection.exec_driver_sql("BEGIN")
        command.upgrade(migrations_of(connection), revision)
        row = {"id": 1, "incarnation": "a" * 16, "trust_state": 1, "token": 0}
        connection.execute(META.insert(), row)
        for n, (division, fen) in enumerate((("1", 100), ("1", -30), ("2", 7))):
            cause = f"env/{division}/2026/5108/011.{division}/{n}#1"
            row = {"id": f"p quota {KEY} {cause}", "book": "quota", "key": KEY, "cause": cause}
            connection.execute(ENTRY, {**row, "fen": fen})
        connection.execute(ENTRY, {"id": "x", "book": "other", "key": "k", "cause": "c", "fen": 5})
        connection.execute(BALANCE, {"book": "quota", "key": KEY, "fen": 77})
        connection.execute(BALANCE, {"book": "other", "key": "k", "fen": 5})
        connection.exec_driver_sql("COMMIT")


def test_a_quota_book_of_several_divisions_is_told_apart(store_url: str) -> None:
    older(store_url, "0011")
    upgrade(store_url)
    store = open_store(store_url)
    with store.read() as tx:
        books = {name: tx.book("p", name) for name in (book_of("1"), book_of("2"), "other")}
        assert {KEY: (70, 70)} == books["quota/1"]
        assert {KEY: (7, 7)} == books["quota/2"]
        assert {"k": (5, 5)} == books["other"]
        assert {} == tx.book("p", "quota")
    store.close()


def test_another_process_on_the_store_is_seen_where_the_store_knows_of_it(store_url: str) -> None:
    create(store_url).close()
    known = int(store_url.startswith("postgresql"))
    with connected(engine_at(store_url)) as standby:
        standby.exec_driver_sql("SELECT 1")
        assert known == others(store_url)
    assert 0 == others(store_url)
