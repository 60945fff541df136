"""A hand-over record (交接单) as a PDF page: what was carried, who did it, room for hands to sign.

It tells counts, digests and operators' ids; nothing of what the vouchers say. Pure: the record
comes as labels and values; the page is drawn like a voucher's.
"""

from collections.abc import Sequence
from typing import Final

from adapters.pages.bands import BODY, HEIGHT, INNER, LEFT, LINE, RIGHT, SMALL, WIDTH, wrapped
from adapters.pages.draw import pdf
from adapters.pages.fonts import Measure, fonts
from adapters.pages.labels import Pair
from adapters.pages.shapes import Align, Page, Rule, Shape, Words

LABEL: Final = 112.0
PAD: Final = 5.0
SIGNED_BY: Final = ("交出人（签字）", "接收人（签字）", "监交人（签字）")


def hand_over(title: str, number: str, pairs: Sequence[Pair], foot: str, mark: str) -> bytes:
    """The page as PDF octets; `mark` is empty in production only."""
    known = fonts()
    shapes: list[Shape] = [
        Words(WIDTH / 2, 62, title, 17, Align.CENTRE, bold=True),
        Words(RIGHT, 84, f"№ {number}", BODY + 1, Align.RIGHT),
    ]
    y = 94.0
    for label, value in pairs:
        y = _row(shapes, y, label, value, known.measure)
    y = _signatures(shapes, y + 18)
    for n, line in enumerate(wrapped(foot, SMALL + 1, INNER, known.measure)):
        shapes.append(Words(LEFT, y + 18 + n * 10, line, SMALL + 1, grey=True))
    assert y < HEIGHT - 60, "a record is one page"
    return pdf([Page(tuple(shapes), mark)], f"{title} {number}", known)


def _row(shapes: list[Shape], y: float, label: str, value: str, measure: Measure) -> float:
    lines = wrapped(value, BODY, INNER - LABEL - 2 * PAD, measure)
    below = y + len(lines) * BODY * LINE + 2 * PAD
    shapes += _box(LEFT, y, RIGHT, below)
    shapes.append(Rule(LEFT + LABEL, y, LEFT + LABEL, below, 0.3))
    shapes.append(Words(LEFT + PAD, y + PAD + BODY, label, BODY))
    shapes += [
        Words(LEFT + LABEL + PAD, y + PAD + BODY + n * BODY * LINE, line, BODY)
        for n, line in enumerate(lines)
    ]
    return below


def _signatures(shapes: list[Shape], y: float) -> float:
    width = INNER / len(SIGNED_BY)
    for n, name in enumerate(SIGNED_BY):
        left = LEFT + n * width
        shapes += _box(left, y, left + width, y + 70)
        shapes.append(Words(left + PAD, y + 14, name, BODY))
        shapes.append(Words(left + width - PAD, y + 62, "年　　月　　日", BODY, Align.RIGHT))
    return y + 70


def _box(left: float, top: float, right: float, bottom: float) -> list[Shape]:
    return [
        Rule(left, top, right, top), Rule(left, bottom, right, bottom),
        Rule(left, top, left, bottom), Rule(right, top, right, bottom),
    ]  # fmt: skip
