"""Finding money rows, over every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from hub.desks.search import Findable, Query
from hub.errors import RuleBroken
from hub.money import Fen

if TYPE_CHECKING:
    from tests.support.stores import Site


def a_row(
    name: str, row: int, division: str, kind: str, day: str, fen: int, *words: str
) -> Findable:
    unit, account, payee, purpose = words
    return Findable(name, row, division, kind, day, Fen(fen), unit, account, payee, purpose)


ONE, TWO, THREE = "20261101", "20261102", "20261103"
ROWS = [
    a_row("v1", 1, "990100", "5201", ONE, 12850, "101001", "8399", "青禾市鲁源公司", "维修"),
    a_row("v1", 2, "990100", "5201", ONE, 6400, "101001", "8398", "青禾市海公司", "维修"),
    a_row("v2", 1, "990200", "8202", TWO, 12850, "102001", "7777", "望海公司", "耗材"),
    a_row("v3", 1, "990200", "5201", THREE, 99, "101001", "8399", "青禾市鲁源公司", "耗材款"),
]


@pytest.fixture(name="rows")
def _rows(site: Site) -> Site:
    for _ in range(2):  # writing again changes nothing
        with site.store.begin() as tx:
            cast("Any", tx).add_findable(ROWS)
            tx.commit()
    return site


def found(site: Site, limit: int = 9, **asked: Any) -> list[tuple[str, int]]:
    with site.store.read() as tx:
        told = cast("Any", tx).find(Query(**asked), limit)
    return [(row.voucher_id, row.row) for row in told.rows]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"account_tail": "9938"}, [("v1", 1), ("v3", 1)]),
        ({"account_tail": "9938", "amount_fen": (Fen(12850), Fen(12850))}, [("v1", 1)]),
        ({"amount_fen": (Fen(6400), Fen(12850))}, [("v1", 1), ("v1", 2), ("v2", 1)]),
        ({"unit": "101001"}, [("v1", 1), ("v1", 2), ("v3", 1)]),
        ({"unit": "10100"}, []),
        ({"payee": "青禾市"}, [("v1", 1), ("v1", 2), ("v3", 1)]),
        ({"payee": "青禾市鲁"}, [("v1", 1), ("v3", 1)]),
        ({"payee": "禾市"}, []),
        ({"days": ("20261102", "20261103")}, [("v2", 1), ("v3", 1)]),
        ({"purpose": "耗材"}, [("v2", 1), ("v3", 1)]),
        ({"purpose": "耗材", "divisions": frozenset({"990100"})}, []),
        ({"purpose": "耗材", "days": ("20261103", "20261103")}, [("v3", 1)]),
        ({"payee": "100%"}, []),
    ],
)
def test_conditions_must_all_hold(
    rows: Site, asked: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    assert expected == found(rows, **asked)


def test_more_than_the_limit_is_told(rows: Site) -> None:
    with rows.store.read() as tx:
        told = cast("Any", tx).find(Query(unit="101001"), 2)
    assert (2, True) == (len(told.rows), told.partial)
    assert ROWS[:2] == list(told.rows)


def test_nothing_asked_for_is_refused(rows: Site) -> None:
    with pytest.raises(RuleBroken, match="find_what"):
        found(rows)
    with pytest.raises(RuleBroken, match="find_tail"):
        found(rows, account_tail="938")
