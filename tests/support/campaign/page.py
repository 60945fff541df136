"""The record of the campaign in the documents, written only when a person asks for it."""

import os
from pathlib import Path
from typing import Final

from hub.clock import iso
from ops.clock import SystemClock
from tests.support.campaign import totals
from tests.support.campaign.totals import Totals

PAGE: Final = Path(__file__).parents[3] / "docs/reference/faults.md"
MARK: Final = "<!-- figures: written by `python -m tests.support.campaign --record` -->"


def summary(found: Totals) -> str:
    """The books of all chunks, in a sentence."""
    sums = found.sums()
    told = ", ".join(f"{name.replace('_', ' ')} {sums[name]}" for name in list(sums)[2:])
    return (
        f"{len(found.cycles)} cycles in {len(found.books)} chunks, {found.broken} broken; "
        f"{sums['acknowledged']} vouchers acknowledged, {sums['on_record']} on record; {told}."
    )


def write(found: Totals, path: Path = PAGE) -> None:
    """Replace what stands below the mark."""
    above = path.read_text(encoding="utf-8").partition(MARK)[0]
    day = iso(SystemClock().now())[:10]
    where = f"{day}, {os.cpu_count()} cores, nodes and servers on one machine."
    path.write_text(
        f"{above}{MARK}\n\n{where} {summary(found)}\n\n{totals.as_table(found)}\n", encoding="utf-8"
    )
