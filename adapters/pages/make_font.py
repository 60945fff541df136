"""Makes the two fonts of a voucher page from fonts of the distribution; run by hand, rarely.

    python -m adapters.pages.make_font DroidSansFallbackFull.ttf OpenSans-Regular.ttf

Sources, both Apache-2.0: Debian packages fonts-droid-fallback (1:6.0.1r16) and fonts-open-sans
(1.11). Kept are all Han characters the first one draws (those of GBK and more, so that rare
personal names have their glyphs), CJK punctuation and full-width forms; from the second Latin,
punctuation, currency signs, Greek and Cyrillic. Hints and layout tables are left out. The first is
stored gzipped: 2.1 MB instead of 4.
"""

import gzip
import io
import sys
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER: Final = Path(__file__).parent / "fonts"
HAN: Final = (
    (0x2E80, 0x33FF),  # radicals, CJK punctuation, enclosed forms (㈱ ㎡)
    (0x3400, 0x9FFF),  # Han, extension A
    (0xF900, 0xFAFF),  # compatibility Han
    (0xFE30, 0xFE4F),  # vertical forms
    (0xFF00, 0xFFEF),  # full width
)
LATIN: Final = ((0x20, 0x7E), (0xA0, 0x17F), (0x386, 0x45F), (0x2010, 0x203A), (0x20AC, 0x2122))


def make(source: Path, target: Path, ranges: tuple[tuple[int, int], ...]) -> None:
    """Write the subset of `source` that covers `ranges`; gzipped when the target says so."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "gasp", "GDEF", "GPOS", "GSUB"]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(
        unicodes=[code for code in font.getBestCmap() if any(a <= code <= b for a, b in ranges)]
    )
    subsetter.subset(font)
    octets = io.BytesIO()
    font.save(octets)
    packed = target.suffix == ".gz"
    target.write_bytes(
        gzip.compress(octets.getvalue(), 9, mtime=0) if packed else octets.getvalue()
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]), FOLDER / "han.ttf.gz", HAN)
    make(Path(sys.argv[2]), FOLDER / "latin.ttf", LATIN)
