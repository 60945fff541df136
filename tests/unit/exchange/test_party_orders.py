"""What is ordered about parties: held, never dropped; a limit lets a minute's worth gather."""

from adapters.embedded.memory_store import MemoryStore
from hub.exchange.party_orders import NOBODY, PartyOrder, PartyOrders, Shut
from hub.observer import Fact
from hub.parties import Party
from hub.voucher.model import LayerType
from tests.support.stores import TickingClock

BANK, OTHER = Party("102", "370100"), Party("105", "370100")


class Ground:
    """One process under orders."""

    def __init__(self, share: int = 1) -> None:
        self.clock = TickingClock()
        self.facts: list[Fact] = []
        self.store = MemoryStore(self.clock, "00" * 8)
        self.orders = PartyOrders(self.store, self.clock, self.facts.append, share)

    def order(self, state: str, per_minute: int = 0, reason: str = "ticket-1") -> None:
        with self.store.begin() as tx:
            tx.put_party_order(PartyOrder(str(BANK), state, per_minute, reason, tx.now))
            tx.commit()
        self.clock.at += 1000

    def taken(self, tries: int) -> int:
        return sum(not self.orders.holds(BANK, LayerType.ORIGINAL) for _ in range(tries))


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


def test_a_limit_lets_a_minutes_worth_gather_and_no_more() -> None:
    ground = Ground()
    ground.order("", per_minute=60)
    assert 60 == ground.taken(100)
    assert "party_limited" == ground.orders.holds_all([BANK])
    ground.clock.at += 10_000
    assert 10 == ground.taken(100)
    ground.clock.at += 3_600_000
    assert 60 == ground.taken(100)


def test_processes_that_share_a_limit_keep_it_together() -> None:
    grounds = [Ground(share=3) for _ in range(3)]
    for ground in grounds:
        ground.order("", per_minute=60)
    assert 60 == sum(ground.taken(100) for ground in grounds)
