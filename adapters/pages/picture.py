"""A seal's own picture (small SVG) as strokes that can be drawn, or None for anything else.

Read strictly: the elements a drawn seal needs (circle, rect, polygon, path of straight lines, text
with one rotation), bounded in number and size. Whatever is not understood makes the whole picture
unreadable, so that no seal is ever shown in part; the page then draws one from the seal's name.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.errors import Malformed
from hub.voucher import xml

BYTES_MAX: Final = 32 * 1024
ELEMENTS_MAX: Final = 300
SIZE_MAX_MM: Final = 100.0

_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,4})?(?:\.[0-9]{1,4})?", re.ASCII)
_ROTATE: Final = re.compile(r"rotate\(([^ ,()]+)[ ,]([^ ,()]+)[ ,]([^ ,()]+)\)", re.ASCII)
_STEP: Final = re.compile(r"([MLHV])([^MLHV]*)", re.ASCII)
_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle's outline."""

    x: float
    y: float
    radius: float
    width: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle's outline."""

    x: float
    y: float
    width: float
    height: float
    corner: float
    stroke: float


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Strokes:
    """Straight lines."""

    lines: tuple[tuple[Point, Point], ...]
    width: float


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Centred text, turned by `degrees` clockwise about a point; `spacing` after each character."""

    x: float
    y: float
    text: str
    size: float
    degrees: float
    about: Point
    spacing: float


Stroke = Ring | Frame | Area | Strokes | Glyphs


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture in millimetres, y downwards."""

    width: float
    height: float
    strokes: tuple[Stroke, ...]


class _UnreadableError(Exception):
    pass


def drawing(octets: bytes) -> Drawing | None:
    """The strokes of an SVG, or None when it is anything but a simple drawn seal."""
    if len(octets) > BYTES_MAX:
        return None
    try:
        return _drawing(octets)
    except (Malformed, _UnreadableError):
        return None


def _drawing(octets: bytes) -> Drawing:
    root = xml.parse(octets)
    if root.tag != f"{_NAMESPACE}svg" or len(root) > ELEMENTS_MAX:
        raise _UnreadableError
    box = [_number(part) for part in str(root.get("viewBox", "")).split(" ")]
    if len(box) != 4 or box[:2] != [0, 0] or not all(0 < side <= SIZE_MAX_MM for side in box[2:]):
        raise _UnreadableError
    strokes = []
    for element in root:
        make = _READERS.get(str(element.tag).removeprefix(_NAMESPACE))
        if make is None or len(element):
            raise _UnreadableError
        attributes = {str(name): str(value) for name, value in element.attrib.items()}
        strokes.append(make(attributes, str(element.text or "")))
    return Drawing(box[2], box[3], tuple(strokes))


def _ring(a: Mapping[str, str], _text: str) -> Stroke:
    return Ring(_of(a, "cx"), _of(a, "cy"), _of(a, "r"), _of(a, "stroke-width", "1"))


def _frame(a: Mapping[str, str], _text: str) -> Stroke:
    x, y, width, height = (_of(a, name) for name in ("x", "y", "width", "height"))
    return Frame(x, y, width, height, _of(a, "rx", "0"), _of(a, "stroke-width", "1"))


def _area(a: Mapping[str, str], _text: str) -> Stroke:
    points = [tuple(map(_number, pair.split(","))) for pair in a.get("points", "").split()]
    if len(points) < 3 or any(len(point) != 2 for point in points):
        raise _UnreadableError
    return Area(tuple((point[0], point[1]) for point in points))


def _strokes(a: Mapping[str, str], _text: str) -> Stroke:
    data, lines, at = a.get("d", ""), [], (0.0, 0.0)
    steps = list(_STEP.finditer(data))
    if "".join(step[0] for step in steps) != data or not data.startswith("M"):
        raise _UnreadableError
    for step in steps:
        numbers = [_number(part) for part in step[2].replace(",", " ").split()]
        if len(numbers) != (2 if step[1] in "ML" else 1):
            raise _UnreadableError
        x = at[0] if step[1] == "V" else numbers[0]
        y = at[1] if step[1] == "H" else numbers[-1]
        if step[1] != "M":
            lines.append((at, (x, y)))
        at = (x, y)
    return Strokes(tuple(lines), _of(a, "stroke-width", "1"))


def _glyphs(a: Mapping[str, str], text: str) -> Stroke:
    x, y, size = _of(a, "x"), _of(a, "y"), _of(a, "font-size")
    turn = _ROTATE.fullmatch(a["transform"]) if "transform" in a else None
    if ("transform" in a and turn is None) or len(text) > 60:
        raise _UnreadableError
    degrees, *about = (_number(part) for part in turn.groups()) if turn else (0.0, x, y)
    return Glyphs(x, y, text, size, degrees, (about[0], about[1]), _of(a, "letter-spacing", "0"))


_READERS: Final = {
    "circle": _ring, "rect": _frame, "polygon": _area, "path": _strokes, "text": _glyphs,
}  # fmt: skip


def _of(attributes: Mapping[str, str], name: str, default: str = "") -> float:
    return _number(attributes.get(name, default))


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or text in {"", "-", "."}:
        raise _UnreadableError
    value = float(text)
    if not math.isfinite(value) or abs(value) > 10 * SIZE_MAX_MM:
        raise _UnreadableError
    return value
