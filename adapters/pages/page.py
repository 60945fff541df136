"""A voucher as a PDF page, as a clerk at a bank expects it: `page(voucher, …) -> bytes`."""

from collections.abc import Mapping, Sequence

from adapters.pages.content import Verdict, content
from adapters.pages.draw import pdf
from adapters.pages.faces import Face
from adapters.pages.fonts import fonts
from adapters.pages.layout import pages
from hub.voucher.catalogue import Kind
from hub.voucher.model import LayerType, Voucher

TEST_MARK = "测试 TEST"


def page(
    voucher: Voucher,
    kind: Kind,
    faces: Mapping[LayerType, Sequence[Face]],
    verdict: Verdict | None,
    mark: str = TEST_MARK,
) -> bytes:
    """Draw a verified voucher with its seals; `mark` is empty in production only.

    `faces` are the seals of each layer in sealing order; `verdict` the verification's result, or
    None, which the page says. About 20 ms a page after the first.
    """
    known = fonts()
    arranged = content(voucher, kind, faces, verdict, mark)
    title = f"{arranged.title} {arranged.number}"
    return pdf(pages(arranged, known.measure), title, known)
