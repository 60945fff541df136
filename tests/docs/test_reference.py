"""The reference is complete and in step with the program."""

import re
import tomllib
from pathlib import Path

import pytest

from ops.cli.main import branch
from ops.cli.places import NOUNS, VERBS
from ops.reference_pages import FOLDER, PAGES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_generated_page_is_in_step(page: str) -> None:
    written = (FOLDER / page).read_text(encoding="utf-8")
    assert PAGES[page]() == written, "run `make docs` and look at what has changed"


def test_every_dependency_has_its_reason_and_its_exact_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = (FOLDER / "dependencies.md").read_text(encoding="utf-8").lower()
    pins = {
        re.split(r"==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[\[<>=~! ]", name)[0].lower() for name in asked]
    assert [] == [name for name in names if name.replace("_", "-") not in pins]
    assert [] == [name for name in names if not re.search(rf"\b{re.escape(name)}\b", reasons)]


def test_every_constraint_is_exact() -> None:
    lines = (ROOT / "constraints.txt").read_text().split()
    assert [] == [
        line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9A-Za-z.]+", line)
    ]


def test_every_command_that_a_page_or_an_advice_names_is_there() -> None:
    """`errors.md` holds all advice, in both languages."""
    verbs = {noun: set(branch(noun).commands) for noun in NOUNS} | {verb: set() for verb in VERBS}
    wrong = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for noun, verb in re.findall(
            r"hubctl ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?", page.read_text(encoding="utf-8")
        ):
            if noun not in verbs or (verb and verbs[noun] and verb not in verbs[noun]):
                wrong.append(f"{page.name}: {noun} {verb}")
    assert [] == wrong
