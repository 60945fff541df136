"""What all cycles so far have shown: a file of JSON lines that grows, and its summary by class.

A line is a cycle, or the comparison at the end of a chunk. Cycles count only when the chunk they
belong to has ended with good books: its line comes after them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.support.campaign.books import Books
from tests.support.campaign.cycle import Cycle
from tests.support.campaign.faults import FAULTS

SCHEMA: Final = 1
FIGURES: Final = ("first", "last", "hub_wait", "wait", "met_wait", "held", "ready")
"""Seconds of a cycle; `last` stands beside `first`: what a frozen node held comes after it."""


@dataclass
class Totals:
    """Cycles of chunks that ended well, the chunks' books, and how many chunks did not."""

    cycles: list[Cycle] = field(default_factory=list)
    books: list[Books] = field(default_factory=list)
    broken: int = 0
    next_seed: int = 0

    def sums(self) -> dict[str, int]:
        """The books of all chunks together."""
        told = [asdict(books) for books in self.books]
        return {name: sum(t[name] for t in told) for name in Books.__slots__}


def append(path: Path, **record: Any) -> None:
    """Add a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def read(path: Path) -> Totals:
    """Everything in the file; an absent one is an empty one."""
    totals, pending = Totals(), list[Cycle]()
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        record = json.loads(line)
        if "cycle" in record:
            pending.append(Cycle(**record["cycle"]))
            totals.next_seed = max(totals.next_seed, pending[-1].seed + 1)
        elif "books" in record:
            books = Books(**record["books"])
            totals.books.append(books)
            if books.good:
                totals.cycles += pending
            else:
                totals.broken += 1
            pending = []
        else:
            totals.broken += 1
            totals.next_seed = max(totals.next_seed, record["failed"] + 1)
            pending = []
    return totals


def at(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def by_class(cycles: Iterable[Cycle]) -> list[dict[str, Any]]:
    """One row a class that has cycles.

    Where a time is promised, cycles whose fault no voucher met stand aside: they are counted as not
    met, and a class of which no cycle was met has not kept its promise.
    """
    rows = []
    for fault in FAULTS:
        mine = [cycle for cycle in cycles if cycle.fault == fault.name]
        if not mine:
            continue
        met = [cycle for cycle in mine if cycle.met or not fault.bound]
        figures = {
            name: [float(told) for cycle in met if (told := getattr(cycle, name)) is not None]
            for name in FIGURES
        }
        row: dict[str, Any] = {"fault": fault.name, "cycles": len(mine)}
        for name, values in figures.items():
            if values:
                row |= {f"{name}_p50": round(median(values), 3), f"{name}_p95": at(values, 0.95)}
        row["load_p50"] = median(cycle.load for cycle in mine)
        row["not_met"] = sum(not cycle.met for cycle in mine)
        row["bound"] = f"{fault.figure} ≤ {fault.bound}" if fault.bound else ""
        judged = figures[fault.figure]
        row["kept"] = not fault.bound or bool(judged and at(judged, 0.95) <= fault.bound)
        rows.append(row)
    return rows


def as_json(totals: Totals) -> dict[str, Any]:
    """All of it as one object."""
    return {
        "schema": SCHEMA,
        "cycles": len(totals.cycles),
        "chunks": len(totals.books),
        "broken": totals.broken,
        **totals.sums(),
        "classes": by_class(totals.cycles),
    }


def as_table(totals: Totals) -> str:
    """The same for people, in Markdown."""
    head = (
        "fault",
        "cycles",
        *(word for name in FIGURES for word in (f"{name} p50", "p95")),
        "load",
        "not met",
        "bound",
    )
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row in by_class(totals.cycles):
        bound = row["bound"] and f"{row['bound']}: {'kept' if row['kept'] else 'missed'}"
        figures = [
            f"{row[key]:.2f}" if (key := f"{name}_{p}") in row else ""
            for name in FIGURES
            for p in ("p50", "p95")
        ]
        load = f"{row['load_p50']:.0f}"
        told = [row["fault"], str(row["cycles"]), *figures, load, str(row["not_met"]), bound]
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines)
