"""A drained channel only receives, a disabled one does neither; nothing is lost by it."""

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_store import MemoryStore
from hub.errors import ChannelDown, Misconfigured
from hub.exchange.model import ChannelState, MessageClass, Outgoing
from hub.exchange.ordered_channel import OrderedChannel, StandingOrders
from hub.exchange.orders import Order, required_reason
from hub.exchange.selector import choose
from hub.observer import Fact
from hub.parties import NodeId
from tests.support.stores import TickingClock

HUB, BANK = NodeId("hub"), NodeId("bank-a")
ALL = frozenset(MessageClass)


class Ground:
    """One channel, seen by the hub under orders and by a bank that has none."""

    def __init__(self) -> None:
        self.clock = TickingClock()
        self.facts: list[Fact] = []
        self.store = MemoryStore(self.clock, "00" * 8)
        orders = StandingOrders(self.store, self.clock, self.facts.append)
        broker = MemoryBroker("c1", (HUB, BANK))
        self.hub = OrderedChannel(broker.channel(HUB), orders.of)
        self.bank = broker.channel(BANK)

    def order(self, state: str, reason: str = "upgrade") -> None:
        with self.store.begin() as tx:
            tx.put_order(Order("c1", state, reason, tx.now))
            tx.commit()
        self.clock.at += 1000

    def told(self) -> list[tuple[object, object]]:
        return [(fact.fields["state"], fact.fields["reason"]) for fact in self.facts]


def message(token: int, receiver: NodeId) -> Outgoing:
    return Outgoing(token, receiver, MessageClass.ONLINE, b"octets")


def test_a_drained_channel_receives_and_is_not_chosen_for_sending() -> None:
    ground = Ground()
    ground.hub.publish([message(1, BANK)])
    ground.order("draining")
    health = ground.hub.health()
    assert (ChannelState.DRAINING, "upgrade") == (health.state, health.reason)
    assert choose([health], "", 64, 0) is None
    with pytest.raises(ChannelDown, match="channel_ordered_out"):
        ground.hub.publish([message(2, BANK)])
    assert [1] == [outcome.token for outcome in ground.hub.outcomes()]
    ground.bank.publish([message(3, HUB)])
    assert 1 == len(ground.hub.receive(9, ALL))


def test_a_disabled_channel_keeps_what_it_holds_until_it_is_resumed() -> None:
    ground = Ground()
    ground.bank.publish([message(1, HUB)])
    ground.order("disabled")
    assert [] == ground.hub.receive(9, ALL)
    ground.order("", "mended")
    assert ChannelState.UP == ground.hub.health().state
    assert 1 == len(ground.hub.receive(9, ALL))


def test_every_change_is_a_fact_with_its_reason() -> None:
    ground = Ground()
    for state, reason in (("draining", "upgrade"), ("disabled", "disk-4"), ("", "mended")):
        ground.order(state, reason)
        for _ in range(3):
            ground.hub.health()
    expected = [("draining", "upgrade"), ("disabled", "disk-4"), ("resumed", "mended")]
    assert expected == ground.told()


def test_a_channel_that_is_away_says_so_although_it_is_ordered_out() -> None:
    ground = Ground()
    ground.order("draining")
    ground.hub.close()
    assert (ChannelState.OPEN, "closed") == (ground.hub.health().state, ground.hub.health().reason)


@pytest.mark.parametrize("reason", ["", "two words", "原因", "a" * 61, "line\nbreak"])
def test_a_reason_is_one_plain_word(reason: str) -> None:
    with pytest.raises(Misconfigured, match="reason_format"):
        required_reason(reason)
    assert "ticket-12.3_b" == required_reason("ticket-12.3_b")
