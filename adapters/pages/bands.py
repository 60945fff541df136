"""Content → bands: the pieces of a page with their heights, before they are put on sheets.

Pure: text widths come from `Measure`. Lengths are points; the sheet is A4 upright.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from adapters.pages.content import Amount, Content, beijing
from adapters.pages.details import Details
from adapters.pages.faces import Face, Outline
from adapters.pages.fonts import Measure
from adapters.pages.labels import Pair
from adapters.pages.shapes import Align, Band, Imprint, Rule, Shape, Words

WIDTH: Final = 595.28
HEIGHT: Final = 841.89
LEFT: Final = 42.0
RIGHT: Final = WIDTH - LEFT
INNER: Final = RIGHT - LEFT
BODY: Final = 8.5
SMALL: Final = 6.5
CELL: Final = 7.2
LINE: Final = 1.35
"""Line height in sizes."""
PAD: Final = 3.5
LABEL: Final = 82.0
SIDE: Final = 18.0
"""Width of the cell with 付款人 or 收款人 written downwards."""
SEALS_IN_LINE: Final = 3
STRIP_ROUND: Final = 116.0
STRIP_SMALL: Final = 74.0


def wrapped(text: str, size: float, width: float, measure: Measure) -> list[str]:
    """Cut a text into lines of at most `width`; between Han anywhere, else at blanks if it can."""
    if measure(text, size) <= width:
        return [text]
    lines, line, used = [], "", 0.0
    for char in text:
        advance = measure(char, size)
        if used + advance > width and line:
            head, blank, tail = line.rpartition(" ")
            keep = blank and char.isascii() and char != " " and len(tail) < len(head)
            lines.append(head if keep else line.rstrip())
            line = tail if keep else ""
            used = measure(line, size)
        line, used = line + char, used + advance
    return [*lines, line]


def title(content: Content) -> Band:
    """Title, division, date and number."""
    middle = WIDTH / 2
    return Band(
        62,
        (
            Words(middle, 20, content.title, 17, Align.CENTRE, bold=True),
            Rule(middle - 110, 27, middle + 110, 27, 0.8),
            Rule(middle - 110, 29.5, middle + 110, 29.5, 0.4),
            Words(LEFT, 42, f"凭证类型：{content.kind}　{content.state}", BODY),
            Words(RIGHT, 42, content.copy, BODY + 1, Align.RIGHT, bold=True),
            Words(LEFT, 56, f"行政区划：{content.division}", BODY),
            Words(middle, 56, content.date, BODY + 1, Align.CENTRE),
            Words(RIGHT, 56, f"№ {content.number}", BODY + 1, Align.RIGHT),
        ),
    )


def head(content: Content, measure: Measure) -> list[Band]:
    """Parties, amount, budget elements, what receipts and returns add."""
    bands = []
    if content.payer or content.payee:
        bands.append(_parties(content, measure))
    if content.amount:
        bands.append(_amount(content.amount, measure))
    bands += _grid(content.pairs, measure)
    for section in content.sections:
        bands.append(_heading(section.title))
        bands += _grid(section.pairs, measure)
    return bands


def _parties(content: Content, measure: Measure) -> Band:
    blocks = [("付款人", content.payer), ("收款人", content.payee)]
    blocks = [(name, pairs) for name, pairs in blocks if pairs]
    width = INNER / len(blocks)
    shapes: list[Shape] = []
    lines_of = [
        [wrapped(text, BODY, width - SIDE - 54, measure) for _, text in pairs]
        for _, pairs in blocks
    ]
    rows = max(len(lines) for lines in lines_of)
    heights = [
        max(len(lines[row]) if row < len(lines) else 1 for lines in lines_of) * BODY * LINE
        + 2 * PAD
        for row in range(rows)
    ]
    total = sum(heights)
    for index, (name, pairs) in enumerate(blocks):
        left = LEFT + index * width
        shapes += _box(left, 0, width, total)
        shapes.append(Rule(left + SIDE, 0, left + SIDE, total))
        shapes.append(Rule(left + SIDE + 50, 0, left + SIDE + 50, total))
        shapes += [
            Words(left + SIDE / 2, total / 2 + (n - 0.6) * 11, char, BODY, Align.CENTRE)
            for n, char in enumerate(name)
        ]
        top = 0.0
        for row, height in enumerate(heights):
            if row:
                shapes.append(Rule(left + SIDE, top, left + width, top, 0.3))
            if row < len(pairs):
                shapes.append(Words(left + SIDE + 4, top + PAD + BODY, pairs[row][0], BODY))
                shapes += _lines(lines_of[index][row], left + SIDE + 54, top, BODY)
            top += height
    return Band(total, tuple(shapes))


def _amount(amount: Amount, measure: Measure) -> Band:
    room = INNER - LABEL - 140
    lines = wrapped(f"人民币（大写）{amount.capitals}", BODY + 1.5, room, measure)
    height = max(24.0, len(lines) * (BODY + 1.5) * LINE + 2 * PAD + 3)
    split = RIGHT - 136
    return Band(
        height,
        (
            *_box(LEFT, 0, INNER, height),
            Words(LEFT + 4, height / 2 + 3, "金　　额", BODY),
            Rule(LEFT + SIDE + 50, 0, LEFT + SIDE + 50, height),
            *_lines(
                lines, LEFT + SIDE + 54, (height - len(lines) * 10 * LINE) / 2 - PAD, BODY + 1.5
            ),
            Rule(split, 0, split, height),
            Words(split + 4, height / 2 + 3, "（小写）", BODY),
            Words(RIGHT - 5, height / 2 + 4, amount.figures, 11, Align.RIGHT, bold=True),
        ),
    )


def _grid(pairs: Sequence[Pair], measure: Measure) -> list[Band]:
    """Pairs in two columns; a long value takes the whole line."""
    half = INNER / 2
    bands, waiting = [], list(pairs)
    while waiting:
        first = waiting.pop(0)
        wide = measure(first[1], BODY) > 2 * (half - LABEL)
        second = None if wide or not waiting else waiting.pop(0)
        if second and measure(second[1], BODY) > 2 * (half - LABEL):
            waiting.insert(0, second)
            second = None
        bands.append(_grid_line(first, second, measure))
    return bands


def _grid_line(first: Pair, second: Pair | None, measure: Measure) -> Band:
    cells = [(first, LEFT, INNER / 2 if second else INNER)]
    if second:
        cells.append((second, LEFT + INNER / 2, INNER / 2))
    shapes: list[Shape] = []
    texts = [
        (
            wrapped(label, BODY - 1, LABEL - 6, measure),
            wrapped(text, BODY, width - LABEL - 8, measure),
        )
        for (label, text), _, width in cells
    ]
    height = max(max(map(len, pair)) for pair in texts) * BODY * LINE + 2 * PAD
    for (labels, values), (_, left, width) in zip(texts, cells, strict=True):
        shapes += _box(left, 0, width, height)
        shapes.append(Rule(left + LABEL, 0, left + LABEL, height, 0.3))
        shapes += _lines(labels, left + 4, 0, BODY - 1, BODY)
        shapes += _lines(values, left + LABEL + 4, 0, BODY)
    return Band(height, tuple(shapes))


def _heading(text: str) -> Band:
    return Band(
        17,
        (
            Rule(LEFT, 0, RIGHT, 17, fill=True),
            *_box(LEFT, 0, INNER, 17),
            Words(LEFT + 4, 12, text, BODY, bold=True),
        ),
    )


def table_head(details: Details, measure: Measure) -> Band:
    """Column names; repeated on every sheet."""
    return _row(details, tuple(column.label for column in details.columns), "", measure, head=True)


def table_rows(details: Details, measure: Measure) -> list[Band]:
    """One band a row, and the totals."""
    rows = [_row(details, row.cells, row.rest, measure) for row in details.rows]
    return [*rows, _row(details, details.totals, "", measure, total=True)]


def _row(
    details: Details,
    cells: Sequence[str],
    rest: str,
    measure: Measure,
    *,
    head: bool = False,
    total: bool = False,
) -> Band:
    edges = [LEFT]
    for column in details.columns:
        edges.append(edges[-1] + column.width * INNER / 100)
    edges[-1] = RIGHT
    texts = [
        wrapped(cell, CELL, right - left - 5, measure)
        for cell, (left, right) in zip(cells, pairwise(edges), strict=True)
    ]
    height = max(map(len, texts)) * CELL * LINE + 5
    prints = wrapped(rest, SMALL, INNER - 40, measure) if rest else []
    whole = height + (len(prints) * SMALL * LINE + 2 if prints else 0)
    shapes: list[Shape] = [Rule(LEFT, 0, RIGHT, whole, fill=True)] if head else []
    shapes += _box(LEFT, 0, INNER, whole)
    for column, lines, (left, right) in zip(details.columns, texts, pairwise(edges), strict=True):
        align = Align.CENTRE if head else Align.RIGHT if column.amount else Align.LEFT
        x = {Align.CENTRE: (left + right) / 2, Align.RIGHT: right - 2.5, Align.LEFT: left + 2.5}
        shapes += [
            Words(x[align], 3 + CELL + n * CELL * LINE, line, CELL, align, bold=head or total)
            for n, line in enumerate(lines)
        ]
        shapes.append(Rule(right, 0, right, height, 0.3))
    shapes += [
        Words(edges[1] + 2.5, height + SMALL + n * SMALL * LINE, line, SMALL, grey=True)
        for n, line in enumerate(prints)
    ]
    return Band(whole, tuple(shapes))


def strips(content: Content, measure: Measure) -> list[Band]:
    """One band for up to three seals of a layer, in sealing order."""
    return [
        _strip(layer if start == 0 else "", faces[start : start + SEALS_IN_LINE], measure)
        for layer, faces in content.seals
        for start in range(0, len(faces), SEALS_IN_LINE)
    ]


def _strip(layer: str, faces: Sequence[Face], measure: Measure) -> Band:
    small = all(face.outline is Outline.SQUARE for face in faces)
    height = STRIP_SMALL if small else STRIP_ROUND
    cell = (INNER - SIDE) / SEALS_IN_LINE
    shapes: list[Shape] = [*_box(LEFT, 0, INNER, height), Rule(LEFT + SIDE, 0, LEFT + SIDE, height)]
    written = f"{layer}签章" if layer else ""
    shapes += [
        Words(
            LEFT + SIDE / 2, height / 2 + (n - len(written) / 2 + 0.9) * 11, c, BODY, Align.CENTRE
        )
        for n, c in enumerate(written)
    ]
    for index, face in enumerate(faces):
        left = LEFT + SIDE + index * cell
        if index:
            shapes.append(Rule(left, 0, left, height, 0.3))
        shapes.append(Words(left + 4, 11, face.position, CELL))
        shapes.append(Imprint(left + cell / 2, (height - 20) / 2 + 4, face))
        name = wrapped(face.caption, SMALL, cell - 8, measure)[0]
        shapes.append(Words(left + cell / 2, height - 11.5, name, SMALL, Align.CENTRE, grey=True))
        when = f"{beijing(face.sealed_at)}　{'有效' if face.holds else '未通过验证'}"
        shapes.append(Words(left + cell / 2, height - 3.5, when, SMALL, Align.CENTRE, grey=True))
    return Band(height, tuple(shapes))


def _box(left: float, top: float, width: float, height: float) -> list[Shape]:
    right, bottom = left + width, top + height
    return [
        Rule(left, top, right, top), Rule(left, bottom, right, bottom),
        Rule(left, top, left, bottom), Rule(right, top, right, bottom),
    ]  # fmt: skip


def _lines(lines: Sequence[str], x: float, top: float, size: float, step: float = 0) -> list[Shape]:
    advance = (step or size) * LINE
    return [Words(x, top + PAD + size + n * advance, line, size) for n, line in enumerate(lines)]
