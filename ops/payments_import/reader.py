"""Any octets → numbered records of cells, or a stable refusal; never another exception.

UTF-8 (with or without BOM) or GB18030, comma separated, RFC 4180 quoting. The file is decoded as a
whole and strictly: a character that is not in the encoding refuses the file, it is never replaced.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.errors import Malformed

BYTES_MAX: Final = 64 * 1024 * 1024
RECORDS_MAX: Final = 200_000
CELLS_MAX: Final = 200
"""Cells of one record: far above our columns, far below what a hostile line could hold."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record, and the line of the file where it begins (1 is the first)."""

    line: int
    cells: tuple[str, ...]


def decode(octets: bytes) -> str:
    """The text of a file.

    Raises:
        Malformed: `csv_too_large`, `csv_utf16` or `csv_encoding` (position in bytes).
    """
    if len(octets) > BYTES_MAX:
        raise Malformed("csv_too_large", bytes=len(octets), bytes_max=BYTES_MAX)
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Malformed("csv_utf16")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return octets.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Malformed("csv_encoding", position=error.start) from None


def records(text: str) -> Iterator[Record]:
    """The non-empty records of a CSV text, header included.

    Raises:
        Malformed: `csv_broken`, `csv_too_many_rows` or `csv_too_many_cells`, with the line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, count = 1, 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise Malformed("csv_broken", line=line) from None
        if cells is None:
            return
        start, line = line, reader.line_num + 1
        if len(cells) > CELLS_MAX:
            raise Malformed("csv_too_many_cells", line=start, cells_max=CELLS_MAX)
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > RECORDS_MAX:
            raise Malformed("csv_too_many_rows", rows_max=RECORDS_MAX)
        yield Record(start, tuple(cells))
