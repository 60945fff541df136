"""Standing orders of operators, one row a channel or party, and what a limited party has used."""

from collections.abc import Mapping

from sqlalchemy import Executable, bindparam, select

from adapters.store.order_tables import CHANNEL_ORDER, PARTY_ALLOWANCE, PARTY_ORDER
from adapters.store.session import Forms
from adapters.store.unit import Unit
from hub.exchange.allowance import NEVER_TAKEN
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


def _lock_allowance(forms: Forms) -> Executable:
    """Writes the row as it is: its newest state, and nobody else's until the end."""
    table = PARTY_ALLOWANCE
    values = {"party": bindparam("of", type_=table.c.party.type), "full_at": NEVER_TAKEN}
    new = forms.insert(table).values(values)
    kept = new.on_conflict_do_update(index_elements=["party"], set_={"full_at": table.c.full_at})
    return kept.returning(table.c.full_at)


def _allowances(_forms: Forms) -> Executable:
    return select(PARTY_ALLOWANCE)


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

    def lock_allowance(self, party: str) -> int:
        """When a minute's worth of a limited party will have gathered."""
        full_at: int = self.session.rows(_lock_allowance, of=party)[0][0]
        return full_at

    def put_allowance(self, party: str, full_at: int) -> None:
        """Write it."""
        self.session.put(PARTY_ALLOWANCE, [(party, full_at)])

    def allowances(self) -> Mapping[str, int]:
        """The same of every party that was ever limited."""
        return dict(self.session.rows(_allowances))
