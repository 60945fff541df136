"""Standing orders, in memory."""

from collections.abc import Mapping
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.exchange.orders import Order

ORDERS: Final = Table[str, Order]("channel_order")


class Orders(Work):
    """What operators have ordered of channels."""

    def put_order(self, order: Order) -> None:
        """Record an order; it replaces the channel's earlier one."""
        self.before("put_order")
        self.put(ORDERS, order.channel, order)

    def orders(self) -> Mapping[str, Order]:
        """The newest order of every channel that ever had one."""
        self.before("orders")
        return dict(self.rows(ORDERS))
