"""Money rows by the million for searches, made by the database itself from a template.

As in life: rows come in the order of days; one payee and one unit have each a hundredth of all
rows, wages are a tenth of the purposes, a thousand yuan flat a tenth of the amounts, and the names
of half the payees begin with the same town. Everything else is spread evenly by primes, each column
by its own. PostgreSQL writes no log for a table that is filled in the transaction that empties it
(`FILLING`); the indexes are made afterwards, as the migration makes them.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Final, cast

from sqlalchemy import Connection, Index, create_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, DropIndex

from adapters.store.desk_tables import FINDABLE
from hub.desks.search import Findable
from ops.deploy.postgres import PrivatePostgres

PORTION: Final = 500_000
FILLING: Final[Mapping[str, str]] = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "wal_log_hints": "off", "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
}  # fmt: skip
"""Of a server that only fills: what is lost when it dies is filled again."""
DAYS: Final = 336
DIVISIONS: Final = 185
UNITS: Final = 20_000
PAYEES: Final = 400_000
PURPOSES: Final = 300
FREQUENT_PAYEE: Final = "青禾市供电公司"
FREQUENT_ACCOUNT: Final = "370100880000004711"
FREQUENT_UNIT: Final = "100000"
FREQUENT_PURPOSE: Final = "工资"
FREQUENT_FEN: Final = 100_000


def _values(rows: int, *, server: bool) -> str:
    """The template: the values of row `n`, in the order of the table's columns."""

    def cut(text: str, digits: int) -> str:
        text = f"'{'0' * digits}' || ({text})"
        return f"right({text}, {digits})" if server else f"substr({text}, -{digits})"

    a, b, c, d = (
        f"(n * {prime} % {other})"
        for prime, other in (
            (7919, 10_000_019), (104_729, 9_999_991), (1_299_709, 9_999_973), (611_953, 9_999_937),
        )
    )  # fmt: skip
    who = f"{a} / 100 % {PAYEES}"
    turned = "reverse" if server else "evx_reverse"
    division = "'990' || " + cut(f"{b} % {DIVISIONS}", 3)
    number = cut("n", 9)
    return f"""
        'demo/' || {division} || '/2026/5201/011.990000/2026-' || {number}, 1, {division}, '5201',
        '2026' || {cut(f"n * 12 / {rows} + 1", 2)} || {cut(f"n * {DAYS} / {rows} % 28 + 1", 2)},
        CASE WHEN {d} % 10 = 0 THEN {FREQUENT_FEN} ELSE {d} * 37 % 20000000 + 1 END,
        CASE WHEN {b} / 185 % 100 = 0 THEN '{FREQUENT_UNIT}'
            ELSE '1' || {cut(f"{b} / 185 % {UNITS} + 1", 5)} END,
        {turned}(CASE WHEN {a} % 100 = 0 THEN '{FREQUENT_ACCOUNT}'
            ELSE '3701004711' || {cut(f"({who}) * 131 % 100000000", 8)} END),
        CASE WHEN {a} % 100 = 0 THEN '{FREQUENT_PAYEE}'
            ELSE CASE WHEN {who} % 2 = 1 THEN '青禾市' ELSE '望海县' END
                || '第' || {cut(who, 6)} || '商贸有限公司' END,
        CASE WHEN {c} % 10 = 0 THEN '{FREQUENT_PURPOSE}'
            ELSE '用途' || {cut(f"{c} / 10 % {PURPOSES}", 3)} END"""


def some_row(connection: Connection, rows: int) -> Findable:
    """One in the middle that is frequent in nothing."""
    c = FINDABLE.c
    others = (
        c.payee != FREQUENT_PAYEE, c.unit != FREQUENT_UNIT, c.purpose != FREQUENT_PURPOSE,
        c.amount_fen != FREQUENT_FEN,
    )  # fmt: skip
    found = connection.execute(select(FINDABLE).where(*others).offset(rows // 2).limit(1)).one()
    return Findable(*found)


def fill_server(server: PrivatePostgres, database: str, rows: int) -> None:
    """A PostgreSQL store's table, then its indexes, then what vacuum and analyze leave."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    engine = create_engine(server.url(database), isolation_level="AUTOCOMMIT")
    with closing(engine.raw_connection()) as connection:
        run = cast("Any", connection.driver_connection).execute
        run("BEGIN")
        for index in _indexes():
            run(str(DropIndex(index).compile(dialect=dialect)))
        run("TRUNCATE desk_findable")
        series = f"generate_series(0::bigint, {rows - 1}) AS n"
        run(f"INSERT INTO desk_findable SELECT {_values(rows, server=True)} FROM {series}")  # noqa: S608 - our own
        for index in _indexes():
            run(str(CreateIndex(index).compile(dialect=dialect)))
        run("COMMIT")
        run("VACUUM ANALYZE desk_findable")  # as autovacuum does
        run("CHECKPOINT")
    engine.dispose()


def fill_file(url: str, rows: int) -> None:
    """An SQLite store's table, then its indexes."""
    engine = create_engine(url)
    with closing(engine.raw_connection()) as connection:
        own = cast("Any", connection.driver_connection)
        own.create_function("evx_reverse", 1, _turned, deterministic=True)
        run = connection.cursor().execute
        run("PRAGMA synchronous = OFF")
        for statement in _file_statements(rows):
            run(statement)
            connection.commit()
    engine.dispose()


def _file_statements(rows: int) -> Iterator[str]:
    dialect = sqlite.dialect()
    for index in _indexes():
        yield str(DropIndex(index).compile(dialect=dialect))
    for start in range(0, rows, PORTION):
        last = min(start + PORTION, rows) - 1
        numbers = f"VALUES({start}) UNION ALL SELECT n + 1 FROM s WHERE n < {last}"  # noqa: S608 - our own
        template = _values(rows, server=False)
        yield f"INSERT INTO desk_findable WITH RECURSIVE s(n) AS ({numbers}) SELECT {template} FROM s"  # noqa: E501, S608
    for index in _indexes():
        yield str(CreateIndex(index).compile(dialect=dialect))


def _turned(text: str) -> str:
    return text[::-1]


def _indexes() -> list[Index]:
    return sorted(FINDABLE.indexes, key=lambda one: str(one.name))
