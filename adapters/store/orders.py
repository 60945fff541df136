"""Standing orders of operators, one row a channel or party."""

from collections.abc import Mapping

from sqlalchemy import Executable, bindparam, select

from adapters.store.order_tables import CHANNEL_ORDER, PARTY_ORDER
from adapters.store.session import Forms
from adapters.store.unit import Unit
from hub.exchange.orders import Order
from hub.exchange.party_orders import PartyOrder


def _all(_forms: Forms) -> Executable:
    return select(CHANNEL_ORDER)


def _put(forms: Forms) -> Executable:
    names = ("channel", "state", "reason", "at")
    values = {n: bindparam(f"to_{n}", type_=CHANNEL_ORDER.c[n].type) for n in names}
    later = {name: value for name, value in values.items() if name != "channel"}
    new = forms.insert(CHANNEL_ORDER).values(values)
    return new.on_conflict_do_update(index_elements=["channel"], set_=later)


def _all_parties(_forms: Forms) -> Executable:
    return select(PARTY_ORDER)


def _put_party(forms: Forms) -> Executable:
    names = [column.name for column in PARTY_ORDER.c]
    values = {n: bindparam(f"to_{n}", type_=PARTY_ORDER.c[n].type) for n in names}
    later = {name: value for name, value in values.items() if name != "party"}
    new = forms.insert(PARTY_ORDER).values(values)
    return new.on_conflict_do_update(index_elements=["party"], set_=later)


class Orders(Unit):
    """What operators have ordered of channels and parties."""

    def put_order(self, order: Order) -> None:
        """Record an order; it replaces the channel's earlier one."""
        values = {"to_channel": order.channel, "to_state": order.state}
        self.session.run_each(_put, [{**values, "to_reason": order.reason, "to_at": order.at}])

    def orders(self) -> Mapping[str, Order]:
        """The newest order of every channel that ever had one."""
        return {row[0]: Order(*row) for row in self.session.rows(_all)}

    def put_party_order(self, order: PartyOrder) -> None:
        """Record an order; it replaces the party's earlier one."""
        values = {"to_party": order.party, "to_state": order.state, "to_reason": order.reason}
        numbers = {"to_per_minute": order.per_minute, "to_at": order.at}
        self.session.run_each(_put_party, [values | numbers])

    def party_orders(self) -> Mapping[str, PartyOrder]:
        """The newest order of every party that ever had one."""
        return {row[0]: PartyOrder(*row) for row in self.session.rows(_all_parties)}
