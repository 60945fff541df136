"""Standing orders of operators, one row a channel."""

from collections.abc import Mapping

from sqlalchemy import Executable, bindparam, select

from adapters.store.session import Forms
from adapters.store.tables import CHANNEL_ORDER
from adapters.store.unit import Unit
from hub.exchange.orders import Order


def _all(_forms: Forms) -> Executable:
    return select(CHANNEL_ORDER)


def _put(forms: Forms) -> Executable:
    names = ("channel", "state", "reason", "at")
    values = {n: bindparam(f"to_{n}", type_=CHANNEL_ORDER.c[n].type) for n in names}
    later = {name: value for name, value in values.items() if name != "channel"}
    new = forms.insert(CHANNEL_ORDER).values(values)
    return new.on_conflict_do_update(index_elements=["channel"], set_=later)


class Orders(Unit):
    """What operators have ordered of channels."""

    def put_order(self, order: Order) -> None:
        """Record an order; it replaces the channel's earlier one."""
        values = {"to_channel": order.channel, "to_state": order.state}
        self.session.run_each(_put, [{**values, "to_reason": order.reason, "to_at": order.at}])

    def orders(self) -> Mapping[str, Order]:
        """The newest order of every channel that ever had one."""
        return {row[0]: Order(*row) for row in self.session.rows(_all)}
