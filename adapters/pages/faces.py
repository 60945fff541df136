"""What a seal looks like on a page: its own picture when it can be drawn, else one from its name.

From the name: officials' seals are round with the organisation on the ring, a person's is square,
the People's Bank's transfer seal (转讫章) a rectangle.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adapters.pages.picture import Drawing
from hub.clock import Instant

PURPOSE: Final = re.compile(
    r"(?P<owner>.+?)(?P<purpose>(国库集中支付|国库业务|凭证交换|业务|审计|财务|电子)专用章|公章|转讫章?)\Z"
)
PERSON_NAME_MAX: Final = 4
SMALL_MM: Final = 25
"""A person's seal is smaller."""


class Outline(StrEnum):
    """Form of the imprint."""

    ROUND = "round"
    SQUARE = "square"
    RECTANGLE = "rectangle"


@dataclass(frozen=True, slots=True)
class Face:
    """One seal as a page shows it."""

    position: str
    """Chinese name of the position, from the catalogue."""
    name: str
    """Name of the seal, from its property."""
    signer: str
    sealed_at: Instant
    holds: bool
    """Whether the verification passed for this seal; one that does not hold is drawn crossed."""
    picture: Drawing | None = None
    """The seal's own picture, if it is one that can be drawn."""

    @property
    def outline(self) -> Outline:
        """Form of the imprint, from its picture's measures, else from position and name."""
        if self.picture is not None:
            if self.picture.width != self.picture.height:
                return Outline.RECTANGLE
            return Outline.SQUARE if self.picture.width < SMALL_MM else Outline.ROUND
        if "转讫" in self.position or self.purpose.startswith("转讫"):
            return Outline.RECTANGLE
        return Outline.SQUARE if len(self.name) <= PERSON_NAME_MAX else Outline.ROUND

    @property
    def caption(self) -> str:
        """Name of the seal, and who used it where the name does not say."""
        known = not self.signer or self.signer in self.name
        return self.name if known else f"{self.name}　{self.signer}"

    @property
    def owner(self) -> str:
        """The name without its purpose: what stands on the ring."""
        match = PURPOSE.match(self.name)
        return match["owner"] if match else self.name

    @property
    def purpose(self) -> str:
        """What the seal is for (业务专用章); empty when the name does not say."""
        match = PURPOSE.match(self.name)
        return match["purpose"] if match else ""
