"""Pictures of seals as small vectors (SVG, ≤ 2.4 KB): what people see where a seal stands.

Rules of this file:
- Official, review and business seals are round: name on the ring, star, purpose line.
- Persons' seals are square; the transfer seal (转讫章) is a rectangle with its bank's name.
- One glyph is one `<text>` with its own rotation, so that every renderer draws it alike.
- The same words give the same octets.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape

RED = "#c8102e"
PICTURE_BYTES_MAX = 2400
RING_MAX = 24
"""Glyphs on a ring; a longer name ends in an ellipsis."""


class Shape(StrEnum):
    """Outline of a seal."""

    ROUND = "round"
    SQUARE = "square"
    RECTANGLE = "rectangle"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn seal: SVG octets, and its size in millimetres."""

    svg: bytes
    width_mm: int
    height_mm: int


def draw(shape: Shape, name: str, purpose: str = "") -> Picture:
    """Draw a seal with the organisation's or person's name and a purpose line; sizes in mm.

    The same words give the same octets; a name too long for the ring ends in an ellipsis.

    Source: SVG 1.1; GB/T 38540-2020, 6.1; protocol rule 14.4
    """
    if shape is Shape.ROUND:
        return _picture(_round(name, purpose), 42, 42)
    if shape is Shape.SQUARE:
        return _picture(_square(name), 18, 18)
    return _picture(_rectangle(name, purpose), 40, 26)


def _picture(parts: list[str], width: int, height: int) -> Picture:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" fill="{RED}" font-family="FangSong,SimSun,serif" '
        'text-anchor="middle">'
    )
    svg = (head + "".join(parts) + "</svg>").encode()
    assert len(svg) <= PICTURE_BYTES_MAX, "a seal's picture stays small"
    return Picture(svg, width, height)


def _round(name: str, purpose: str) -> list[str]:
    """Ring text clockwise over the upper arc, a star in the middle, the purpose below it."""
    glyphs = name if len(name) <= RING_MAX else name[: RING_MAX - 1] + "…"
    step = min(24.0, 245 / max(len(glyphs), 1))
    size = min(5.2, step * 0.28)
    first = -step * (len(glyphs) - 1) / 2
    ring = [
        f'<text x="21" y="{3.6 + size * 0.8:.3g}" font-size="{size:.2g}" '
        f'transform="rotate({first + step * i:.3g} 21 21)">{escape(glyph)}</text>'
        for i, glyph in enumerate(glyphs)
    ]
    points = " ".join(
        f"{21 + r * math.sin(a):.3g},{20.5 - r * math.cos(a):.3g}"
        for i in range(10)
        for r, a in [((6.0 if i % 2 == 0 else 2.3), math.pi * i / 5)]
    )
    wide = min(4.0, 22 / max(len(purpose), 1))
    line = f'<text x="21" y="34.5" font-size="{wide:.3g}">{escape(purpose)}</text>'
    circle = f'<circle cx="21" cy="21" r="20" fill="none" stroke="{RED}" stroke-width="1.2"/>'
    return [circle, *ring, f'<polygon points="{points}"/>', line if purpose else ""]


def _square(name: str) -> list[str]:
    """Up to four glyphs in columns from the right, as a name seal is read."""
    glyphs = (name if len(name) != 3 else name + "印")[:4].ljust(2, "印")
    rows = 2
    cells = [(12.8 - 7.6 * (i // rows), 8.0 + 7.2 * (i % rows)) for i in range(len(glyphs))]
    if len(glyphs) == 2:
        cells = [(9.0, 8.0), (9.0, 15.2)]
    frame = (
        f'<rect x=".6" y=".6" width="16.8" height="16.8" fill="none" stroke="{RED}" '
        'stroke-width="1"/>'
    )
    return [
        frame,
        *(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="6.8">{escape(glyph)}</text>'
            for (x, y), glyph in zip(cells, glyphs, strict=True)
        ),
    ]


def _rectangle(name: str, purpose: str) -> list[str]:
    frame = (
        f'<rect x=".6" y=".6" width="38.8" height="24.8" rx="2" fill="none" stroke="{RED}" '
        'stroke-width="1.2"/><path d="M1 9.5H39M1 17H39" '
        f'stroke="{RED}" stroke-width=".5"/>'
    )
    size = min(4.2, 36 / max(len(name), 1))
    return [
        frame,
        f'<text x="20" y="6.8" font-size="{size:.1f}">{escape(name)}</text>',
        f'<text x="20" y="23" font-size="5" letter-spacing="2">{escape(purpose)}</text>',
    ]
