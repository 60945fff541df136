"""What an exchange uses beside its records: lists, probes, orders, clocks. Each may lack."""

from dataclasses import dataclass

from hub.exchange.clocks import Clocks
from hub.exchange.documents import Documents
from hub.exchange.echo import Echo
from hub.exchange.party_orders import PartyOrders


@dataclass(frozen=True, slots=True)
class Aids:
    """Of one process."""

    documents: Documents | None = None
    """Without them lists that come are refused."""
    echo: Echo | None = None
    """Without it probes that come are refused."""
    orders: PartyOrders | None = None
    """Without them everything is taken in."""
    clocks: Clocks | None = None
    """Without them no clock is in doubt."""
