"""What is ordered about parties: held, never dropped; a limit lets a minute's worth gather."""

from adapters.embedded.memory_store import MemoryStore
from hub.exchange import allowance
from hub.exchange.party_orders import NOBODY, PartyOrder, PartyOrders, Shut
from hub.observer import Fact
from hub.parties import Party
from hub.voucher.model import LayerType
from tests.support.stores import TickingClock

BANK, OTHER = Party("102", "370100"), Party("105", "370100")


class Ground:
    """One process under orders."""

    def __init__(self) -> None:
        self.clock = TickingClock()
        self.facts: list[Fact] = []
        self.store = MemoryStore(self.clock, "00" * 8)
        self.orders = PartyOrders(self.store, self.clock, self.facts.append)

    def order(self, state: str, per_minute: int = 0, reason: str = "ticket-1") -> None:
        with self.store.begin() as tx:
            tx.put_party_order(PartyOrder(str(BANK), state, per_minute, reason, tx.now))
            tx.commit()
        self.clock.at += 1000


def test_without_an_order_everything_is_taken_in() -> None:
    ground = Ground()
    assert "" == ground.orders.holds(BANK, LayerType.ORIGINAL)
    assert "" == ground.orders.holds_all([BANK])
    assert NOBODY == ground.orders.shut()


def test_a_suspended_party_is_shut_both_ways_and_others_are_not() -> None:
    ground = Ground()
    ground.order("suspended")
    assert "party_suspended" == ground.orders.holds(BANK, LayerType.RECEIPT)
    assert "party_suspended" == ground.orders.holds_all([BANK])
    assert "" == ground.orders.holds(OTHER, LayerType.RECEIPT)
    assert "" == ground.orders.holds_all([BANK, OTHER])
    assert Shut(receivers=(str(BANK),)) == ground.orders.shut()


def test_a_drained_party_ends_what_it_has_begun() -> None:
    ground = Ground()
    ground.order("draining")
    held = {layer: ground.orders.holds(BANK, layer) for layer in LayerType}
    assert [LayerType.ORIGINAL] == [layer for layer, code in held.items() if code]
    assert Shut(originals=(str(BANK),)) == ground.orders.shut()
    assert "" == ground.orders.holds_all([BANK])


def test_an_order_is_followed_within_a_second_and_is_a_fact_with_its_reason() -> None:
    ground = Ground()
    for state in ("suspended", "draining", ""):
        ground.order(state, reason=f"to-{state or 'open'}")
        ground.orders.shut()
        ground.orders.shut()
    told = [(f.name, f.fields["state"], f.fields["reason"]) for f in ground.facts]
    expected = ("suspended", "draining", "open")
    assert [("party_ordered", state, f"to-{state}") for state in expected] == told


def test_what_the_store_has_counted_is_known_before_anything_is_opened() -> None:
    ground = Ground()
    ground.order("", per_minute=60)
    assert "" == ground.orders.holds_all([BANK])
    assert {str(BANK): 60} == ground.orders.limits()
    with ground.store.begin() as tx:
        tx.put_allowance(str(BANK), allowance.after(60, 0, 60, tx.now))
        tx.commit()
    ground.clock.at += 600
    assert "party_limited" == ground.orders.holds_all([BANK])
    assert "party_limited" == ground.orders.holds(BANK, LayerType.RECEIPT)
    assert "" == ground.orders.holds_all([BANK, OTHER])
    ground.clock.at += 400
    assert "" == ground.orders.holds_all([BANK])
