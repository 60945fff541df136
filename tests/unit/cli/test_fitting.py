"""Tables on the terminals people have: readable columns, or a record a row."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from ops.cli.fitting import CHINESE_MAX, GAP, WORD_MAX, fitted
from ops.cli.output import Table, rendered

DIGEST = "a5a90a9232d83a5fe914c323540415fd52fabfaa25dafc30fe635e087f53f372"
AT = "2026-11-22 12:06:59+00:00"


def printed(table: Table, width: int) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width)
    console.print(rendered(table, chinese=True, width=width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("count", [3, 6, 12, 16])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int, count: int) -> None:
    cells = ["中国人民银行国库金库云中中心支库", DIGEST, AT, "4553.69"] * 4
    table = Table("Neighbours", [f"column{n}" for n in range(count)], [cells[:count]])
    lines = printed(table, width)
    assert max(map(cell_len, lines)) <= width
    told = "".join(lines)
    for sign in ("库", "9232", "4553.69")[: count - 1]:
        assert sign in told


def test_an_instant_is_folded_between_its_day_and_its_time_alone() -> None:
    exact = "2026-11-22 12:06:59.123+00:00"
    row = [
        exact,
        "delivered",
        "original/011.990300",
        "102.990000",
        "for 999.centre, channel c2, n 7",
    ]
    lines = printed(Table("", ["at", "what", "layer", "who", "detail"], [row]), 80)
    assert max(map(cell_len, lines)) <= 80
    assert any("12:06:59.123+00:00" in line for line in lines)


def test_what_fits_is_left_as_it_is() -> None:
    assert [4, 10] == fitted([["kind", "5201"], ["name", "支付凭证x1"]], 80)


def test_columns_are_folded_no_narrower_than_their_words() -> None:
    widths = fitted([["digest", DIGEST], ["at", AT], ["why", "凭证号重复" * 10]], 60)
    assert widths is not None
    assert [True, True, True] == [
        widths[0] >= WORD_MAX, widths[1] >= len("12:06:59+00:00"), widths[2] >= CHINESE_MAX,
    ]  # fmt: skip
    assert sum(widths) + GAP * 3 <= 60


def test_too_many_columns_become_records_with_empty_cells_left_out() -> None:
    row = ["x" * WORD_MAX] * 8
    table = Table("", [f"c{n}" for n in range(9)], [[*row, ""], [*row, "last"]])
    assert fitted([[c] for c in row], 80) is None
    lines = [line.split() for line in printed(table, 80)]
    assert ["c0", "x" * WORD_MAX] == lines[0]
    assert [["c8", "last"]] == [line for line in lines if line[:1] == ["c8"]]


def test_a_title_is_not_folded_into_a_narrow_table() -> None:
    assert "On record for the next business day" in "".join(
        printed(Table("On record for the next business day!", ("a",), [("b",)]), 80)
    )
