"""The demonstration's report fits the terminals people have, and says the same to machines."""

import io
import unicodedata

import pytest
from rich.console import Console

from ops.cli.demo import shown
from ops.cli.output import Report, Table, rendered
from ops.demo.report import DayReport
from ops.demo.run import Times
from ops.demo.town import town

COUNTS = dict.fromkeys(
    ("lost", "doubled", "waiting", "parked", "breaks", "returned", "recalled", "failed",
     "imported", "refused"), 0,
)  # fmt: skip
AMOUNT_FEN = 35_407_636_541_00
LONGEST = "5106"
"""The kind whose name is the longest."""


def a_report() -> Report:
    stages = [
        (str(one.party), "990100", LONGEST, "recalled", 123_456, AMOUNT_FEN)
        for one in town().plan.parties
    ]
    return shown(DayReport(200_000, 200_000, AMOUNT_FEN, Times(), {}, COUNTS, stages))


def columns(line: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in line)
    return len(line.rstrip()) + wide


@pytest.mark.parametrize("chinese", [False, True])
def test_the_stages_of_a_large_day_fit_a_hundred_columns(*, chinese: bool) -> None:
    report = a_report()
    tables = [block for block in report.blocks if isinstance(block, Table)]
    out = io.StringIO()
    console = Console(file=out, width=10_000)
    for block in tables[:-2]:  # incidents and books are narrow
        console.print(rendered(block, chinese=chinese))
    lines = out.getvalue().splitlines()
    assert len(lines) > 2 * len(town().plan.parties)
    assert max(map(columns, lines)) <= 100


def test_machines_have_a_row_a_stage_with_its_party() -> None:
    stages = a_report().data["stages"]
    assert isinstance(stages, list)
    assert {"party", "division", "kind", "state", "count", "amount_fen"} == set(stages[0])
    assert len(town().plan.parties) == len(stages)
