"""How wide the columns of a table are on a terminal, when not all of it fits.

Rules: a column is never narrower than the longest word in it, up to a bound, so that nothing is cut
up beyond reading; what is left goes first to columns that it makes whole. When even the least does
not fit, there are no widths: the table is shown as records, one cell a line.
Widths are cells of a terminal: a Chinese character takes two.
"""

import re
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len

GAP: Final = 2
"""Cells between two columns, and at both ends together."""
WORD_MAX: Final = 14
"""An identity or a digest may be folded to this."""
TIME: Final = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?\+\d\d:\d\d")
"""An instant falls into its day and its time; neither is folded."""
CHINESE_MAX: Final = 8
"""Chinese may be folded anywhere; four characters still read."""


def fitted(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """The width of each column, given its heading and cells, in so many cells; None: as records."""
    least = [max(map(_least, column)) for column in columns]
    whole = [max(map(cell_len, column)) for column in columns]
    left = room - sum(least) - GAP * len(columns)
    if left < 0:
        return None
    widths = list(least)
    order = sorted(range(len(columns)), key=lambda n: whole[n] - least[n])
    for place, column in enumerate(order):
        share = left // (len(order) - place)
        more = min(whole[column] - widths[column], share)
        widths[column] += more
        left -= more
    return widths


def _least(cell: str) -> int:
    return max((_part(word) for word in cell.split()), default=1)


def _part(word: str) -> int:
    wide = cell_len(word)
    if TIME.fullmatch(word):
        return wide
    return min(wide, CHINESE_MAX if wide > len(word) else WORD_MAX)
