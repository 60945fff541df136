"""Bands → sheets: what stands on which page, page numbers, the line under every page.

The seals stand on the sheet where the head ends, below as many rows as there is room for, so that
whoever looks at a long voucher sees them first; further rows follow on sheets of their own with the
column names again. Pure.
"""

from collections.abc import Sequence
from typing import Final

from adapters.pages import bands
from adapters.pages.bands import HEIGHT, LEFT, RIGHT, SMALL, WIDTH
from adapters.pages.content import Content
from adapters.pages.fonts import Measure
from adapters.pages.shapes import Align, Band, Page, Rule, Shape, Words

TOP: Final = 36.0
BOTTOM: Final = HEIGHT - 48.0
ROWS_BESIDE_SEALS: Final = 2
"""At least so many rows stand above the seals, or the seals go behind the last row."""


class _Sheets:
    """Sheets being filled from the top."""

    def __init__(self, content: Content, measure: Measure) -> None:
        self.sheets: list[list[Shape]] = [[]]
        self.y = TOP
        self._content = content
        self._measure = measure

    def room(self) -> float:
        return BOTTOM - self.y

    def put(self, band: Band) -> None:
        """Put a band below the others; on a new sheet when there is no room."""
        if band.height > self.room() and self.y > TOP:
            self.turn()
        self.sheets[-1] += band.at(self.y)
        self.y += band.height

    def put_at(self, sheet: int, y: float, band: Band) -> None:
        self.sheets[sheet] += band.at(y)

    def turn(self) -> None:
        """A new sheet, which says what it continues."""
        said = f"{self._content.title}（续）"
        self.sheets.append(
            [
                Words(WIDTH / 2, TOP + 10, said, 11, Align.CENTRE, bold=True),
                Words(RIGHT, TOP + 10, f"№ {self._content.number}", bands.BODY, Align.RIGHT),
                Words(LEFT, TOP + 10, self._content.copy, bands.BODY),
            ]
        )
        self.y = TOP + 20


def pages(content: Content, measure: Measure) -> list[Page]:
    """All sheets of a voucher."""
    sheets = _Sheets(content, measure)
    sheets.put(bands.title(content))
    for band in bands.head(content, measure):
        sheets.put(band)
    strips = bands.strips(content, measure)
    if content.details:
        head = bands.table_head(content.details, measure)
        rows = bands.table_rows(content.details, measure)
        _table(sheets, head, rows, strips)
    else:
        for band in strips:
            sheets.put(band)
    return [
        Page((*shapes, *_foot(content, number, len(sheets.sheets))), content.mark)
        for number, shapes in enumerate(sheets.sheets, 1)
    ]


def _table(sheets: _Sheets, head: Band, rows: Sequence[Band], strips: Sequence[Band]) -> None:
    reserved = sum(band.height for band in strips)
    least = head.height + sum(band.height for band in rows[:ROWS_BESIDE_SEALS])
    beside = least + reserved <= sheets.room()
    if not beside and least > sheets.room():
        sheets.turn()
        beside = least + reserved <= sheets.room()
    sheet, limit = len(sheets.sheets) - 1, BOTTOM - (reserved if beside else 0)
    sheets.put(head)
    for row in rows:
        if sheets.y + row.height > limit:
            sheets.turn()
            sheets.put(head)
            limit = BOTTOM
        sheets.put(row)
    if not beside:
        for band in strips:
            sheets.put(band)
        return
    y = sheets.y if sheet == len(sheets.sheets) - 1 else BOTTOM - reserved
    for band in strips:
        sheets.put_at(sheet, y, band)
        y += band.height


def _foot(content: Content, number: int, count: int) -> list[Shape]:
    y = BOTTOM + 12
    return [
        Rule(LEFT, BOTTOM + 4, RIGHT, BOTTOM + 4, 0.3),
        Words(LEFT, y, content.verdict, SMALL + 1),
        Words(RIGHT, y, f"第 {number} 页　共 {count} 页", SMALL + 1, Align.RIGHT),
        Words(RIGHT, y + 10, content.printed, SMALL + 1, Align.RIGHT),
        Words(LEFT, y + 10, f"凭证标识　{content.identity}", SMALL, grey=True),
        Words(LEFT, y + 19, f"原文摘要　SHA-256 {content.digest}", SMALL, grey=True),
    ]
