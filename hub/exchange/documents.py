"""Numbered documents as the exchange moves them: taken in, and taken from the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Documents(Protocol):
    """Takes numbered documents: trust lists, which prove themselves by pinned keys."""

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        """Keep a document with parts it names; what is on record already is nothing new.

        Raises:
            Rejection: it does not hold, or its number is no new one.
            Held: a catalogue release is missing.
            StoreDown: nothing was kept.
        """
        ...


@dataclass(frozen=True, slots=True)
class Numbered:
    """A document, and the parts of it that its predecessor has not."""

    number: int
    octets: bytes
    parts: tuple[bytes, ...]


class Shelf(Protocol):
    """Documents that this node has accepted."""

    def newest(self) -> int:
        """The highest number; 0 when there is none."""
        ...

    def after(self, number: int) -> Sequence[Numbered]:
        """Those with a higher number, ascending, a bounded count."""
        ...
