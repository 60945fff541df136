"""The verbs of a transaction that stand beside the records: one name for the ports that need all.

Each group is explained where its rules are.
"""

from typing import Protocol

from hub.exchange.alarms import Alarming
from hub.exchange.carriage import Carrying
from hub.exchange.dead import Burying
from hub.exchange.orders import Ordering
from hub.exchange.party_orders import PartyOrdering
from hub.exchange.presence import Answering
from hub.exchange.probes import Probing
from hub.exchange.proofs import Proving
from hub.exchange.quarantine import Parking
from hub.exchange.reclaiming import Reclaiming
from hub.exchange.recovery import Recovering
from hub.exchange.stamps import Stamping


class Beside(
    Recovering,
    Alarming,
    Burying,
    Ordering,
    PartyOrdering,
    Probing,
    Proving,
    Stamping,
    Parking,
    Answering,
    Reclaiming,
    Carrying,
    Protocol,
):
    """All of them."""
