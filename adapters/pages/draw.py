"""Sheets → PDF octets. The same sheets give the same octets: no clock, no random document id."""

import io
from collections.abc import Sequence
from typing import Final

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from adapters.pages.bands import HEIGHT, WIDTH
from adapters.pages.fonts import Fonts
from adapters.pages.imprint import imprint
from adapters.pages.shapes import Align, Page, Rule, Words

BLACK: Final = Color(0, 0, 0)
GREY: Final = Color(0.35, 0.35, 0.35)
SHADE: Final = Color(0.93, 0.93, 0.93)
MARK: Final = Color(0.75, 0.1, 0.1, alpha=0.13)
MARK_SIZE: Final = 110
SMALL_PRINT: Final = 9
"""Up to this size an outline as wide as a title's would fill the strokes."""


def pdf(pages: Sequence[Page], title: str, fonts: Fonts) -> bytes:
    """The document."""
    octets = io.BytesIO()
    canvas = Canvas(octets, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang="zh-CN")
    canvas.setTitle(title)
    canvas.setCreator("voucher exchange hub")
    for page in pages:
        _page(canvas, page, fonts)
        canvas.showPage()
    canvas.save()
    return octets.getvalue()


def _page(canvas: Canvas, page: Page, fonts: Fonts) -> None:
    for shape in page.shapes:
        if isinstance(shape, Rule):
            _rule(canvas, shape)
    if page.mark:
        _mark(canvas, page.mark, fonts)
    for shape in page.shapes:
        if isinstance(shape, Words):
            words(canvas, shape, fonts)
    for shape in page.shapes:  # last: a seal stands over what it seals
        if not isinstance(shape, Rule | Words):
            imprint(canvas, shape.x, HEIGHT - shape.y, shape.face, fonts)


def _rule(canvas: Canvas, rule: Rule) -> None:
    if rule.fill:
        canvas.setFillColor(SHADE)
        box = (rule.x, HEIGHT - rule.to_y, rule.to_x - rule.x, rule.to_y - rule.y)
        canvas.rect(*box, stroke=0, fill=1)
        return
    canvas.setStrokeColor(BLACK)
    canvas.setLineWidth(rule.width)
    canvas.line(rule.x, HEIGHT - rule.y, rule.to_x, HEIGHT - rule.to_y)


def words(canvas: Canvas, line: Words, fonts: Fonts) -> None:
    """One line of text in both fonts."""
    x = line.x
    if line.align is not Align.LEFT:
        width = fonts.measure(line.text, line.size)
        x -= width if line.align is Align.RIGHT else width / 2
    colour = GREY if line.grey else BLACK
    if line.bold:  # outlined as well: the fonts have no bold cut
        canvas.saveState()
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(line.size / (32 if line.size > SMALL_PRINT else 60))
    text = canvas.beginText(x, HEIGHT - line.y)
    text.setFillColor(colour)
    if line.bold:
        text.setTextRenderMode(2)
    for font, run in fonts.runs(line.text):
        text.setFont(font, line.size)
        text.textOut(run)
    canvas.drawText(text)
    if line.bold:
        canvas.restoreState()


def _mark(canvas: Canvas, mark: str, fonts: Fonts) -> None:
    canvas.saveState()
    canvas.translate(WIDTH / 2, HEIGHT / 2)
    canvas.rotate(52)
    text = canvas.beginText(-fonts.measure(mark, MARK_SIZE) / 2, -MARK_SIZE / 3)
    text.setFillColor(MARK)
    for font, run in fonts.runs(mark):
        text.setFont(font, MARK_SIZE)
        text.textOut(run)
    canvas.drawText(text)
    canvas.restoreState()
