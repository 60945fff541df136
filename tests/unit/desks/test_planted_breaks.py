"""Disagreements planted in one party's books: the day's statements find each, on both sides."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.cores.simulated import Trouble
from adapters.embedded.memory_lines import LINES
from adapters.embedded.memory_store import MemoryTransaction
from hub.clearing.breaks import BreakKind
from hub.clearing.model import Line, LineState, link
from hub.clearing.quota import book_of
from hub.desks import bureau
from hub.desks.bureau import PaymentRequest
from hub.desks.elements import identity
from hub.desks.model import LedgerEntry
from hub.money import Fen
from tests.support.town import Town
from tests.support.town_map import BANKS, DIVISION, ENV, FINANCE, PEOPLES

K = BreakKind
NEXT_DAY = "20261124"
WHERE = {"bank-a": str(BANKS[0]), "bureau": str(FINANCE), "treasury": str(PEOPLES)}
Change = Callable[[MemoryTransaction, Line], None]


def a_day(*, bounced: bool = False) -> Town:
    """Two payments of one bank, cleared; what bounces comes back the same day."""
    town = Town(1, banking=Trouble(bounced=1.0) if bounced else None)
    requests: list[PaymentRequest] = [town.request(40), town.request(25)]
    town.issue([*bureau.payment_drafts(requests, ENV, 1), town.notice(requests)])
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    return town


def plant(town: Town, where: str, change: Change, kind: str = "2301") -> Line:
    """Change a party's books behind everybody's back; the first row of a kind is handed over."""
    with town.nodes[where].store.begin() as tx:
        states = {LineState.CLEARED, LineState.REFUNDED}
        line = tx.lines_in(WHERE[where], (kind,), states, 9)[0]
        change(tx, line)
        tx.commit()
    return line


def close(town: Town) -> None:
    for name in ("bounces", "sum_up"):
        town.phase(name, "bank-a")
        town.settle()


def check(town: Town) -> None:
    for name in ("cutoff", "checks"):
        for where in ("bank-a", "bank-b", "treasury", "bureau"):
            town.phase(name, where)
        town.settle()


def found(town: Town, where: str, about: str = "3507") -> set[BreakKind]:
    with town.nodes[where].store.read() as tx:
        return {b.kind for b in tx.breaks(WHERE[where]) if b.subject.startswith(about)}


def add(tx: MemoryTransaction, line: Line) -> None:
    """One row more, of a request that nobody sent."""
    name = str(replace(identity(line.voucher_id), number="X-1"))
    tx.add_lines([replace(line, voucher_id=name)])


def test_books_that_agree_have_no_breaks() -> None:
    town = a_day(bounced=True)
    close(town)
    check(town)
    assert [] == town.problems()
    assert (1, 65) == town.totals("treasury")["3510", "agreed"]


def test_what_only_the_treasury_holds_is_missing_at_the_others() -> None:
    town = a_day()
    plant(town, "treasury", add)
    check(town)
    assert {K.MISSING_HERE} == found(town, "bank-a") == found(town, "bureau")
    assert {K.MISSING_THERE} == found(town, "treasury")
    assert {K.MISSING_HERE} == found(town, "bank-a", "2301/")


def test_what_only_the_bank_holds_is_missing_at_the_treasury() -> None:
    town = a_day()
    plant(town, "bank-a", add)
    check(town)
    assert {K.MISSING_THERE} == found(town, "bank-a")
    assert set() == found(town, "bureau")


@pytest.mark.parametrize("where", ["bank-a", "bureau"])
def test_another_amount_is_told_with_both_sides(where: str) -> None:
    town = a_day()

    def more(tx: MemoryTransaction, line: Line) -> None:
        changed = replace(line, amount_fen=Fen(line.amount_fen + 7))
        tx.put(LINES, (line.party, line.voucher_id, line.row), changed)

    line = plant(town, where, more)
    check(town)
    assert K.AMOUNT_DIFFERS in found(town, where)
    assert K.AMOUNT_DIFFERS in found(town, "treasury")
    with town.nodes[where].store.read() as tx:
        sums = [
            (b.ours_fen, b.theirs_fen)
            for b in tx.breaks()
            if b.subject.startswith("3507") and b.kind is K.AMOUNT_DIFFERS
        ]
    assert [(line.amount_fen + 7, line.amount_fen)] == sums


def test_a_row_that_the_statement_tells_twice_is_doubled_there() -> None:
    town = a_day()
    plant(town, "treasury", lambda tx, line: tx.add_lines([replace(line, row=9)]))
    check(town)
    assert {K.SEVERAL_THERE} == found(town, "bank-a")
    assert K.SEVERAL_THERE in found(town, "bureau")
    assert K.SEVERAL_HERE in found(town, "treasury")
    assert {K.AMOUNT_DIFFERS} == found(town, "bank-a", "2301/")


def test_a_row_that_the_bank_holds_twice_is_doubled_here() -> None:
    town = a_day()
    plant(town, "bank-a", lambda tx, line: tx.add_lines([replace(line, row=9)]))
    check(town)
    assert {K.SEVERAL_HERE} == found(town, "bank-a")
    assert K.SEVERAL_THERE in found(town, "treasury")


def test_a_refund_of_what_was_never_cleared_is_told() -> None:
    town = a_day()

    def refund(tx: MemoryTransaction, line: Line) -> None:
        never = link(str(replace(identity(line.voucher_id), number="never")), "1")
        name = str(replace(identity(line.voucher_id), kind="2302", number="R-1"))
        back = replace(
            line, voucher_id=name, kind="2302", amount_fen=Fen(-line.amount_fen), clearing=never
        )
        tx.add_lines([back])

    plant(town, "treasury", refund)
    check(town)
    assert {K.REFUND_UNPAID} == found(town, "bank-a")
    assert K.REFUND_UNPAID in found(town, "bureau")
    assert K.REFUND_UNPAID in found(town, "treasury")


def test_a_refund_that_one_side_counts_on_another_day_differs() -> None:
    town = a_day(bounced=True)
    close(town)
    later: Change = lambda tx, line: tx.put_lines([replace(line, day=NEXT_DAY)])  # noqa: E731
    plant(town, "bank-a", later, "2302")
    check(town)
    assert {K.REFUND_DIFFERS, K.DAY_DIFFERS} == found(town, "bank-a")
    assert {K.REFUND_DIFFERS, K.DAY_DIFFERS} == found(town, "treasury")
    assert set() == found(town, "bureau")


def test_what_was_cleared_on_another_day_is_told() -> None:
    town = a_day()
    plant(town, "bank-a", lambda tx, line: tx.put_lines([replace(line, day=NEXT_DAY)]))
    check(town)
    assert {K.DAY_DIFFERS} == found(town, "bank-a") == found(town, "treasury")


def test_what_went_back_here_and_was_cleared_there_differs_in_its_state() -> None:
    town = a_day()
    gone = LineState.RETURNED

    def returned(tx: MemoryTransaction, line: Line) -> None:
        rows = tx.lines_of(line.party, [line.voucher_id])[line.voucher_id]
        tx.put_lines([replace(row, state=gone) for row in rows])

    plant(town, "bank-a", returned)
    check(town)
    assert {K.MISSING_HERE} == found(town, "bank-a")
    assert {K.STATE_DIFFERS} == found(town, "bank-a", "2301/")


def test_a_quota_book_that_opens_otherwise_differs_at_both_sides() -> None:
    town = a_day()

    def more(tx: MemoryTransaction, line: Line) -> None:
        book, key = book_of(DIVISION), str(line.quota)
        tx.add_entries([LedgerEntry(str(FINANCE), book, key, "planted", Fen(3), tx.now)])

    plant(town, "bureau", more)
    check(town)
    for where, sides in (("bureau", (3, 0)), ("treasury", (0, 3))):
        with town.nodes[where].store.read() as tx:
            told = [
                (b.kind, b.subject.partition("#")[2], (b.ours_fen, b.theirs_fen))
                for b in tx.breaks(WHERE[where])
                if b.subject.startswith("3510")
            ]
        assert [(K.QUOTA_DIFFERS, "PreDateMoney", sides)] == told, where
    assert set() == found(town, "bureau")


def test_a_notice_that_counts_on_another_day_is_quota_added_on_another_day() -> None:
    town = a_day()
    with town.nodes["bureau"].store.begin() as tx:
        lines = tx.lines_in(WHERE["bureau"], ("5108",), {LineState.GRANTED}, 9)
        tx.put_lines([replace(line, day=NEXT_DAY) for line in lines])
        tx.commit()
    check(town)
    with town.nodes["bureau"].store.read() as tx:
        fields = {b.subject.partition("#")[2] for b in tx.breaks() if b.subject.startswith("3510")}
    assert {"ClearAmt"} == fields
    assert {K.DAY_DIFFERS} == found(town, "bureau", "5108")


def test_a_clearing_row_tells_what_was_paid_what_came_back_and_what_quota_is_left() -> None:
    town = a_day(bounced=True)
    close(town)
    town.phase("checks", "treasury")
    with town.nodes["treasury"].store.read() as tx:
        plans = [json.loads(t.plan) for t in tx.open_tasks(99) if "3507" in t.id]
    rows = plans[0]["rows"]
    told = [(int(r["PayAmt"]), int(r["RefundAmt"]), r["PlanAmt"], r["PlanRemainAmt"]) for r in rows]
    left = "65"
    assert [(40, 40, left, left), (25, 25, left, left)] == told[:2]
    assert [(-40, 40), (-25, 25)] == [(pay, refund) for pay, refund, *_ in told[2:]]
    assert {rows[0]["PayAgentBillNo"]} == {r["Hold1"] for r in rows[2:]}
    assert ["1", "2"] == [r["Hold2"] for r in rows[2:]]
