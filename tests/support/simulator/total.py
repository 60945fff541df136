"""How many seeds have been run: `docs/reference/simulator.md` is the record, written here only.

    python -m tests.support.simulator.total                        the first seed not run yet
    python -m tests.support.simulator.total FIRST COUNT DAY COMMIT  these seeds have all passed

A run takes seeds nobody has run, so the total counts distinct ones. One that fails adds nothing.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs/reference/simulator.md"
ROW = re.compile(r"\| (\d+) \| (\d+) \| (\d{4}-\d\d-\d\d) \| ([0-9a-f]{7,40}) \|")
TOTAL = re.compile(r"^Distinct seeds that have passed: \d+\.$", re.MULTILINE)


def runs(text: str) -> list[tuple[int, int]]:
    """(first, count) of each run on the page."""
    return [(int(first), int(count)) for first, count, _, _ in ROW.findall(text)]


def first_unused(text: str) -> int:
    """The seed after all that are on the page."""
    return max((first + count for first, count in runs(text)), default=0)


def added(text: str, first: int, count: int, day: str, commit: str) -> str:
    """The page with one more run on it."""
    assert first == first_unused(text), "these seeds are not the next ones"
    assert count > 0
    row = f"| {first} | {count} | {day} | {commit} |"
    assert ROW.fullmatch(row), row
    total = sum(n for _, n in runs(text)) + count
    page = TOTAL.sub(f"Distinct seeds that have passed: {total}.", text, count=1)
    return f"{page.rstrip()}\n{row}\n"


def main(arguments: Sequence[str]) -> None:
    """Process entry."""
    text = PAGE.read_text(encoding="utf-8")
    if not arguments:
        sys.stdout.write(f"{first_unused(text)}\n")
        return
    first, count, day, commit = arguments
    PAGE.write_text(added(text, int(first), int(count), day, commit), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
