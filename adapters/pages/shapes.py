"""What a page is made of: texts, rules, boxes, seals; in points from the upper left corner."""

from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.pages.faces import Face


class Align(StrEnum):
    """Where a text's x stands."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; y is its baseline."""

    x: float
    y: float
    text: str
    size: float
    align: Align = Align.LEFT
    bold: bool = False
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, or a filled box when `fill` is set."""

    x: float
    y: float
    to_x: float
    to_y: float
    width: float = 0.5
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Imprint:
    """A seal; x and y are its centre."""

    x: float
    y: float
    face: Face


Shape = Words | Rule | Imprint


@dataclass(frozen=True, slots=True)
class Band:
    """A piece of a page that is never cut; shapes are relative to its upper edge."""

    height: float
    shapes: tuple[Shape, ...]

    def at(self, y: float) -> tuple[Shape, ...]:
        """The shapes where the band has been put."""
        return tuple(_moved(shape, y) for shape in self.shapes)


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet, and what is written large across it."""

    shapes: tuple[Shape, ...]
    mark: str


def _moved(shape: Shape, y: float) -> Shape:
    if isinstance(shape, Rule):
        return replace(shape, y=shape.y + y, to_y=shape.to_y + y)
    return replace(shape, y=shape.y + y)
