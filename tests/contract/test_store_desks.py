"""The desks' verbs, over every store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from hub.clearing.breaks import BreakKind, BreakState, found, settle
from hub.clearing.model import Line, LineState, QuotaKey
from hub.clock import Instant
from hub.desks.model import (
    Intent,
    IntentState,
    LedgerEntry,
    Stage,
    Task,
    TaskKind,
    TaskState,
    Total,
    intent_key,
)
from hub.money import Fen

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.desks.ports import DeskTransaction
    from hub.exchange.ports import Store
    from tests.support.stores import Site

T = TypeVar("T")
BANK = "102.3701"
KEY = QuotaKey("1506000000", "102451000011", "101", "2050202", "1", "2026", "11")
PAST, FUTURE = Instant(0), Instant(4_000_000_000_000)
VOUCHER = "town/370100/2026/5201/011.370100/1"


def write(site: Site, work: Callable[[DeskTransaction], T]) -> T:
    store = cast("Store[DeskTransaction]", site.store)
    with store.begin() as tx:
        result = work(tx)
        tx.commit()
    return result


def look(site: Site, work: Callable[[DeskTransaction], T]) -> T:
    store = cast("Store[DeskTransaction]", site.store)
    with store.read() as tx:
        return work(tx)


def a_task(name: str = "pay:1", due_at: Instant = PAST, kind: TaskKind = TaskKind.PAY) -> Task:
    return Task(name, BANK, kind, VOUCHER, b"d" * 32, TaskState.DUE, due_at, PAST, "20261123")


def a_line(row: int = 1, voucher: str = VOUCHER, state: LineState = LineState.NEW) -> Line:
    return Line(
        BANK, voucher, row, str(row), "5201", "370100", "370100/2026/11/101001/1", str(row),
        Fen(100 * row), KEY, "1", state, "20261123", "101001", "青禾小学",
    )  # fmt: skip


def an_entry(cause: str, amount: int) -> LedgerEntry:
    return LedgerEntry(BANK, "quota", str(KEY), cause, Fen(amount), Instant(5))


def test_a_task_is_recorded_once_and_claimed_by_one(site: Site) -> None:
    write(site, lambda tx: tx.add_tasks([a_task(), a_task("pay:2", FUTURE)]))
    write(site, lambda tx: tx.add_tasks([replace(a_task(), plan="other")]))
    claimed = write(site, lambda tx: tx.claim_tasks("a", FUTURE, 10, {TaskKind.PAY}))
    assert [("pay:1", TaskState.CLAIMED, 1, "")] == [
        (t.id, t.state, t.attempt, t.plan) for t in claimed
    ]
    assert [] == write(site, lambda tx: tx.claim_tasks("b", FUTURE, 10, {TaskKind.PAY}))


def test_only_the_kinds_asked_for_are_claimed(site: Site) -> None:
    write(site, lambda tx: tx.add_tasks([a_task("send:1", kind=TaskKind.SEND)]))
    assert [] == write(site, lambda tx: tx.claim_tasks("a", FUTURE, 10, {TaskKind.PAY}))


def test_a_restored_store_holds_no_task_for_those_who_worked_in_the_life_before(
    site: Site,
) -> None:
    write(site, lambda tx: tx.add_tasks([a_task()]))
    write(site, lambda tx: tx.claim_tasks("a", FUTURE, 10, {TaskKind.PAY}))
    assert [] == write(site, lambda tx: tx.claim_tasks("b", FUTURE, 10, {TaskKind.PAY}))
    write(site, lambda tx: tx.begin_recovery(PAST))
    again = write(site, lambda tx: tx.claim_tasks("b", FUTURE, 10, {TaskKind.PAY}))
    assert ["pay:1"] == [task.id for task in again]


def test_tasks_of_those_who_are_gone_are_due_at_once_and_of_nobody_else(site: Site) -> None:
    other = replace(a_task("pay:3"), party="103.3701")
    write(site, lambda tx: tx.add_tasks([a_task("pay:1"), a_task("pay:2"), other]))
    write(site, lambda tx: tx.claim_tasks("gone", FUTURE, 1, {TaskKind.PAY}))
    write(site, lambda tx: tx.claim_tasks("here", FUTURE, 1, {TaskKind.PAY}))
    write(site, lambda tx: tx.claim_tasks("gone", FUTURE, 1, {TaskKind.PAY}))
    assert {"gone", "here"} == look(site, lambda tx: tx.claimants())
    assert 0 == write(site, lambda tx: tx.reclaim_tasks(["gone"], []))
    assert 0 == write(site, lambda tx: tx.reclaim_tasks([], [BANK]))
    assert 1 == write(site, lambda tx: tx.reclaim_tasks(["gone"], [BANK]))
    assert set() == write(site, lambda tx: tx.hold_tasks("gone", ["pay:1"], FUTURE))
    again = write(site, lambda tx: tx.claim_tasks("next", FUTURE, 9, {TaskKind.PAY}))
    assert [("pay:1", 2)] == [(task.id, task.attempt) for task in again]
    assert {"pay:2"} == write(site, lambda tx: tx.hold_tasks("here", ["pay:2"], FUTURE))


def test_who_claimed_what_has_expired_claims_no_more(site: Site) -> None:
    write(site, lambda tx: tx.add_tasks([a_task()]))
    write(site, lambda tx: tx.claim_tasks("gone", PAST, 1, {TaskKind.PAY}))
    assert set() == look(site, lambda tx: tx.claimants())


def test_an_expired_claim_goes_to_another_and_the_first_holds_nothing(site: Site) -> None:
    write(site, lambda tx: tx.add_tasks([a_task()]))
    write(site, lambda tx: tx.claim_tasks("a", PAST, 10, {TaskKind.PAY}))
    again = write(site, lambda tx: tx.claim_tasks("b", FUTURE, 10, {TaskKind.PAY}))
    assert [2] == [t.attempt for t in again]
    assert set() == write(site, lambda tx: tx.hold_tasks("a", ["pay:1"], FUTURE))
    assert {"pay:1"} == write(site, lambda tx: tx.hold_tasks("b", ["pay:1", "pay:9"], FUTURE))


def test_a_saved_task_is_free_and_a_done_one_never_comes_back(site: Site) -> None:
    write(site, lambda tx: tx.add_tasks([a_task()]))
    task = write(site, lambda tx: tx.claim_tasks("a", FUTURE, 1, {TaskKind.PAY}))[0]
    waits = replace(task, state=TaskState.DUE, due_at=FUTURE, waiting_for="core", plan="p")

    def save(tx: DeskTransaction, to: Task) -> None:
        assert {task.id} == tx.hold_tasks("a", [task.id], FUTURE)
        tx.save_tasks("a", [to])

    write(site, lambda tx: save(tx, waits))
    kept = look(site, lambda tx: tx.tasks(["pay:1"]))["pay:1"]
    assert (TaskState.DUE, "core", "p", 0) == (
        kept.state, kept.waiting_for, kept.plan, kept.claimed_until,
    )  # fmt: skip
    write(site, lambda tx: tx.wake_tasks(["pay:1", "pay:unknown"], PAST))
    write(site, lambda tx: tx.claim_tasks("a", FUTURE, 1, {TaskKind.PAY}))
    write(site, lambda tx: save(tx, replace(task, state=TaskState.DONE)))
    write(site, lambda tx: tx.wake_tasks(["pay:1"], PAST))
    write(site, lambda tx: tx.add_tasks([a_task()]))
    assert [] == write(site, lambda tx: tx.claim_tasks("a", FUTURE, 1, {TaskKind.PAY}))
    assert [] == look(site, lambda tx: tx.open_tasks(10))


def test_waking_never_makes_a_task_later(site: Site) -> None:
    write(site, lambda tx: tx.add_tasks([a_task(due_at=Instant(7))]))
    write(site, lambda tx: tx.wake_tasks(["pay:1"], Instant(9)))
    assert 7 == look(site, lambda tx: tx.open_tasks(1))[0].due_at


def test_refused_intents_are_listed_by_party_from_an_instant_on(site: Site) -> None:
    opened = [
        Intent(intent_key(VOUCHER, row), party, VOUCHER, row, Fen(5), IntentState.OPEN, PAST)
        for row, party in enumerate((BANK, BANK, BANK, BANK, "102.3702"))
    ]
    write(site, lambda tx: tx.open_intents(opened))
    ends = [IntentState.REFUSED, IntentState.REFUSED, IntentState.DONE, None, IntentState.REFUSED]
    over = [
        replace(one, state=state, closed_at=Instant(9 - n), code="x")
        for n, (one, state) in enumerate(zip(opened, ends, strict=True))
        if state is not None
    ]
    write(site, lambda tx: tx.close_intents(over))
    assert [over[1], over[0]] == look(site, lambda tx: tx.intents_refused(BANK, Instant(8)))
    assert [over[0]] == look(site, lambda tx: tx.intents_refused(BANK, Instant(9)))
    assert [] == look(site, lambda tx: tx.intents_refused(BANK, Instant(10)))


def test_an_intent_is_opened_once_and_closed_once(site: Site) -> None:
    key = intent_key(VOUCHER, 1)
    intent = Intent(key, BANK, VOUCHER, 1, Fen(100), IntentState.OPEN, Instant(3))
    assert {key} == write(site, lambda tx: tx.open_intents([intent]))
    assert set() == write(site, lambda tx: tx.open_intents([replace(intent, opened_at=PAST)]))
    done = replace(intent, state=IntentState.DONE, trace="T1", day="20261123")
    refused = replace(intent, state=IntentState.REFUSED, code="account_closed")
    write(site, lambda tx: tx.close_intents([done]))
    write(site, lambda tx: tx.close_intents([refused]))
    assert {key: done} == look(site, lambda tx: tx.intents([key, "unknown"]))
    assert {VOUCHER: [done]} == look(site, lambda tx: tx.intents_of(BANK, [VOUCHER, "other"]))


def test_lines_are_found_by_voucher_payment_state_and_day(site: Site) -> None:
    rows = [a_line(n) for n in (2, 1, 3)]
    write(site, lambda tx: tx.add_lines(rows))
    write(site, lambda tx: tx.add_lines([replace(a_line(1), amount_fen=Fen(7))]))
    ordered = [a_line(n) for n in (1, 2, 3)]
    assert {VOUCHER: ordered} == look(site, lambda tx: tx.lines_of(BANK, [VOUCHER, "other"]))
    payment = rows[0].payment
    assert {payment: ordered} == look(site, lambda tx: tx.lines_about("", [payment, "none"]))
    assert {} == look(site, lambda tx: tx.lines_about("103.3701", [payment]))
    moved = replace(
        a_line(2), state=LineState.PAID, day="20261124", trace="T", clearing="c", refund="r",
        code="x", amount_fen=Fen(1),
    )  # fmt: skip
    write(site, lambda tx: tx.put_lines([moved]))
    kept = replace(moved, amount_fen=Fen(200))
    assert [kept] == look(site, lambda tx: tx.lines_in(BANK, ["5201"], {LineState.PAID}, 9))
    assert [kept] == look(site, lambda tx: tx.lines_on(BANK, ["5201"], "20261124"))
    assert 2 == len(look(site, lambda tx: tx.lines_in(BANK, ["5201"], {LineState.NEW}, 9)))
    assert 1 == len(look(site, lambda tx: tx.lines_in(BANK, ["5201"], set(LineState), 1)))
    assert {
        (BANK, "370100", "5201", "new"): Total(2, 400),
        (BANK, "370100", "5201", "paid"): Total(1, 200),
    } == look(site, lambda tx: tx.line_totals(BANK))
    assert {} == look(site, lambda tx: tx.line_totals("103.3701"))


def test_decisions_can_be_made_inside_a_write_transaction(site: Site) -> None:
    write(site, lambda tx: tx.add_lines([a_line()]))

    def decide(tx: DeskTransaction) -> None:
        held = tx.lines_of(BANK, [VOUCHER])[VOUCHER]
        assert held == tx.lines_about(BANK, [held[0].payment])[held[0].payment]
        assert held == tx.lines_in(BANK, ["5201"], {LineState.NEW}, 5)
        tx.put_lines([replace(held[0], state=LineState.EXECUTING)])
        assert LineState.EXECUTING is tx.lines_of(BANK, [VOUCHER])[VOUCHER][0].state

    write(site, decide)


def test_an_entry_counts_once_and_the_balance_goes_in_step(site: Site) -> None:
    zero = write(site, lambda tx: tx.balances(BANK, "quota", [str(KEY)]))
    assert {str(KEY): 0} == zero == look(site, lambda tx: tx.balances(BANK, "quota", [str(KEY)]))
    assert 2 == write(site, lambda tx: tx.add_entries([an_entry("a", 500), an_entry("b", -200)]))
    assert 1 == write(site, lambda tx: tx.add_entries([an_entry("a", 500), an_entry("c", 1)]))
    assert {str(KEY): (301, 301)} == look(site, lambda tx: tx.book(BANK, "quota"))
    assert {str(KEY): 301} == write(site, lambda tx: tx.balances(BANK, "quota", [str(KEY)]))


def test_a_break_found_again_stays_as_it_was_left(site: Site) -> None:
    row = found(BANK, "001.3701", BreakKind.AMOUNT_DIFFERS, "2301/1", "20261123", Fen(1), Fen(2))
    write(site, lambda tx: tx.put_breaks([row]))
    explained = settle(row, BreakState.EXPLAINED, "late")
    write(site, lambda tx: tx.put_breaks([explained]))
    write(site, lambda tx: tx.put_breaks([row]))
    assert [explained] == look(site, lambda tx: tx.breaks(BANK))
    assert [] == look(site, lambda tx: tx.breaks("103.3701"))


def test_totals_add_up(site: Site) -> None:
    stage = Stage("20261123", "370100", BANK, "5201", "receipt")
    for _ in range(2):
        write(site, lambda tx: tx.add_totals({stage: Total(3, 1_000)}))
    assert {stage: Total(6, 2_000)} == look(site, lambda tx: tx.totals())


def test_nothing_stands_that_was_not_committed(site: Site) -> None:
    store = cast("Store[DeskTransaction]", site.store)
    with store.begin() as tx:
        tx.add_tasks([a_task()])
        tx.add_lines([a_line()])
        tx.add_entries([an_entry("a", 5)])
    assert [] == look(site, lambda tx: tx.open_tasks(1))
    assert {} == look(site, lambda tx: tx.line_totals())
    assert {} == look(site, lambda tx: tx.book(BANK, "quota"))


@pytest.mark.parametrize("worker", ["a", "b"])
def test_a_parked_task_can_be_woken(site: Site, worker: str) -> None:
    write(site, lambda tx: tx.add_tasks([a_task()]))
    task = write(site, lambda tx: tx.claim_tasks(worker, FUTURE, 1, {TaskKind.PAY}))[0]

    def park(tx: DeskTransaction) -> None:
        tx.hold_tasks(worker, [task.id], FUTURE)
        tx.save_tasks(worker, [replace(task, state=TaskState.PARKED, next_action="look")])

    write(site, park)
    assert [] == write(site, lambda tx: tx.claim_tasks(worker, FUTURE, 1, {TaskKind.PAY}))
    assert ["look"] == [t.next_action for t in look(site, lambda tx: tx.open_tasks(5))]
    assert [task.id] == [t.id for t in look(site, lambda tx: tx.parked_tasks(5))]
    write(site, lambda tx: tx.wake_tasks([task.id], PAST))
    assert [] == look(site, lambda tx: tx.parked_tasks(5))
    assert 1 == len(write(site, lambda tx: tx.claim_tasks(worker, FUTURE, 1, {TaskKind.PAY})))


def test_only_parked_tasks_are_ended_by_command_and_are_never_worked_again(site: Site) -> None:
    tasks = [replace(a_task("1"), since=Instant(1)), a_task("2"), a_task("3")]
    write(site, lambda tx: tx.add_tasks(tasks))

    def park(tx: DeskTransaction) -> None:
        claimed = tx.claim_tasks("w", FUTURE, 3, {TaskKind.PAY})
        tx.hold_tasks("w", [task.id for task in claimed], FUTURE)
        parked = [replace(one, state=TaskState.PARKED) for one in claimed if one.id != "3"]
        tx.save_tasks("w", parked)

    write(site, park)
    assert ["2", "1"] == [task.id for task in look(site, lambda tx: tx.parked_tasks(9))]
    assert ["2"] == [task.id for task in look(site, lambda tx: tx.parked_tasks(1))]
    assert 1 == write(site, lambda tx: tx.end_parked(["1", "3", "unknown"]))
    assert 0 == write(site, lambda tx: tx.end_parked(["1"]))
    states = {name: t.state for name, t in look(site, lambda tx: tx.tasks(["1", "2", "3"])).items()}
    assert {
        "1": TaskState.DONE, "2": TaskState.PARKED, "3": TaskState.CLAIMED,
    } == states  # fmt: skip
    write(site, lambda tx: tx.wake_tasks(["1"], PAST))
    assert TaskState.DONE is look(site, lambda tx: tx.tasks(["1"]))["1"].state
