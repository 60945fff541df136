"""Contract of the store: standing orders about channels."""

from hub.clock import Instant
from hub.exchange.orders import Order
from tests.support.stores import Site, look, write

AT = Instant(1_790_000_000_000)


def test_the_newest_order_of_each_channel_stands(site: Site) -> None:
    assert {} == look(site.store, lambda tx: tx.orders())
    first, other = Order("c1", "draining", "upgrade", AT), Order("c2", "disabled", "disk", AT)
    for order in (first, other):
        write(site.store, lambda tx, order=order: tx.put_order(order))  # type: ignore[misc]
    last = Order("c1", "", "upgraded", Instant(AT + 5))
    write(site.store, lambda tx: tx.put_order(last))
    assert {"c1": last, "c2": other} == look(site.attach(), lambda tx: tx.orders())
