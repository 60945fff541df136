"""Wiring of the carried path: media, the page of a record, who writes and who takes in."""

from collections.abc import Sequence
from typing import Any

from adapters.files.carried import MediumFile, reading, writing
from adapters.pages.hand_over import hand_over
from hub.exchange.carried_intake import Intake
from hub.exchange.carrying import Carrier
from hub.exchange.model import Incoming
from ops import apart
from ops.wiring import Parts

__all__ = ["MediumFile", "carrier", "hand_over", "intake", "reading", "writing"]


def carrier(parts: Parts) -> Carrier[Any]:
    """Writes what this node has for a neighbour."""
    return Carrier(parts.place, parts.store, parts.signer, parts.observe, parts.party_orders.shut)


def intake(parts: Parts) -> Intake[Any]:
    """Takes carried files; what brings out a fault of this program is set aside, alone."""

    def receive(batch: Sequence[Incoming]) -> None:
        try:
            parts.exchange.receive(batch)
        except apart.FAULTS:
            apart.record_apart(parts.exchange, batch)

    return Intake(parts.place, parts.store, parts.verification, receive, parts.observe)
