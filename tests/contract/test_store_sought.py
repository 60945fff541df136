"""Rows of some divisions, parties or vouchers are sifted, then cut, by every store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.store.looking import _open
from adapters.store.opening import open_store
from adapters.store.sought import shape, values
from hub.clock import MINUTE, Instant
from hub.desks.model import TaskState
from hub.exchange.sought import Sought
from tests.contract.test_store_looking import a_task, look, write
from tests.support.lines import a_line
from tests.support.rows import AT, BANK, HUB, a_hop, a_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.store.session import Form, Session
    from hub.desks.ports import DeskTransaction
    from hub.exchange.model import Hop
    from tests.support.stores import Site

HERE = Sought(("sd-test/370200/",))
"""One division, exactly."""
REGION = Sought(("sd-test/3702", "sd-test/11"))
"""All that begin so."""
NOBODY = Sought(())


def voucher(division: str, number: str = "1", kind: str = "5201") -> str:
    return f"sd-test/{division}/2026/{kind}/011.{division}/{number}"


def row(division: str, number: str = "1", kind: str = "5201", party: str = "011.370100") -> Hop:
    name = f"{voucher(division, number, kind)}/original/{party}/102.370100/to"
    return replace(a_hop(number), delivery_id=name)


ROWS = [
    row("370100"),
    row("370200", "2"),
    row("3702001", "3"),
    row("370201", "4", party="102.370100"),
    row("370200", "5", "ST01"),
    row("110000", "6", party="103.370100"),
]
EVERY = [one.delivery_id for one in ROWS]


def hops(site: Site, sought: Sought, limit: int = 9) -> list[int]:
    """The numbers of the rows that are found."""
    found = look(site, lambda tx: tx.oldest_hops(limit, sought=sought))
    return sorted(1 + EVERY.index(one.delivery_id) for one in found)


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        (Sought(), [1, 2, 3, 4, 5, 6]),
        (HERE, [2, 5]),
        (REGION, [2, 3, 4, 5, 6]),
        (NOBODY, []),
        (Sought(parties=()), []),
        (Sought(parties=("102.370100",)), [4]),
        (Sought(parties=("102.370100", "103.370100")), [4, 6]),
        (Sought(parties=("011.370200",)), []),
        (Sought(but="ST01"), [1, 2, 3, 4, 6]),
        (Sought(HERE.begins, ("011.370100",), "ST01"), [2]),
    ],
)
def test_open_rows_are_found_by_division_party_and_kind(
    sought: Sought, expected: list[int], site: Site
) -> None:
    """An issuer or a receiver is not who sealed; a division that begins as another is another."""
    write(site, lambda tx: tx.add_hops(ROWS))
    assert expected == hops(site, sought)
    assert expected == [n for n, name in enumerate(EVERY, 1) if sought.meets(name)]


def test_what_is_not_sought_fills_no_page(site: Site) -> None:
    write(site, lambda tx: tx.add_hops([row("110000", str(n)) for n in range(9)]))
    write(site, lambda tx: tx.add_hops([ROWS[1], replace(ROWS[1], peer=HUB)]))

    def found(limit: int, peer: str) -> list[tuple[str, str]]:
        rows = look(site, lambda tx: tx.oldest_hops(limit, peer, HERE))
        return [(one.delivery_id, one.peer) for one in rows]

    assert [(EVERY[1], BANK)] == found(1, "")
    assert [(EVERY[1], HUB)] == found(9, HUB)


def test_parked_rows_and_open_tasks_are_found_by_division(site: Site) -> None:
    def park(tx: DeskTransaction) -> None:
        tx.add_hops(ROWS[:2])
        tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK])
        tx.park_hops("w", [(name, BANK) for name in EVERY[:2]])
        names = [voucher("370100"), voucher("370200")]
        tx.add_tasks([a_task(f"due {name}", voucher_id=name) for name in names])
        parked = TaskState.PARKED
        tx.add_tasks([a_task(f"not {name}", voucher_id=name, state=parked) for name in names])

    write(site, park)
    assert [EVERY[1]] == [one.delivery_id for one in look(site, lambda tx: tx.parked_hops(9, HERE))]
    due, parked = f"due {voucher('370200')}", f"not {voucher('370200')}"
    assert [due, parked] == ids(look(site, lambda tx: tx.open_tasks(9, HERE)))
    assert [due] == ids(look(site, lambda tx: tx.open_tasks(1, HERE)))
    assert [parked] == ids(look(site, lambda tx: tx.parked_tasks(1, HERE)))
    assert [] == look(site, lambda tx: tx.parked_tasks(9, NOBODY))


def test_unfinished_lines_and_conflicts_are_found_by_division(site: Site) -> None:
    lines = [replace(a_line(), voucher_id=voucher(d)) for d in ("370100", "370200")]
    clash = a_refusal("a", "identity_conflict")
    newer = replace(a_refusal("b", "identity_conflict"), refused_at=Instant(AT + 7))
    there = replace(clash, delivery_id=EVERY[1])
    write(site, lambda tx: tx.add_lines(lines))
    write(site, lambda tx: tx.add_refusals([there, newer]))
    assert [lines[1]] == look(site, lambda tx: tx.unfinished_lines(1, HERE))
    assert [there] == look(site, lambda tx: tx.conflicts(1, sought=HERE))
    assert [there] == look(site, lambda tx: tx.conflicts(1, "hub", HERE))
    assert [] == look(site, lambda tx: tx.conflicts(9, "bank-a", HERE))


def ids(rows: Iterable[Any]) -> list[str]:
    return [one.id for one in rows]


def test_rows_of_a_division_are_reached_by_their_ids(made_url: str) -> None:
    """However many others are open, none of them is read."""
    store = open_store(made_url)
    with store.read() as tx:
        plan = planned(tx.session, _open(shape(REGION)), {"limit": 9, **values(REGION)})
    store.close()
    ways = ("SEARCH outbox USING INDEX", "Index Cond: ((hop >= 'sd-test/3702'::text")
    assert any(way in plan for way in ways), plan
    assert "SCAN outbox" not in plan
    assert "Seq Scan" not in plan


def planned(session: Session, form: Form, asked: dict[str, object]) -> str:
    """How the database will go about it."""
    if session.connection.dialect.name == "sqlite":
        made = session.statement(form).compile(dialect=session.connection.dialect)
        given = tuple(made.construct_params(asked)[name] for name in made.positiontup)
        lines = session.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", given)
        return "\n".join(line[-1] for line in lines)
    text, fixed = session.statement(form)
    driver = session.connection.connection.driver_connection
    assert driver is not None
    lines = driver.execute(f"EXPLAIN {text}", {**fixed, **asked})
    return "\n".join(line[0] for line in lines)
