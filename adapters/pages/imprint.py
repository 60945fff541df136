"""Red seals as vectors: the seal's own picture, or one drawn from its words.

Three quarters of the real size, since a page bears up to six: 31 mm for a round seal, 13 mm for a
person's. A seal whose verification failed is drawn pale and crossed out.
"""

import math
from typing import Final

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from adapters.pages.content import beijing
from adapters.pages.faces import Face, Outline
from adapters.pages.fonts import Fonts
from adapters.pages.picture import Drawing, Frame, Glyphs, Ring, Stroke, Strokes

PER_MM: Final = 0.75 * 72 / 25.4
RADIUS: Final = 43.0
SQUARE: Final = 34.0
RECTANGLE: Final = (84.0, 50.0)
ARC: Final = 240.0
"""Degrees of the ring that a name may take; more when it is long."""
LONG_ARC: Final = 290.0
LONG_NAME: Final = 14


def imprint(canvas: Canvas, x: float, y: float, face: Face, fonts: Fonts) -> None:
    """Draw a seal with its centre at (x, y), y upwards."""
    canvas.saveState()
    canvas.translate(x, y)
    red = Color(0.82, 0.05, 0.08, alpha=0.85 if face.holds else 0.3)
    canvas.setStrokeColor(red)
    canvas.setFillColor(red)
    if face.picture is not None:
        _picture(canvas, face.picture, fonts)
        if face.outline is Outline.RECTANGLE:  # its middle is left free for the day
            _centred(canvas, beijing(face.sealed_at)[:10], 0, -3.5, 9.5, fonts)
    elif face.outline is Outline.ROUND:
        _round(canvas, face, fonts)
    elif face.outline is Outline.SQUARE:
        _square(canvas, face.name, fonts)
    else:
        _rectangle(canvas, face, fonts)
    if not face.holds:
        _cross(canvas)
    canvas.restoreState()


def _picture(canvas: Canvas, drawing: Drawing, fonts: Fonts) -> None:
    canvas.saveState()
    canvas.scale(PER_MM, -PER_MM)  # millimetres, y downwards as in the picture
    canvas.translate(-drawing.width / 2, -drawing.height / 2)
    for stroke in drawing.strokes:
        _stroke(canvas, stroke, fonts)
    canvas.restoreState()


def _stroke(canvas: Canvas, stroke: Stroke, fonts: Fonts) -> None:
    if isinstance(stroke, Glyphs):
        _glyphs(canvas, stroke, fonts)
    elif isinstance(stroke, Ring):
        canvas.setLineWidth(stroke.width)
        canvas.circle(stroke.x, stroke.y, stroke.radius)
    elif isinstance(stroke, Frame):
        canvas.setLineWidth(stroke.stroke)
        box = (stroke.x, stroke.y, stroke.width, stroke.height)
        canvas.roundRect(*box, stroke.corner) if stroke.corner else canvas.rect(*box)
    elif isinstance(stroke, Strokes):
        canvas.setLineWidth(stroke.width)
        for (x, y), (to_x, to_y) in stroke.lines:
            canvas.line(x, y, to_x, to_y)
    else:
        path = canvas.beginPath()
        path.moveTo(*stroke.points[0])
        for point in stroke.points[1:]:
            path.lineTo(*point)
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)


def _glyphs(canvas: Canvas, glyphs: Glyphs, fonts: Fonts) -> None:
    canvas.saveState()
    canvas.translate(*glyphs.about)
    canvas.rotate(glyphs.degrees)
    canvas.translate(glyphs.x - glyphs.about[0], glyphs.y - glyphs.about[1])
    canvas.scale(1, -1)  # letters stand upright again
    width = fonts.measure(glyphs.text, glyphs.size) + glyphs.spacing * len(glyphs.text)
    line = canvas.beginText(-width / 2, 0)
    line.setCharSpace(glyphs.spacing)
    for font, run in fonts.runs(glyphs.text):
        line.setFont(font, glyphs.size)
        line.textOut(run)
    canvas.drawText(line)
    canvas.restoreState()


def _round(canvas: Canvas, face: Face, fonts: Fonts) -> None:
    canvas.setLineWidth(2.2)
    canvas.circle(0, 0, RADIUS)
    ring = face.owner
    crowded = len(ring) > LONG_NAME
    _star(canvas, 0, 8 if crowded else 3, 10.5 if crowded else 12.5)
    step = min(26.0, (LONG_ARC if crowded else ARC) / max(len(ring), 1))
    size = max(6.0, min(11.5, math.radians(step) * (RADIUS - 10) * 0.92))
    for index, char in enumerate(ring):
        canvas.saveState()
        canvas.rotate((len(ring) - 1) * step / 2 - index * step)
        _centred(canvas, char, 0, RADIUS - 4.5 - size * 0.86, size, fonts)
        canvas.restoreState()
    if face.purpose:
        room = RADIUS * (1.15 if crowded else 1.4)
        line = min(9.5, room / len(face.purpose))
        _centred(canvas, face.purpose, 0, -RADIUS * (0.3 if crowded else 0.5), line, fonts)


def _square(canvas: Canvas, name: str, fonts: Fonts) -> None:
    """Read downwards from the right, as name seals are; three characters get 印."""
    half = SQUARE / 2
    canvas.setLineWidth(1.8)
    canvas.rect(-half, -half, SQUARE, SQUARE)
    text = name + "印" if len(name) in {1, 3} else name
    if len(text) == 2:
        places = [(0.0, 2.0), (0.0, -13.0)]
    else:
        places = [(7.5, 2.0), (7.5, -13.0), (-7.5, 2.0), (-7.5, -13.0)]
    for char, (x, y) in zip(text, places, strict=False):
        _centred(canvas, char, x, y, 13.5, fonts)


def _rectangle(canvas: Canvas, face: Face, fonts: Fonts) -> None:
    """Bank above, date in the middle, 转讫 below."""
    width, height = RECTANGLE
    canvas.setLineWidth(1.8)
    canvas.roundRect(-width / 2, -height / 2, width, height, 4)
    canvas.setLineWidth(0.7)
    for y in (8.0, -8.0):
        canvas.line(-width / 2, y, width / 2, y)
    size = min(9.0, (width - 6) / max(len(face.owner), 1))
    _centred(canvas, face.owner, 0, 13, size, fonts)
    _centred(canvas, beijing(face.sealed_at)[:10], 0, -3.5, 9.5, fonts)
    _centred(canvas, face.purpose or "转讫", 0, -20, 10, fonts)


def _star(canvas: Canvas, x: float, y: float, radius: float) -> None:
    path = canvas.beginPath()
    for point in range(10):
        length = radius if point % 2 == 0 else radius * 0.382
        angle = math.pi * (0.5 + point / 5)
        place = (x + length * math.cos(angle), y + length * math.sin(angle))
        (path.lineTo if point else path.moveTo)(*place)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def _centred(canvas: Canvas, text: str, x: float, y: float, size: float, fonts: Fonts) -> None:
    line = canvas.beginText(x - fonts.measure(text, size) / 2, y)
    for font, run in fonts.runs(text):
        line.setFont(font, size)
        line.textOut(run)
    canvas.drawText(line)


def _cross(canvas: Canvas) -> None:
    canvas.setStrokeColor(Color(0, 0, 0))
    canvas.setLineWidth(1.5)
    canvas.line(-RADIUS, -RADIUS * 0.7, RADIUS, RADIUS * 0.7)
    canvas.line(-RADIUS, RADIUS * 0.7, RADIUS, -RADIUS * 0.7)
