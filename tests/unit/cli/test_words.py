"""Who reads Chinese sees Chinese: no heading is forgotten, and machines see no difference."""

import ast
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.cli.output import Pairs, Report, Screen, Table
from ops.cli.words import HEADINGS, heading

CLI = Path(__file__).parents[3] / "ops" / "cli"


def literals(node: ast.AST) -> Iterator[str]:
    """The strings of a literal, or of the first members of a list of pairs."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            first = element.elts[:1] if isinstance(element, ast.Tuple) else [element]
            for one in first:
                yield from literals(one)


def headings(path: Path) -> Iterator[str]:
    """Titles, columns and labels that stand as literals in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"Table", "Pairs"}:
                for argument in node.args[:2]:
                    yield from literals(argument)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {t.id.lower() for t in targets if isinstance(t, ast.Name)}
            if names & {"pairs", "head"} or any("columns" in name for name in names):
                yield from literals(node.value)


@pytest.mark.parametrize("path", sorted(CLI.glob("*.py")), ids=lambda path: path.stem)
def test_every_heading_of_a_command_has_its_chinese(path: Path) -> None:
    words = {text.removeprefix(">") for text in headings(path)}
    forgotten = {w for w in words if w.isascii() and w.strip() and w not in HEADINGS}
    assert set() == forgotten


def test_the_same_report_reads_in_either_language() -> None:
    report = Report(
        "t", {"state": "paid"}, [Table("Stages", ("party", "state"), [("paid", "paid")]),
                                 Pairs("", [("token", True)])],
    )  # fmt: skip
    told = {}
    for chinese in (False, True):
        out = io.StringIO()
        Screen(out, io.StringIO(), chinese=chinese).show(report)
        told[chinese] = out.getvalue().split()
    assert ["Stages", "party", "state", "paid", "paid", "token", "yes"] == told[False]
    assert ["各阶段", "机构", "状态", "paid", "已付", "令牌号", "yes"] == told[True]


def test_machines_read_the_same_in_either_language() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO(), chinese=True)
    screen.as_json = True
    screen.show(Report("t", {"state": "paid"}))
    assert "paid" == json.loads(out.getvalue())["state"]


def test_a_word_that_nobody_listed_is_shown_as_it_is() -> None:
    assert "PayAmt" == heading("PayAmt", chinese=True)
