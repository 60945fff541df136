"""What a refused sender hears: the code where it is entitled, else `refused` (protocol 10).

Entitled is a neighbour that may submit for the party which acts in the message, as its seals say,
proven or not: an honest node whose seal has just expired must hear so, and a stranger learns
nothing of a party it may not speak for. Octets that name nobody are told what is wrong with their
form. The precise code is always kept: in the refusal on record, the journal, and the fact.
"""

from collections.abc import Collection
from typing import Final, Protocol

from hub.parties import NodeId, Party
from hub.voucher.model import Opened

REFUSED: Final = "refused"


class Claims(Protocol):
    """What entitlement to hear rests on."""

    def acting(self, opened: Opened) -> Collection[Party]:
        """Who may be acting in the top layer, as its seals claim; nobody where they name nobody."""
        ...


class Entitling(Claims, Protocol):
    """As a verifier knows it."""

    def may_submit(self, sender: NodeId, party: Party) -> bool:
        """Whether this node may submit for the acting party of a top layer."""
        ...


def told(verifier: Entitling, sender: NodeId, opened: Opened | None) -> str:
    """What the sender hears instead of the code; empty: the code itself."""
    if opened is None:
        return ""
    parties = verifier.acting(opened)
    return "" if any(verifier.may_submit(sender, party) for party in parties) else REFUSED
