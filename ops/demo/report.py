"""Do all books agree? Read after the day from every store and every core's own book.

The cores' books are the other side's: what they say moved is compared with what vouchers say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hub.desks.elements import PAYMENTS, REQUESTS
from hub.desks.model import Total
from hub.parties import NodeId
from ops.demo.day import Day
from ops.demo.incidents import Incident
from ops.demo.run import Demo, Times
from ops.demo.town import BUREAU_NODE, HUB_NODE, TREASURY_NODE
from ops.said import Said
from ops.wiring import CoreBook, open_core_book

Totals = Mapping[tuple[str, str, str, str], Total]
RECORDED = "recorded"
WHAT: Final[Mapping[str, Said]] = {
    "issued": Said("bureau has on record what was requested", "财政在案金额与所申请一致"),
    "answered": Said("paid + failed + returned + recalled = issued", "已付+失败+退回+撤销=签发"),
    "paid": Said("bureau and banks agree on what was paid", "财政与银行的已付金额一致"),
    "cleared": Said("cleared - restored = paid - came back", "清算-恢复额度=已付-退款"),
    "core_moved": Said("the core's own book: moved", "核心账：已划出"),
    "core_back": Said("the core's own book: came back", "核心账：已退回"),
    "core_zero": Said("the core's accounts sum to zero", "核心各账户合计为零"),
    "treasury_moved": Said(
        "treasury core's own book: settled, restored", "国库核心账：已清算、已恢复"
    ),
    "treasury_zero": Said("treasury core's accounts sum to zero", "国库核心各账户合计为零"),
}
"""What a check compares."""
CAME_BACK = ("bounced", "refund_due", "refunding", "refunded")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, with both sides."""

    name: str
    what: Said
    expected: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether both sides agree."""
        return self.expected == self.found


@dataclass
class DayReport:
    """Everything the report shows; `ok` only when everything agrees."""

    payments: int
    rows: int
    amount_fen: int
    times: Times
    sums: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    stages: list[tuple[str, str, str, str, int, int]] = field(default_factory=list)
    """(party, division, kind, state, count, fen)."""
    checks: list[Check] = field(default_factory=list)
    incidents: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """(name, expected, found, as expected)."""
    breaks: list[tuple[str, str]] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Nothing lost, doubled, waiting, parked or broken; every sum agrees."""
        zero = ("lost", "doubled", "waiting", "parked", "breaks")
        return (
            all(self.counts[name] == 0 for name in zero)
            and all(check.holds for check in self.checks)
            and all(as_expected for *_, as_expected in self.incidents)
        )


def report(demo: Demo) -> DayReport:
    """Read all books; the node processes have stopped."""
    site, watch, day = demo.site, demo.watch, demo.day
    made = DayReport(day.count, day.rows, day.amount_fen, demo.times)
    totals = {n: _totals(watch.read(n, lambda tx: tx.line_totals())) for n in site.town.nodes}
    books = {
        n: open_core_book(site.core(n)) for n in (*site.town.bank_nodes.values(), TREASURY_NODE)
    }
    for node in site.town.nodes:
        made.stages += [
            (party, division, kind, state, total.count, total.amount_fen)
            for (party, division, kind, state), total in sorted(totals[node].items())
        ]
    made.incidents = [_judged(demo, incident) for incident in demo.sent]
    _amounts(made, totals, site.town.bank_nodes.values())
    _counts(made, demo, totals, books)
    made.checks = _checks(made, totals, books, site.town.bank_nodes.values(), day)
    return made


def _totals(raw: Totals) -> Totals:
    return dict(raw)


def _sum(totals: Totals, kinds: Sequence[str], states: Sequence[str] = ()) -> Total:
    found = [
        total
        for (_, _, kind, state), total in totals.items()
        if kind in kinds and (not states or state in states)
    ]
    return Total(sum(t.count for t in found), sum(t.amount_fen for t in found))


def _amounts(made: DayReport, totals: Mapping[NodeId, Totals], banks: Any) -> None:  # noqa: ANN401
    bureau = totals[BUREAU_NODE]
    treasury = totals[TREASURY_NODE]
    paid = [_sum(totals[b], PAYMENTS, ("paid", "summed", "cleared", *CAME_BACK)) for b in banks]
    back = [_sum(totals[b], PAYMENTS, CAME_BACK) for b in banks]
    made.sums = {
        "paid_fen": sum(t.amount_fen for t in paid),
        "refunded_fen": sum(t.amount_fen for t in back),
        "failed_fen": _sum(bureau, PAYMENTS, ("failed",)).amount_fen,
        "returned_fen": _sum(bureau, PAYMENTS, ("returned",)).amount_fen,
        "recalled_fen": _sum(bureau, PAYMENTS, ("recalled",)).amount_fen,
        "cleared_fen": _sum(treasury, ("2301",), ("cleared", "refunding", "refunded")).amount_fen,
        "restored_fen": -_sum(treasury, ("2302",), ("cleared", "refunded")).amount_fen,
    }


def _counts(
    made: DayReport,
    demo: Demo,
    totals: Mapping[NodeId, Totals],
    books: Mapping[NodeId, CoreBook],
) -> None:
    watch, bureau = demo.watch, totals[BUREAU_NODE]
    waiting = watch.waiting()
    parked = 0
    breaks: list[tuple[str, str]] = []
    for node in demo.site.town.nodes:
        parked += sum(
            1 for t in watch.read(node, lambda tx: tx.open_tasks(10_000)) if t.state == "parked"
        )
        breaks += [
            (node, f"{b.kind} {b.state}") for b in watch.read(node, lambda tx: tx.breaks())
            if b.state != "closed"
        ]  # fmt: skip
    made.breaks = breaks
    made.waiting = waiting
    answered = sum(
        _sum(bureau, PAYMENTS, (state,)).count
        for state in ("paid", "failed", "returned", "recalled")
    )
    made.counts = {
        "lost": made.rows - answered,
        "doubled": sum(len(book.doubled()) for book in books.values()),
        "waiting": sum(waiting.values()),
        "parked": parked,
        "breaks": len(breaks),
        "returned": _sum(bureau, PAYMENTS, ("returned",)).count,
        "recalled": _sum(bureau, PAYMENTS, ("recalled",)).count,
        "failed": _sum(bureau, PAYMENTS, ("failed",)).count,
        "imported": len(demo.day.imported),
        "refused": sum(found != RECORDED for _, _, found, _ in made.incidents),
    }


def _checks(
    made: DayReport,
    totals: Mapping[NodeId, Totals],
    books: Mapping[NodeId, CoreBook],
    banks: Any,  # noqa: ANN401 - nodes of banks
    day: Day,
) -> list[Check]:
    bureau, treasury = totals[BUREAU_NODE], totals[TREASURY_NODE]
    days = (day.business_day,)
    issued = _sum(bureau, PAYMENTS)
    sums = made.sums
    checks = [
        Check("issued", WHAT["issued"], day.amount_fen,
              issued.amount_fen),
        Check("answered", WHAT["answered"], issued.amount_fen,
              _sum(bureau, PAYMENTS, ("paid",)).amount_fen + sums["failed_fen"]
              + sums["returned_fen"] + sums["recalled_fen"]),
        Check("paid", WHAT["paid"], sums["paid_fen"],
              _sum(bureau, PAYMENTS, ("paid",)).amount_fen),
        Check("cleared", WHAT["cleared"],
              sums["paid_fen"] - sums["refunded_fen"],
              sums["cleared_fen"] - sums["restored_fen"]),
    ]  # fmt: skip
    for node in banks:
        own = _sum(totals[node], PAYMENTS, ("paid", "summed", "cleared", *CAME_BACK))
        back = _sum(totals[node], PAYMENTS, CAME_BACK)
        checks += [
            Check(f"core_{node}", WHAT["core_moved"], own.amount_fen,
                  books[node].moved_fen(days)),
            Check(f"core_{node}_back", WHAT["core_back"], back.amount_fen,
                  books[node].bounced_fen(days)),
            Check(f"core_{node}_zero", WHAT["core_zero"], 0,
                  books[node].balance_fen()),
        ]  # fmt: skip
    core, settled = books[TREASURY_NODE], sum(abs(t.amount_fen) for t in _each(treasury))
    checks += [
        Check("core_treasury", WHAT["treasury_moved"], settled,
              core.moved_fen(days)),
        Check("core_treasury_zero", WHAT["treasury_zero"], 0,
              core.balance_fen()),
    ]  # fmt: skip
    return checks


def _each(treasury: Totals) -> list[Total]:
    return [
        total
        for (_, _, kind, state), total in treasury.items()
        if kind in REQUESTS and state in ("cleared", "refunding", "refunded")
    ]


def _judged(demo: Demo, incident: Incident) -> tuple[str, str, str, bool]:
    """What the hub answered to an incident's octets."""
    key = (str(BUREAU_NODE), incident.digest)

    def look(tx: Any) -> str:  # noqa: ANN401 - a transaction
        row = tx.refusals([key]).get(key)
        return row.code if row is not None else RECORDED

    found = demo.watch.read(HUB_NODE, look)
    return incident.name, "/".join(sorted(incident.expected)), found, found in incident.expected
