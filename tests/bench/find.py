"""How long finding a voucher takes among ten million: `python -m tests.bench find`.

A PostgreSQL store's table is filled from a template (`findable_rows`), the server started anew with
the settings of every day, and each search asked twice and more: first with nothing of the table in
memory, neither the server's nor the system's (`value`), then warm (`warm_ms`, the median).
`HUB_BENCH_SMALL=1`: a tenth of the rows; `python -m tests.bench.find sqlite|postgres ROWS` for
other numbers and for a file.

`find_indexes_us`: what the indexes of the search table cost a recorded row, CPU of client and
server, with the log and the disk space beside it: rows are recorded as desks do it, with all
indexes, then with none but the key.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from adapters.store.desk_tables import FINDABLE
from adapters.store.making import create
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from hub.desks.search import FOUND_MAX, Findable, Query
from hub.money import Fen
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres, binaries
from tests.bench.findable_rows import (
    FILLING,
    FREQUENT_ACCOUNT,
    FREQUENT_FEN,
    FREQUENT_PAYEE,
    FREQUENT_PURPOSE,
    FREQUENT_UNIT,
    fill_file,
    fill_server,
    some_row,
)
from tests.bench.measure import Bench, Figure
from tests.bench.processes import server_cpu
from tests.bench.store import folder

ROWS: Final = 10_000_000
ROUNDS: Final = 5
LIMIT_MS: Final = 1000.0
DATABASE: Final = "find"
RECORDED: Final = 100
"""Rows of a batch."""
BATCHES: Final = 100
NOVEMBER: Final = ("20261101", "20261130")
SINCE_JULY: Final = ("20260701", "20261231")
YEAR: Final = ("20260101", "20261231")
FLAT: Final = (Fen(FREQUENT_FEN), Fen(FREQUENT_FEN))
Opened = AbstractContextManager[SqlStore]


def searches(known: Findable) -> dict[str, Query]:
    """What people ask, by name: of a row that is there, of what is frequent, of nothing."""
    tail, exact = known.account[::-1], (known.amount_fen, known.amount_fen)
    here = (known.day, known.day)
    own = frozenset({known.division})
    return {
        "payee": Query(payee=known.payee),
        "payee_frequent": Query(payee=FREQUENT_PAYEE),
        "payee_beginning_of_half": Query(payee="青禾市"),
        "payee_nobody": Query(payee="青禾市没有这家公司"),
        "payee_middle_of_name": Query(payee="供电"),
        "account_tail_4": Query(account_tail=tail[-4:]),
        "account_tail_6": Query(account_tail=tail[-6:]),
        "account_frequent": Query(account_tail=FREQUENT_ACCOUNT),
        "account_nobody": Query(account_tail="99999999"),
        "amount": Query(amount_fen=exact),
        "amount_frequent": Query(amount_fen=FLAT),
        "amount_range": Query(amount_fen=(Fen(100_000), Fen(200_000))),
        "amount_nobody": Query(amount_fen=(Fen(20_000_007), Fen(20_000_007))),
        "unit": Query(unit=known.unit),
        "unit_frequent": Query(unit=FREQUENT_UNIT),
        "day": Query(days=here),
        "year": Query(days=YEAR),
        "purpose": Query(purpose=known.purpose),
        "purpose_frequent": Query(purpose=FREQUENT_PURPOSE),
        "purpose_nobody": Query(purpose="用途没有"),
        "purpose_in_a_division": Query(purpose=known.purpose, divisions=own),
        "everything": Query(tail[-4:], exact, known.unit, known.payee[:6], here, known.purpose),
        "amount_range_on_a_day": Query(amount_fen=(Fen(100_000), Fen(200_000)), days=here),
        "payee_in_november": Query(payee=FREQUENT_PAYEE, days=NOVEMBER),
        "unit_in_november": Query(unit=FREQUENT_UNIT, days=NOVEMBER),
        "purpose_in_november": Query(purpose=known.purpose, days=NOVEMBER),
        "payee_and_unit_frequent": Query(payee=FREQUENT_PAYEE, unit=FREQUENT_UNIT),
        "payee_unit_purpose_flat": Query(
            payee=FREQUENT_PAYEE, unit=FREQUENT_UNIT, purpose=FREQUENT_PURPOSE, amount_fen=FLAT
        ),
        "wages_flat_in_november": Query(purpose=FREQUENT_PURPOSE, amount_fen=FLAT, days=NOVEMBER),
        "wages_flat_since_july": Query(purpose=FREQUENT_PURPOSE, amount_fen=FLAT, days=SINCE_JULY),
        "wages_on_a_day": Query(purpose=FREQUENT_PURPOSE, days=here),
        "half_all_year_nothing": Query(payee="青禾市", purpose="没有", days=YEAR),
        "half_all_year_in_a_division": Query(payee="青禾市", days=YEAR, divisions=own),
        "nothing_of_two": Query(payee="青禾市", account_tail="99999999"),
    }


def measured(asked: Mapping[str, Query], cold: Callable[[], Opened], where: str) -> list[Figure]:
    """Each search, first cold, then warm."""
    made = []
    for name, query in asked.items():
        with cold() as store:
            times = []
            for _ in range(1 + ROUNDS):
                begun = time.perf_counter()
                with store.read() as tx:
                    found = tx.find(query, FOUND_MAX)
                times.append(1000 * (time.perf_counter() - begun))
        also = {
            "warm_ms": round(statistics.median(times[1:]), 1),
            "found": len(found.rows), "partial": int(found.partial),
        }  # fmt: skip
        value = round(times[0], 1)
        ratio = round(value / LIMIT_MS, 3)
        made.append(Figure(f"find_{name}", value, "ms", LIMIT_MS, ratio, where, also=also))
    return made


def forgotten(place: Path) -> None:
    """No file below is in the system's memory any more; whoever has it open has ended."""
    for path in place.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)  # only what is on disk can be forgotten
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def remembered(place: Path) -> None:
    """Every file below is in the system's memory: what is measured next does not read the disk."""
    for path in place.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    """A store, with its connection made."""
    with closing(open_store(url)) as store:
        with store.read():
            pass
        yield store


def on_server(place: Path, rows: int) -> list[Figure]:
    """PostgreSQL: every search, then what the indexes cost."""
    root, port = place / "pg", free_port()
    with PrivatePostgres(root, port, FILLING) as server:
        server.sql(f"CREATE DATABASE {DATABASE}")
        create(server.url(DATABASE)).close()
        begun = time.perf_counter()
        fill_server(server, DATABASE, rows)
        took = time.perf_counter() - begun
    daily = PrivatePostgres(root, port)

    @contextmanager
    def cold() -> Iterator[SqlStore]:
        forgotten(root / "data")
        with daily, opened(daily.url(DATABASE)) as store:
            yield store

    with cold() as store, store.engine.connect() as connection:
        asked = searches(some_row(connection, rows))
    where = f"{rows} rows in PostgreSQL, filled in {took:.0f} s; {_load()}"
    made = measured(asked, cold, where)
    remembered(root / "data" / "base")
    with daily:
        return [*made, _indexes(daily, rows)]


def _indexes(server: PrivatePostgres, rows: int) -> Figure:
    sizes = dict(
        line.split("|")
        for line in server.sql(
            "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes"
            " WHERE relname = 'desk_findable' ORDER BY 1",
            DATABASE,
        ).splitlines()
    )
    table = int(server.sql("SELECT pg_table_size('desk_findable')", DATABASE))
    with closing(open_store(server.url(DATABASE))) as store:
        with store.engine.connect() as connection:
            like = some_row(connection, rows)
        full, log = recorded(store, server, like, 1)
        for index in FINDABLE.indexes:
            server.sql(f"DROP INDEX {index.name}", DATABASE)
        bare, bare_log = recorded(store, server, like, 2)
    also = {name.removeprefix("desk_findable_"): round(int(n) / rows) for name, n in sizes.items()}
    return Figure(
        "find_indexes_us", round(full - bare), "us", None, round(full / bare, 2),
        f"of {BATCHES * RECORDED} rows, {RECORDED} at a time, into {rows}: {full:.0f} us CPU and "
        f"{log:.0f} octets of log each with all indexes, {bare:.0f} us and {bare_log:.0f} with the "
        f"key alone; octets a row: table {table / rows:.0f}, indexes as below; {_load()}",
        also=also,
    )  # fmt: skip


def recorded(
    store: SqlStore, server: PrivatePostgres, like: Findable, turn: int
) -> tuple[float, float]:
    """Record rows of another day, each column spread: CPU microseconds and octets of log a row."""
    assert server.pid is not None
    server.sql("CHECKPOINT")
    before = server.sql("SELECT pg_current_wal_insert_lsn()")
    begun = time.process_time() + server_cpu(server.pid)
    for batch in range(BATCHES):
        numbers = (turn * 7_919_000 + (batch * RECORDED + n) * 104_729 for n in range(RECORDED))
        with store.begin() as tx:
            tx.add_findable([_spread(like, number) for number in numbers])
            tx.commit()
    spent = time.process_time() + server_cpu(server.pid) - begun
    log = server.sql(f"SELECT pg_current_wal_insert_lsn() - '{before}'::pg_lsn")
    count = BATCHES * RECORDED
    return spent / count * 1e6, float(log) / count


def _spread(like: Findable, number: int) -> Findable:
    return replace(
        like, voucher_id=f"{like.voucher_id}-{number}", amount_fen=Fen(number % 20_000_000 + 1),
        day="20270101", unit=f"1{number % 20_000:05d}", purpose=f"用途{number % 300:03d}",
        account=f"{number % 10**8:08d}1174001073", payee=f"青禾市第{number % 400_000:06d}公司",
    )  # fmt: skip


def in_file(place: Path, rows: int) -> list[Figure]:
    """SQLite: every search."""
    url = f"sqlite:///{place}/find.sqlite"
    create(url).close()
    begun = time.perf_counter()
    fill_file(url, rows)
    took = time.perf_counter() - begun

    @contextmanager
    def cold() -> Iterator[SqlStore]:
        forgotten(place)
        with opened(url) as store:
            yield store

    with cold() as store, store.engine.connect() as connection:
        asked = searches(some_row(connection, rows))
    return measured(asked, cold, f"{rows} rows in SQLite, filled in {took:.0f} s; {_load()}")


def _load() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"


def benches() -> list[Figure]:
    """PostgreSQL's."""
    if binaries() is None:
        return []
    part = 10 if os.environ.get("HUB_BENCH_SMALL") else 1  # noqa: TID251
    with folder() as place:
        return on_server(place, ROWS // part)


def main(kind: str, rows: int) -> None:
    """Fill, measure, print JSON lines."""
    with folder() as place:
        for figure in {"sqlite": in_file, "postgres": on_server}[kind](place, rows):
            sys.stdout.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")


BENCHES: Final[dict[str, Bench]] = {"find": benches}

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
