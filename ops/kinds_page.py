"""Writes docs/reference/kinds.md from the catalogue as shipped: `python -m ops.kinds_page`.

A test proves that the checked-in page is in step; run this after a change of the catalogue.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hub.parties import FINANCE, HUB, TREASURY, UNIT
from hub.voucher.catalogue import Catalogue, Equation, FieldRule, Kind, Presence, Sign
from schemas import catalogue_files

_INTRO: Final = """# Voucher kinds

Generated from `schemas/catalogue` by `make schemas`; a test keeps it in step.

Fields: `Name*` is mandatory, `Name` optional; `R Name` is filled in the receipt only. Every kind
with a return or recall has the bodies of `return.xsd` and `recall.xsd`. *Assumed* marks codes or
names that no source confirms: check them with your counterparts before use. Seal positions stand in
sealing order; those in brackets are optional.

"""
_WHO: Final = {
    FINANCE: "finance bureau",
    TREASURY: "People's Bank",
    UNIT: "budget unit",
    HUB: "hub",
    "bank": "bank",
    "any": "anybody",
}
_MARKS: Final = {
    Presence.MANDATORY: "{}*",
    Presence.OPTIONAL: "{}",
    Presence.RECEIPT: "R {}*",
    Presence.RECEIPT_OPTIONAL: "R {}",
}


def page(catalogue: Catalogue) -> str:
    """The whole page as Markdown."""
    kinds = [catalogue.kinds[code] for code in sorted(catalogue.kinds)]
    parts = [_INTRO, f"Release {catalogue.release}, {len(kinds)} kinds.\n\n", _overview(kinds)]
    parts += [_section(kind) for kind in kinds]
    parts += [_overlays(catalogue), _dictionary(kinds)]
    return "".join(parts)


def _overview(kinds: Iterable[Kind]) -> str:
    lines = ["| code | name | | from → to | replies | class |", "|---|---|---|---|---|---|"]
    for kind in kinds:
        assumed = "" if kind.certain else " *assumed*"
        lines.append(
            f"| [{kind.code}](#{kind.code.lower()}) | {kind.name_zh} | {kind.name_en}{assumed} "
            f"| {_who(kind.issuers)} → {_who(kind.receivers)} "
            f"| {', '.join(kind.replies) or '–'} | {kind.message_class} |"
        )
    return "\n".join(lines) + "\n\n"


def _section(kind: Kind) -> str:
    lines = [f"## {kind.code}", "", f"{kind.name_zh} – {kind.name_en}.", ""]
    if not kind.certain:
        lines.append("- **Assumed**: code or name is not confirmed by a source.")
    lines.append(f"- {_who(kind.issuers)} → {_who(kind.receivers)}{_copies(kind)}")
    lines.append(
        f"- class {kind.message_class}, body up to {kind.body_bytes_max // 1024} KB, kept"
        f" {kind.retention_years} years"
    )
    lines += [f"- {rule}" for rule in _rules(kind)]
    for layer, positions in kind.positions.items():
        names = (
            f"`{p.name}` {p.name_zh}" if p.required else f"[`{p.name}` {p.name_zh}]"
            for p in positions
        )
        lines.append(f"- seals of {layer}: {' · '.join(names)} ({_who(positions[0].org_types)})")
    lines.append(f"- header: {_fields(kind.header)}")
    if kind.detail:
        lines.append(f"- row, {kind.details_min} to {kind.details_max}: {_fields(kind.detail)}")
    return "\n".join(lines) + "\n\n"


def _rules(kind: Kind) -> Iterable[str]:
    if kind.amount and kind.sign is not Sign.ANY:
        yield f"`{kind.amount}` is {kind.sign}"
    if kind.amount and kind.detail_amount:
        yield f"sum of row `{kind.detail_amount}` = `{kind.amount}`"
    if kind.receipt_amount and kind.receipt_detail_amount:
        yield f"receipt: sum of row `{kind.receipt_detail_amount}` = `{kind.receipt_amount}`"
    elif kind.receipt_amount:
        yield f"receipt: `{kind.receipt_amount}` = `{kind.amount}`"
    for same in kind.equal:
        yield f"row `{same.detail}` = header `{same.header}`"
    for equation in kind.equations:
        yield _equation(equation)
    if kind.count:
        yield f"`{kind.count}` counts the rows"
    if kind.pack:
        yield f"in packs: `{kind.pack[0]}` packs, this is `{kind.pack[1]}`"


def _equation(rule: Equation) -> str:
    plus = " + ".join(f"`{name}`" for name in rule.plus)
    minus = "".join(f" - `{name}`" for name in rule.minus)
    return f"{'every row: ' if rule.on_detail else ''}`{rule.total}` = {plus}{minus}"


def _overlays(catalogue: Catalogue) -> str:
    lines = ["## Overlays", "", "| division | year | code | there |", "|---|---|---|---|"]
    for (division, year, code), kind in sorted(catalogue.overlays.items(), key=lambda i: i[0]):
        there = f"{kind.name_zh} – {kind.name_en}" if kind else "not in use"
        lines.append(f"| {division or 'all'} | {year or 'all'} | {code} | {there} |")
    return "\n".join(lines) + "\n\n"


def _dictionary(kinds: Sequence[Kind]) -> str:
    rules = {rule.name: rule for kind in kinds for rule in (*kind.header, *kind.detail)}
    lines = ["## Fields", "", "| field | 名称 | type | up to |", "|---|---|---|---|"]
    for name in sorted(rules):
        rule = rules[name]
        lines.append(f"| `{name}` | {rule.name_zh} | {rule.type} | {rule.length_max} |")
    lines += ["", "## Types", "", "| type | pattern |", "|---|---|"]
    patterns = {rule.type: rule.pattern for rule in rules.values()}
    for data_type in sorted(patterns):
        lines.append(f"| {data_type} | `{patterns[data_type].replace('|', chr(92) + '|')}` |")
    return "\n".join(lines) + "\n"


def _who(org_types: Iterable[str]) -> str:
    return ", ".join(_WHO.get(org, org) for org in org_types)


def _copies(kind: Kind) -> str:
    return f"; copies: {_who(kind.copies)}" if kind.copies else ""


def _fields(rules: Iterable[FieldRule]) -> str:
    return " ".join(f"`{_MARKS[rule.presence].format(rule.name)}`" for rule in rules)


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "docs" / "reference" / "kinds.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(catalogue_files.load("docs")), encoding="utf-8")
