"""Every code that can be raised has its advice, in both languages, and means one thing."""

import ast
import re
from pathlib import Path

from hub import errors
from hub.errors import HubError
from ops.advice import AREAS, everything
from ops.cli import main as hubctl
from ops.cli.places import NOUNS, VERBS
from tests.support.sources import nodes

ROOT = Path(__file__).parents[2]
KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, HubError)
}
NAMED = re.compile("|".join({*KINDS, "Refusals"}))
"""What names none of them need not be parsed."""


def raised() -> dict[str, set[str]]:
    """Literal codes given to an error of ours anywhere, and the files they stand in."""
    found: dict[str, set[str]] = {}
    for area in AREAS:
        for path in (ROOT / area).rglob("*.py"):
            if NAMED.search(path.read_text(encoding="utf-8")) is None:
                continue
            for node in nodes(path):
                for code in _codes(node):
                    found.setdefault(code, set()).add(str(path.relative_to(ROOT)))
    return found


def _codes(node: ast.AST) -> set[str]:
    if not isinstance(node, ast.Call):
        return set()
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "Refusals":  # of a sort of documents: raised by whoever keeps it
        return {str(ast.literal_eval(keyword.value)) for keyword in node.keywords}
    if name not in KINDS:
        return set()
    if not node.args:
        return set()
    first = node.args[0]
    branches = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
    return {b.value for b in branches if isinstance(b, ast.Constant) and isinstance(b.value, str)}


def test_every_raised_code_has_advice() -> None:
    codes = raised()
    assert {"amount_format", "catalogue_release_conflict"} <= codes.keys()
    known = everything()
    missing = {code: sorted(where) for code, where in codes.items() if code not in known}
    assert {} == missing


def test_advice_is_complete_and_one_line_each() -> None:
    for code, said in everything().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,59}", code), code
        for text in (said.why, said.do, said.why_zh, said.do_zh):
            assert text.strip() == text != "", code
            assert "\n" not in text, code
        assert re.search(r"[一-鿿]", said.why_zh), code
        assert re.search(r"[一-鿿]", said.do_zh), code


def test_every_command_that_advice_names_is_there() -> None:
    there = {f"{noun} {verb}" for noun in NOUNS for verb in hubctl.branch(noun).commands}
    named = [
        (code, found[1], f"{found[1]} {found[2]}")
        for code, said in everything().items()
        for text in (said.why, said.do, said.why_zh, said.do_zh)
        for found in re.finditer(r"hubctl ([a-z]+)(?: ([a-z][a-z-]+))?", text)
    ]
    assert named
    assert [] == [row for row in named if row[1] not in VERBS and row[2] not in there]
