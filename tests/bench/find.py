"""How long finding a voucher takes among many: rows filled from a template, one line a query.

    python -m tests.bench.find sqlite|postgres ROWS

The table is filled without its indexes, which are then made as the migration makes them.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.schema import CreateIndex, DropIndex

from adapters.store.desk_tables import FINDABLE
from adapters.store.making import create
from adapters.store.store import SqlStore
from hub.desks.search import FOUND_MAX, Query
from hub.money import Fen
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres

PORTION: Final = 500_000
ROUNDS: Final = 5
QUERIES: Final = {
    "account tail of 6": Query(account_tail="345678"),
    "account tail of 4": Query(account_tail="5678"),
    "amount": Query(amount_fen=(Fen(123_456), Fen(123_456))),
    "unit": Query(unit="101777"),
    "whole payee": Query(payee="收款单位00012345有限公司"),
    "payee's beginning": Query(payee="收款单位0001"),
    "one day": Query(days=("20260615", "20260615")),
    "purpose": Query(purpose="用途17"),
    "purpose in one division": Query(purpose="用途17", divisions=frozenset({"990042"})),
    "amount range on a day": Query(
        amount_fen=(Fen(100_000), Fen(200_000)), days=("20260615", "20260615")
    ),
    "unit, purpose, a month": Query(
        unit="101777", purpose="用途17", days=("20260601", "20260630")
    ),
    "payee's beginning that is nobody's, all year": Query(
        payee="收款单位0", purpose="没有", days=("20260101", "20261231")
    ),
    "nothing to find": Query(account_tail="999999", amount_fen=(Fen(1), Fen(1))),
}  # fmt: skip


def row(number: str, year_day: str) -> str:
    """One row's values as SQL over a row number; primes spread them."""
    spread = f"(({number}) * 7919 % 10000019)"
    return (
        f"'demo/990' || substr('000' || ({spread} % 185), -3) || '/2026/5201/011.990000/' ||"
        f" ({number}), 1, '990' || substr('000' || ({spread} % 185), -3), '5201',"
        f" {year_day}, {spread} * 37 % 20000000 + 1,"
        f" '1' || substr('00000' || ({spread} % 20000), -5),"
        f" substr('00000000' || {spread} * 13 % 100000000, -8) || '4710122069',"
        f" '收款单位' || substr('0000000' || ({spread} % 400000), -8) || '有限公司',"
        f" '用途' || ({spread} % 300)"
    )


def fill(connection: Connection, rows: int) -> None:
    """The table, then its indexes."""
    postgres = connection.dialect.name == "postgresql"
    for index in FINDABLE.indexes:
        connection.execute(DropIndex(index))
    for start in range(0, rows, PORTION):
        last = min(start + PORTION, rows)
        month, day_of = f"({{n}} * 12 / {rows} + 1)", f"({{n}} * 336 / {rows} % 28 + 1)"
        day = f"'2026' || substr('0' || {month}, -2) || substr('0' || {day_of}, -2)"
        if postgres:
            values = row("n", day.format(n="n")).replace("substr(", "evx_end(").replace("%", "%%")
            text = f"SELECT {values} FROM generate_series({start}::bigint, {last - 1}) AS n"  # noqa: S608 - numbers of ours
        else:
            numbers = f"VALUES({start}) UNION ALL SELECT n + 1 FROM s WHERE n < {last - 1}"  # noqa: S608
            values = row("n", day.format(n="n"))
            text = f"WITH RECURSIVE s(n) AS ({numbers}) SELECT {values} FROM s"  # noqa: S608
        connection.exec_driver_sql(f"INSERT INTO desk_findable {text}")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
    for index in sorted(FINDABLE.indexes, key=lambda one: str(one.name)):
        connection.execute(CreateIndex(index))
    connection.exec_driver_sql("COMMIT")
    if postgres:
        connection.exec_driver_sql("ANALYZE desk_findable")  # as autovacuum does
        connection.exec_driver_sql("COMMIT")


def measure(store: SqlStore) -> Iterator[dict[str, object]]:
    """Each query, the first time and the median of more."""
    for name, query in QUERIES.items():
        times = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            with store.read() as tx:
                found = tx.find(query, FOUND_MAX)
            times.append(round(1000 * (time.perf_counter() - begun), 1))
        yield {
            "query": name, "found": len(found.rows), "partial": found.partial,
            "first_ms": times[0], "median_ms": sorted(times)[ROUNDS // 2],
        }  # fmt: skip


@contextmanager
def database(kind: str, root: Path) -> Iterator[str]:
    """Where a store can be made."""
    if kind == "sqlite":
        yield f"sqlite:///{root}/find.sqlite"
        return
    root.chmod(0o755)  # the server has an account of its own
    with PrivatePostgres(root / "pg", free_port()) as server:
        server.sql("CREATE DATABASE find")
        yield server.url("find")


def main(kind: str, rows: int) -> None:
    """Fill, measure, print JSON lines."""
    with (
        tempfile.TemporaryDirectory() as folder,
        database(kind, Path(folder)) as url,
        closing(create(url)) as store,
    ):
        begun = time.perf_counter()
        with store.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            if kind == "postgres":
                connection.exec_driver_sql(
                    "CREATE FUNCTION evx_end(text, int) RETURNS text IMMUTABLE LANGUAGE sql"
                    " AS 'SELECT right($1, -$2)'"
                )
            fill(connection, rows)
        said = {"store": kind, "rows": rows, "filled_s": round(time.perf_counter() - begun)}
        sys.stdout.write(json.dumps(said) + "\n")
        for line in measure(store):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
