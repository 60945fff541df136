"""Numbered documents as the exchange moves them: taken in, and taken from the shelf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.errors import Malformed
from hub.voucher import open_message


class Documents(Protocol):
    """Takes numbered documents: lists and releases, which prove themselves by pinned keys."""

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        """Keep a document with parts it names; what is on record already is nothing new.

        Raises:
            Rejection: it does not hold, or its number is no new one.
            Held: a catalogue release is missing.
            StoreDown: nothing was kept.
        """
        ...


class ByKind:
    """Gives each document to who keeps its kind."""

    def __init__(self, keepers: Mapping[str, Documents]) -> None:
        """`keepers` by kind."""
        self._keepers = keepers

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        """As its keeper takes it.

        Raises:
            Malformed: no message, or `document_unexpected`: of a kind that nobody keeps.
            Rejection, Held, StoreDown: what the keeper raises.
        """
        keeper = self._keepers.get(open_message(message).head.kind)
        if keeper is None:
            raise Malformed("document_unexpected")
        keeper.take(message, parts)


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
