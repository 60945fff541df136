"""Searches among many rows, over both databases: what a search finds is what is there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.store.desk_tables import FINDABLE
from adapters.store.making import create
from adapters.store.store import SqlStore
from hub.desks.search import FOUND_MAX, Findable, Query
from ops.deploy.postgres import PrivatePostgres
from tests.bench.find import searches
from tests.bench.findable_rows import fill_file, fill_server, some_row

ROWS = 300_000
MOST = 5_000

pytestmark = pytest.mark.slow


@pytest.fixture(name="store", scope="module", params=["sqlite", "postgresql"])
def _store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        url = f"sqlite:///{Path(tmp_path_factory.mktemp('find'))}/find.sqlite"
        made = create(url)
        fill_file(url, ROWS)
    else:
        server: PrivatePostgres = request.getfixturevalue("postgres")
        server.sql("CREATE DATABASE find_many")
        made = create(server.url("find_many"))
        fill_server(server, "find_many", ROWS)
    with closing(made):
        yield made


@pytest.fixture(name="asked", scope="module")
def _asked(store: SqlStore) -> dict[str, Query]:
    with store.engine.connect() as connection:
        return searches(some_row(connection, ROWS))


def there(store: SqlStore, query: Query) -> list[Findable]:
    """All that match, by one plain condition over the table, without bounds."""
    columns = FINDABLE.c
    ranges = query.ranges().items()
    wanted = [end for n, (a, b) in ranges for end in (columns[n] >= a, columns[n] <= b)]
    if query.divisions:
        wanted.append(columns.division.in_(query.divisions))
    order = (columns.day, columns.voucher_id, columns.row)
    with store.engine.connect() as connection:
        rows = connection.execute(select(FINDABLE).where(*wanted).order_by(*order).limit(MOST))
        return [Findable(*row) for row in rows]


def _matches(row: Findable, query: Query) -> bool:
    ranges = query.ranges().items()
    return all(a <= getattr(row, name) <= b for name, (a, b) in ranges) and (
        not query.divisions or row.division in query.divisions
    )


def test_searches_find_what_walking_the_whole_table_finds(
    store: SqlStore, asked: dict[str, Query]
) -> None:
    wrong = {}
    for name, query in asked.items():
        with store.read() as tx:
            found = tx.find(query, FOUND_MAX)
        all_of_it = there(store, query)
        whole = not found.partial and all_of_it == found.rows
        some = found.partial and len(found.rows) > 0 and len(all_of_it) > len(found.rows)
        true = all(_matches(row, query) for row in found.rows)
        if not (true and (whole or some)):
            wrong[name] = (len(all_of_it), len(found.rows), found.partial)
    assert {} == wrong


def test_what_is_frequent_is_found_wholly_in_a_period_and_with_another_condition(
    store: SqlStore, asked: dict[str, Query]
) -> None:
    names = ("payee_in_november", "wages_flat_since_july", "payee_and_unit_frequent")
    with store.read() as tx:
        told = {name: tx.find(asked[name], ROWS) for name in names}
    assert dict.fromkeys(names, False) == {name: found.partial for name, found in told.items()}
    assert all(found.rows for found in told.values())
