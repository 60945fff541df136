"""The two fonts of a page, and how a text is cut into runs of one font.

Both are subsets that ship beside this file (see fonts/README.md). A character neither font draws is
written as [U+20BB7]: seen, never silently left out. Loading takes about 70 ms, once a process.
"""

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

HAN: Final = "voucher-han"
LATIN: Final = "voucher-latin"

Measure = Callable[[str, float], float]
"""Width of a text in points at a size."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """What each font draws; `widths` in thousandths of the size, by character."""

    han: frozenset[int]
    latin: frozenset[int]
    widths: dict[str, float]

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """(font name, text) in order; together they draw the whole text."""
        for latin, run in groupby(self._drawable(text), lambda char: ord(char) in self.latin):
            yield (LATIN if latin else HAN), "".join(run)

    def measure(self, text: str, size: float) -> float:
        """Width of the text in points."""
        widths = self.widths
        total = 0.0
        for char in self._drawable(text):
            width = widths.get(char)
            if width is None:
                font = LATIN if ord(char) in self.latin else HAN
                width = widths[char] = pdfmetrics.stringWidth(char, font, 1000)
            total += width
        return total * size / 1000

    def _drawable(self, text: str) -> str:
        if all(ord(char) in self.han or ord(char) in self.latin for char in text):
            return text
        return "".join(
            char if ord(char) in self.han or ord(char) in self.latin else f"[U+{ord(char):04X}]"
            for char in text
        )


@cache
def fonts() -> Fonts:
    """Load and register both fonts; once a process, on first use."""
    folder = Path(__file__).parent / "fonts"
    han = TTFont(HAN, io.BytesIO(gzip.decompress((folder / "han.ttf.gz").read_bytes())))
    latin = TTFont(LATIN, io.BytesIO((folder / "latin.ttf").read_bytes()))
    pdfmetrics.registerFont(han)
    pdfmetrics.registerFont(latin)
    return Fonts(
        han=frozenset(han.face.charToGlyph), latin=frozenset(latin.face.charToGlyph), widths={}
    )
