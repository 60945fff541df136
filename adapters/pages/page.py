"""A voucher as a PDF page, as a clerk at a bank expects it: `page(voucher, …) -> bytes`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.pages.content import Verdict, content
from adapters.pages.draw import pdf
from adapters.pages.faces import Face
from adapters.pages.fonts import fonts
from adapters.pages.layout import pages
from hub.voucher.catalogue import Kind
from hub.voucher.model import LayerType, Voucher

TEST_MARK = "测试 TEST"


@dataclass(frozen=True, slots=True)
class Paper:
    """What paper says beside the voucher: its copies (联), and how often it was printed."""

    copies: tuple[str, ...] = ("",)
    """Names of the copies, each drawn whole, one after the other."""
    print_no: int = 0
    """The how-many-eth printing this is; 0: a preview, no printing."""

    @property
    def said(self) -> str:
        """As the foot of every sheet says it."""
        return f"第 {self.print_no} 次打印" if self.print_no else ""


PREVIEW: Final = Paper()


def page(
    voucher: Voucher,
    kind: Kind,
    faces: Mapping[LayerType, Sequence[Face]],
    verdict: Verdict | None,
    mark: str = TEST_MARK,
    paper: Paper = PREVIEW,
) -> bytes:
    """Draw a verified voucher with its seals; `mark` is empty in production only.

    `faces` are the seals of each layer in sealing order; `verdict` the verification's result, or
    None, which the page says. About 20 ms a page after the first.
    """
    known = fonts()
    arranged = replace(content(voucher, kind, faces, verdict, mark), printed=paper.said)
    title = f"{arranged.title} {arranged.number}"
    sheets = [
        sheet
        for copy in paper.copies
        for sheet in pages(replace(arranged, copy=copy), known.measure)
    ]
    return pdf(sheets, title, known)
