"""What people ask of a store, over every store: groups of what is open, one voucher's ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from hub.clock import MINUTE, Instant
from hub.desks.model import Task, TaskGroup, TaskKind, TaskState
from hub.exchange.looking import HopGroup
from hub.exchange.model import RowState
from tests.support.rows import (
    BANK,
    HUB,
    a_closing,
    a_delivery,
    a_hop,
    delivery_id,
    digest,
    layer_id,
    voucher_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.desks.ports import DeskTransaction
    from hub.exchange.ports import Store
    from tests.support.stores import Site

T = TypeVar("T")


def write(site: Site, work: Callable[[DeskTransaction], T]) -> T:
    with cast("Store[DeskTransaction]", site.store).begin() as tx:
        result = work(tx)
        tx.commit()
    return result


def look(site: Site, work: Callable[[DeskTransaction], T]) -> T:
    with cast("Store[DeskTransaction]", site.store).read() as tx:
        return work(tx)


def a_task(name: str, **changes: object) -> Task:
    task = Task(
        name, "102.3701", TaskKind.PAY, name, b"", TaskState.DUE, Instant(50), Instant(10), "d"
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def test_open_rows_are_grouped_by_peer_and_state(site: Site) -> None:
    rows = write(
        site, lambda tx: tx.add_hops([a_hop("1"), a_hop("2"), a_hop("3"), a_hop("4", peer=HUB)])
    )

    def claim(tx: DeskTransaction) -> None:
        tx.claim_hops("w", Instant(tx.now + MINUTE), 1, [BANK])

    write(site, claim)
    since = rows[0].created_at
    assert [
        HopGroup(BANK, RowState.CLAIMED, 1, since),
        HopGroup(BANK, RowState.DUE, 2, since),
        HopGroup(HUB, RowState.DUE, 1, since),
    ] == look(site, lambda tx: tx.hop_groups())


def test_parked_rows_are_told_apart_from_all_others(site: Site) -> None:
    write(site, lambda tx: tx.add_hops([a_hop("1"), a_hop("2"), a_hop("1", peer=HUB)]))

    def park(tx: DeskTransaction) -> None:
        tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK, HUB])
        tx.park_hops("w", [(delivery_id("1"), BANK), (delivery_id("1"), HUB)])

    write(site, park)
    found = look(site, lambda tx: tx.parked_hops(9))
    assert [(delivery_id("1"), BANK), (delivery_id("1"), HUB)] == [
        (row.delivery_id, row.peer) for row in found
    ]
    assert {RowState.PARKED} == {row.state for row in found}
    assert found[:1] == look(site, lambda tx: tx.parked_hops(1))
    write(site, lambda tx: tx.hurry_hops([delivery_id("1")]))
    assert [] == look(site, lambda tx: tx.parked_hops(9))


def test_a_voucher_has_its_open_and_its_closed_hops_and_no_others(site: Site) -> None:
    own = [a_hop("1"), a_hop("1", peer=HUB)]
    others = [a_hop("10"), a_hop("2")]
    write(site, lambda tx: tx.add_hops([*own, *others]))
    closing = a_closing("1")
    write(site, lambda tx: tx.close_hops({closing: (own[0].message_digest,)}))
    found = look(site, lambda tx: tx.hops_of(voucher_id("1")))
    assert [(BANK, closing), (HUB, None)] == [(one.row.peer, one.closing) for one in found]
    assert {own[0].message_digest} == {one.row.message_digest for one in found}


def test_a_voucher_has_the_deliveries_of_all_its_layers_in_time(site: Site) -> None:
    receipt = replace(
        a_delivery("1"),
        delivery_id=f"{layer_id('1', 'receipt', '102.370100')}/011.370100/to",
        message_digest=digest("receipt"),
        recorded_at=Instant(a_delivery("1").recorded_at + 5),
    )
    write(site, lambda tx: tx.add_deliveries([receipt, a_delivery("1"), a_delivery("11")]))
    assert [a_delivery("1"), receipt] == look(site, lambda tx: tx.deliveries_of(voucher_id("1")))


def test_unfinished_tasks_are_grouped_by_whose_move_it_is(site: Site) -> None:
    def waiting(name: str, **changes: object) -> Task:
        return a_task(name, waiting_for="core", next_action="core_unknown", **changes)

    write(
        site,
        lambda tx: tx.add_tasks(
            [
                a_task("a"),
                a_task("b", since=Instant(7), due_at=Instant(90)),
                waiting("c"),
                waiting("d", state=TaskState.PARKED),
                a_task("e", state=TaskState.DONE),
            ]
        ),
    )
    pay, due = TaskKind.PAY, TaskState.DUE
    assert [
        TaskGroup("102.3701", pay, due, "", "", 2, Instant(7), Instant(50)),
        TaskGroup("102.3701", pay, due, "core", "core_unknown", 1, Instant(10), Instant(50)),
        TaskGroup(
            "102.3701", pay, TaskState.PARKED, "core", "core_unknown", 1, Instant(10), Instant(50)
        ),
    ] == look(site, lambda tx: tx.task_groups())
