"""Orders about a node's channels, given and taken back; its processes follow within a second."""

from hub.errors import Misconfigured
from hub.exchange.orders import CHANNEL_ORDERS, Order, required_reason
from ops.wiring import Parts


def order_channel(parts: Parts, channel: str, state: str, reason: str) -> Order:
    """Order a channel of this node; it stands until it is replaced, and is journalled.

    Raises:
        Misconfigured: `channel_unknown`, `reason_format`.
        Fenced: `other_incarnation`.
    """
    assert state in CHANNEL_ORDERS
    if channel not in {c.name for c in parts.settings.channels}:
        raise Misconfigured("channel_unknown", channel=channel)
    required_reason(reason)
    place = parts.place  # reads the store: before the transaction
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        order = Order(channel, state, reason, tx.now)
        tx.put_order(order)
        line = f"order {channel} {state or 'resumed'} {reason}"
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    return order


def left(parts: Parts) -> int:
    """How many channels nothing is ordered of."""
    with parts.store.read() as tx:
        ordered = {name for name, order in tx.orders().items() if order.state}
    return sum(c.name not in ordered for c in parts.settings.channels)
