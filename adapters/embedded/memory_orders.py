"""Standing orders, in memory."""

from collections.abc import Mapping
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.exchange.allowance import NEVER_TAKEN
from hub.exchange.orders import Order
from hub.exchange.party_orders import PartyOrder

ORDERS: Final = Table[str, Order]("channel_order")
PARTIES: Final = Table[str, PartyOrder]("party_order")
ALLOWANCES: Final = Table[str, int]("party_allowance")


class Orders(Work):
    """What operators have ordered of channels and parties."""

    def put_order(self, order: Order) -> None:
        """Record an order; it replaces the channel's earlier one."""
        self.before("put_order")
        self.put(ORDERS, order.channel, order)

    def orders(self) -> Mapping[str, Order]:
        """The newest order of every channel that ever had one."""
        self.before("orders")
        return dict(self.rows(ORDERS))

    def put_party_order(self, order: PartyOrder) -> None:
        """Record an order; it replaces the party's earlier one."""
        self.before("put_party_order")
        self.put(PARTIES, order.party, order)

    def party_orders(self) -> Mapping[str, PartyOrder]:
        """The newest order of every party that ever had one."""
        self.before("party_orders")
        return dict(self.rows(PARTIES))

    def lock_allowance(self, party: str) -> int:
        """When a minute's worth of a limited party will have gathered."""
        self.before("lock_allowance")
        return self.rows(ALLOWANCES).get(party, NEVER_TAKEN)

    def put_allowance(self, party: str, full_at: int) -> None:
        """Write it."""
        self.before("put_allowance")
        self.put(ALLOWANCES, party, full_at)

    def allowances(self) -> Mapping[str, int]:
        """The same of every party that was ever limited."""
        self.before("allowances")
        return dict(self.rows(ALLOWANCES))
