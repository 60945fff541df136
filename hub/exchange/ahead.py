"""What a transaction asks first: said beforehand, a store can fetch it all with its opening.

Only a hint. Whatever is named may be left unasked, whatever is not may be asked, and the answers
are those that the verbs would give without it (but see `only`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class Ahead:
    """Keys of the verbs of the same names."""

    deliveries: Collection[str] = ()
    layers: Collection[str] = ()
    refusals: Collection[bytes] = ()
    """Digests, whoever their senders are."""
    stacks: Collection[bytes] = ()
    lives: Collection[NodeId] = ()
    restore: bool = False
    recovering: bool = False
    trust_number: bool = False
    only: bool = False
    """Of a view: whatever else is asked may be answered as of a later moment."""


NOTHING: Final = Ahead()
