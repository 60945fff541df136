"""Rules of the house that no linter checks."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.sources import functions

ROOT = Path(__file__).parents[2]
OURS = ("hub", "schemas", "adapters", "keys", "ops", "tests")
BANNED = {"utils.py", "helpers.py", "base.py", "manager.py", "common.py", "misc.py"}
TOP_LEVEL = {
    "hub", "schemas", "adapters", "keys", "ops", "tests", "docs", ".ci", "docker-compose.yml",
    "pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md", "SECURITY.md",
    ".gitignore", "constraints.txt", ".dockerignore", "CONTRIBUTING.md",
}  # fmt: skip
_DOCSTRING = re.compile(r'(?:\s|#[^\n]*\n)*r?""".*?\S.*?"""', re.DOTALL)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and "versions" not in path.parts and path.parts[-2] != "versions"
    ]


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in python_files()
        if (n := len(p.read_text().splitlines())) > 400
    }
    assert {} == long


def test_no_function_is_longer_than_50_lines() -> None:
    long = []
    for path in python_files():
        for function in functions(path):
            body = function.body[0]
            doc = isinstance(body, ast.Expr) and isinstance(body.value, ast.Constant)
            start = function.body[1].lineno if doc and len(function.body) > 1 else function.lineno
            if function.end_lineno is not None and function.end_lineno - start > 50:
                long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}")
    assert [] == long


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [] == [str(p) for p in tracked() if p.name in BANNED]


def test_the_top_level_is_the_agreed_one() -> None:
    assert set() == {p.relative_to(ROOT).parts[0] for p in tracked()} - TOP_LEVEL


def test_every_module_says_its_rules_in_its_first_lines() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in python_files()
        if (text := p.read_text()).strip() and _DOCSTRING.match(text) is None
    ]
    assert [] == silent


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(p.name for p in (ROOT / "docs/adr").glob("*.md"))
    numbers = [int(m[1]) for name in names if (m := re.match(r"(\d{4})-[a-z0-9-]+\.md$", name))]
    assert len(names) == len(numbers)
    assert list(range(1, len(numbers) + 1)) == numbers


def test_no_private_key_and_no_index_address_is_tracked() -> None:
    marker = "PRIVATE " + "KEY-----"
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "ignore")
        if marker in text and path.suffix not in {".md", ".py"}:
            found.append(str(path))
        if path.suffix in {".txt", ".toml", ".cfg"} and re.search(
            r"^\s*(--(extra-)?index-url|-i )", text, re.MULTILINE
        ):
            found.append(str(path))
    assert [] == found


def test_no_double_is_patched_in() -> None:
    words = ("mock" + ".patch", "Magic" + "Mock", "unittest" + ".mock")
    assert [] == [
        str(p) for p in python_files() if any(w in p.read_text() for w in words)
    ]  # fmt: skip
