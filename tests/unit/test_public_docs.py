"""Every public function of the library, trust and keys says what it raises and what it rests on.

`docs/reference/sources.md` is the list of known sources; a citation of anything else fails.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from hub import errors
from hub.codes import CODES as LOWEST
from hub.exchange.codes import CODES as EXCHANGE
from hub.trust.codes import CODES as TRUST
from hub.voucher.codes import CODES as VOUCHER
from keys.codes import CODES as KEYS
from tests.support.public_docs import Public, publics

ROOT: Final = Path(__file__).parents[2]
REFERENCE: Final = ROOT / "docs/reference"
PACKAGES: Final = ("hub/voucher", "hub/trust", "schemas", "keys")
WORD: Final = re.compile(r"`([a-z][a-z0-9_]*)`")
REFERRED: Final = re.compile(r"\b(?:as|of|what) `|\bwhat [a-z]|\bas [a-z]|\bcodes of\b")
"""Codes may be another function's: then the section says whose."""
RULES: Final = re.compile(r"\bprotocol rules? ([0-9]+\.[0-9]+(?:, [0-9]+\.[0-9]+)*)")
GOOD: Final = '''
def read(octets: bytes) -> int:
    """A number.

    Raises:
        Malformed: `der_form`.

    Source: protocol rule 2.5; RFC 5280,
        4.1
    """
    return _checked(octets)


def _checked(octets: bytes) -> int:
    if not octets:
        raise Malformed("der_form")
    return octets[0]
'''


@cache
def _publics() -> tuple[tuple[str, Public], ...]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple(
        (str(path.relative_to(ROOT)), one)
        for path in paths
        for one in publics(path.read_text(encoding="utf-8"))
    )


@cache
def _standards() -> dict[str, frozenset[str]]:
    """The table of standards: name → clauses that may be cited."""
    text = (REFERENCE / "sources.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.count("|") == 4]
    cells = [[cell.strip() for cell in row] for row in rows]
    return {
        name: frozenset(filter(None, clauses.split(", ")))
        for name, _, clauses in cells
        if not name.startswith(("-", "standard"))
    }


@cache
def _rules() -> frozenset[str]:
    text = (REFERENCE / "protocol.md").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^- \*\*([0-9]+\.[0-9]+)\*\* ", text, re.MULTILINE))


@cache
def _known() -> frozenset[str]:
    """Everything a source line may say."""
    wire = (REFERENCE / "wire.md").read_text(encoding="utf-8")
    decisions = [int(path.name[:4]) for path in (ROOT / "docs/adr").glob("*.md")]
    return frozenset(
        {"catalogue of kinds"}
        | {f"protocol rule {rule}" for rule in _rules()}
        | {f"wire form {n}" for n in re.findall(r"^## ([0-9]+)\. ", wire, re.MULTILINE)}
        | {f"decision {n}" for n in decisions}
        | {f"{name}, {clause}" for name, clauses in _standards().items() for clause in clauses}
        | set(_standards())
    )


@cache
def _texts() -> tuple[Path, ...]:
    folders = ("hub", "keys", "schemas", "adapters", "ops", "tests", "docs")
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.*"))]
    mine = Path(__file__)
    return tuple(p for p in found if p.suffix in {".py", ".md", ".toml"} and p != mine)


def _wrong(one: Public) -> Iterator[str]:
    """What a docstring lacks."""
    if not one.doc.strip():
        yield "says nothing"
    if one.needs_source and not one.sources:
        yield "names no source"
    for source in one.sources:
        if source not in _known():
            yield f"names an unknown source: {source}"
    named = [found for w in re.findall(r"\w+", one.section) if (found := _error(w)) is not None]
    for raised in one.raised:
        if not issubclass(raised.error, tuple(named)):
            yield f"does not say that it raises {raised.error.__name__} {raised.code}"
        elif not _says(one.section, raised.code) and (raised.own or not _refers(one.section)):
            yield f"does not name the code {raised.code}"


def _error(word: str) -> type[errors.HubError] | None:
    found = getattr(errors, word, None)
    return found if isinstance(found, type) and issubclass(found, errors.HubError) else None


def _says(section: str, code: str) -> bool:
    starts = [word.rstrip("…") for word in re.findall(r"`([a-z0-9_]+…)`", section)]
    return not code or f"`{code}`" in section or any(code.startswith(start) for start in starts)


def _refers(section: str) -> bool:
    return REFERRED.search(section) is not None


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_function_is_documented(package: str) -> None:
    wrong = [
        f"{path}: {one.name} {what}"
        for path, one in _publics()
        if path.startswith(f"{package}/")
        for what in _wrong(one)
    ]
    assert [] == wrong


def test_a_section_names_only_codes_and_functions_that_there_are() -> None:
    codes = {*LOWEST, *VOUCHER, *TRUST, *KEYS, *EXCHANGE}
    names = {part for _, one in _publics() for part in one.name.removesuffix("()").split(".")}
    assert [] == [
        f"{path}: {one.name} names {word}"
        for path, one in _publics()
        for word in WORD.findall(one.section)
        if word not in codes | names
    ]


def test_every_clause_of_the_list_of_sources_is_cited() -> None:
    cited = {source for _, one in _publics() for source in one.sources}
    named = {source.split(", ")[0] for source in cited}
    listed = {f"{n}, {clause}" for n, clauses in _standards().items() for clause in clauses}
    assert set() == listed - cited
    assert set() == _standards().keys() - named


def test_every_rule_that_is_cited_anywhere_stands_in_the_protocol() -> None:
    cited = {
        (str(path.relative_to(ROOT)), rule)
        for path in _texts()
        for rules in RULES.findall(path.read_text(encoding="utf-8"))
        for rule in rules.split(", ")
    }
    assert cited
    assert [] == sorted((path, rule) for path, rule in cited if rule not in _rules())


def test_no_document_is_cited_that_is_not_here() -> None:
    elsewhere = re.compile(r"\b[A-Z]{4,} §")
    assert [] == [
        str(path.relative_to(ROOT))
        for path in (*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *_texts())
        if elsewhere.search(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("Source: protocol rule 2.5; ", "Rests on ", "names no source"),
        ("rule 2.5", "rule 99.5", "names an unknown source: protocol rule 99.5"),
        ("4.1", "99.1", "names an unknown source: RFC 5280, 99.1"),
        ("RFC 5280,\n        4.1", "RFC 99999", "names an unknown source: RFC 99999"),
        ("`der_form`", "something", "does not name the code der_form"),
        ("Malformed: `", "SealBroken: `", "does not say that it raises Malformed der_form"),
        ("Raises:", "Remarks:", "does not say that it raises Malformed der_form"),
    ],
)
def test_what_is_missing_is_found(before: str, after: str, what: str) -> None:
    good = next(publics(GOOD))
    assert [] == list(_wrong(good))
    assert before in GOOD
    assert [what] == list(_wrong(next(publics(GOOD.replace(before, after, 1)))))


def test_what_is_caught_is_not_raised() -> None:
    caught = GOOD.replace(
        "    return _checked(octets)\n",
        "    try:\n        return _checked(octets)\n    except Malformed:\n        return 0\n",
    )
    assert caught != GOOD
    assert frozenset() == next(publics(caught)).raised
    assert next(publics(caught.replace("return 0", "raise"))).raised


def test_the_readme_shows_the_library_without_what_runs_nodes() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    imported = {
        name for block in blocks for name in re.findall(r"^from (\w+)", block, re.MULTILINE)
    }
    assert {"hub", "keys"} <= imported
    assert set() == imported & {"ops", "adapters", "tests"}
