"""PDF pages as PNG pictures, for screens that show no PDF.

Rules: pictures are of the very PDF that would be printed, drawn by PDFium; nothing is laid out
twice. The library is not for threads: one call at a time.
"""

import io
from typing import Final

import pypdfium2

POINTS_PER_INCH: Final = 72
DPI: Final = 144
DPI_MAX: Final = 600


def png(pdf: bytes, dpi: int = DPI) -> list[bytes]:
    """One PNG for each sheet of a PDF that was drawn here, at `dpi` dots an inch."""
    assert 0 < dpi <= DPI_MAX
    pictures = []
    with pypdfium2.PdfDocument(pdf) as document:
        for sheet in document:
            out = io.BytesIO()
            sheet.render(scale=dpi / POINTS_PER_INCH).to_pil().save(out, "PNG", optimize=False)
            pictures.append(out.getvalue())
            sheet.close()
    return pictures
