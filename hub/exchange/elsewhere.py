"""Refusals that are about where octets are to go, not about the octets. Pure.

What a node refuses because it does not serve a receiver, or because the receiver may not have it,
it may take in for another one. So such a refusal is final for (sender, digest, receiver), and for
the delivery that is handed back; it stands beside the others, never under the octets' own digest.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from hub.exchange.model import Item, RefusalRow
from hub.exchange.recovery import handed_back

CODES: Final = frozenset({"not_served", "no_role"})
"""Codes that depend on who is to have it."""


def key(sender: str, item: Item, digest: bytes) -> tuple[str, bytes]:
    """Under which mark it is on record that these octets were refused for this receiver."""
    to = f"{item.receiver} {handed_back(item.delivery_id)}"
    return sender, hashlib.sha256(f"refused {to} ".encode() + digest).digest()


def keys(sender: str, item: Item, digest: bytes) -> set[tuple[str, bytes]]:
    """Under which a refusal that counts for this item may stand."""
    return {(sender, digest), key(sender, item, digest)}


def refused(
    found: Mapping[tuple[str, bytes], RefusalRow], sender: str, item: Item, digest: bytes
) -> RefusalRow | None:
    """The refusal that counts for this item, if there is one among these.

    Under the octets' own digest older releases kept what is about one delivery, too.
    """
    row = found.get((sender, digest))
    if row is not None and (row.code not in CODES or row.delivery_id == item.delivery_id):
        return row
    return found.get(key(sender, item, digest))
