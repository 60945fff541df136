"""Who reads Chinese sees Chinese: no heading is forgotten, and machines see no difference."""

import ast
import io
import json
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from hub.clock import Instant, from_iso
from ops.cli.output import At, Pairs, Report, Screen, Table, counted
from ops.cli.words import HEADINGS, heading

OPS = Path(__file__).parents[3] / "ops"
CLI = OPS / "cli"
TOLD = sorted([*CLI.glob("*.py"), *(OPS / "look").glob("*.py")])
"""Where people are told something."""


def literals(node: ast.AST) -> Iterator[str]:
    """The strings of a literal, or of the first members of a list of pairs."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            first = element.elts[:1] if isinstance(element, ast.Tuple) else [element]
            for one in first:
                yield from literals(one)


def keys_of(tree: ast.AST, shown: ast.expr) -> Iterator[str]:
    """Keys of the mappings that a list of `x.items()` shows as labels."""
    names = {
        call.func.value.id
        for call in ast.walk(shown)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "items"
        and isinstance(call.func.value, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if names & {one.id for one in targets if isinstance(one, ast.Name)} and isinstance(
                node.value, ast.Dict
            ):
                yield from (text for key in node.value.keys if key for text in literals(key))


def headings(path: Path) -> Iterator[str]:
    """Titles, columns and labels that stand as literals in a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Pairs":
                yield from keys_of(function, node.args[1])
    for node in ast.walk(tree):
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


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    """Calls of a function by its plain name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def lines(path: Path) -> Iterator[ast.expr]:
    """Blocks of reports."""
    for call in calls(path, "Report"):
        for block in call.args[2:3]:
            found = [one for one in ast.walk(block) if isinstance(one, ast.List)]
            yield from (element for one in found for element in one.elts)


def letters(node: ast.expr) -> str:
    """What stands in a string itself, without what is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(letters(part) for part in node.values if isinstance(part, ast.Constant))
    return ""


@pytest.mark.parametrize("path", sorted(CLI.glob("*.py")), ids=lambda path: path.stem)
def test_every_line_of_a_report_has_its_chinese(path: Path) -> None:
    forgotten = {letters(one) for one in lines(path) if re.search(r"[a-z]{2}", letters(one))}
    assert forgotten <= {"hubctl "}


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.stem)
def test_what_is_said_in_english_is_said_in_chinese(path: Path) -> None:
    said = [tuple(map(letters, call.args)) for call in calls(path, "Said")]
    sentences = [(one, other) for one, other in said if re.search(r"[a-z]{2} [a-z]{2}", one)]
    forgotten = [one for one, other in sentences if not re.search(r"[\u4e00-\u9fff]", other)]
    assert [] == forgotten


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.stem)
def test_a_count_goes_with_its_noun(path: Path) -> None:
    """`1 rows` cannot be written: whoever counts says `counted`."""
    told = [
        f"{ast.unparse(before)} {letters(after)}"
        for call in calls(path, "Said")
        if isinstance(call.args[0], ast.JoinedStr)
        for before, after in pairwise(call.args[0].values)
        if isinstance(before, ast.FormattedValue) and isinstance(after, ast.Constant)
    ]
    plurals = (
        r"\} {1,2}(alarms|breaks|channels|days|drafts|letters|neighbours|rows|tasks|vouchers)\b"
    )
    assert [] == [text for text in told if re.search(plurals, text)]


def test_one_is_counted_as_one() -> None:
    assert ("1 voucher", "2 vouchers") == (counted(1, "voucher"), counted(2, "voucher"))
    assert ("1 party", "0 parties") == tuple(counted(n, "party", "parties") for n in (1, 0))


def test_instants_have_one_spelling_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    at = from_iso("2026-11-22T09:03:05.007Z")
    told = (str(At(at)), str(At(at, exact=True)), str(At(None)), str(At(Instant(0))))
    monkeypatch.undo()
    time.tzset()
    assert (
        "2026-11-22 17:03:05+08:00", "2026-11-22 17:03:05.007+08:00", "-", "-",
    ) == told  # fmt: skip


def test_no_command_spells_an_instant_by_itself() -> None:
    own = [path.name for path in CLI.glob("*.py") if "isoformat(" in path.read_text("utf-8")]
    assert [] == [name for name in own if name != "options.py"]


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
    assert ["各阶段", "机构", "状态", "paid", "已付", "令牌号", "是"] == told[True]


def test_machines_read_the_same_in_either_language() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO(), chinese=True)
    screen.as_json = True
    screen.show(Report("t", {"state": "paid"}))
    assert "paid" == json.loads(out.getvalue())["state"]


def test_a_word_that_nobody_listed_is_shown_as_it_is() -> None:
    assert "PayAmt" == heading("PayAmt", chinese=True)
