"""Rows of an absent neighbour wait: sent once, and again only when it is there and says nothing."""

from typing import Any

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_store import MemoryStore
from hub.clock import DAY, MINUTE, SECOND, Instant
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import RowState
from hub.exchange.place import Place
from hub.exchange.presence import PRESENT_MS
from hub.journal import Lane
from hub.observer import silent
from hub.parties import NodeId
from tests.support.gate import DIRECTORY, HUB, a_beat
from tests.support.plain import PlainSigner
from tests.support.rows import a_hop
from tests.support.stores import TickingClock

PEER = NodeId("bank")


class Sender:
    """The hub, with one row that has gone out and has no answer."""

    def __init__(self) -> None:
        self.clock = TickingClock()
        self.store = MemoryStore(self.clock, "life-1")
        self.broker = MemoryBroker("c1", DIRECTORY.nodes)
        self.channels = {"c1": self.broker.channel(HUB)}
        place = Place("sim", HUB, "life-1", Lane("life-1", "t", "0", "1"), DIRECTORY)
        self._dispatcher: Dispatcher[Any] = Dispatcher(
            place, self.store, self.channels, PlainSigner(HUB), self.clock, silent, "w"
        )
        hop = a_hop("1", peer=PEER)
        with self.store.begin() as tx:
            tx.add_messages({hop.message_digest: b"octets"})
            tx.add_hops([hop])
            tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [PEER])
            life = self.channels["c1"].health().incarnation
            until = Instant(tx.now + 15 * SECOND)
            tx.mark_sent("w", [(hop.delivery_id, PEER)], ("c1", life), until)
            tx.commit()

    def beat(self) -> None:
        with self.store.begin() as tx:
            tx.seen([a_beat(sender=PEER, at=tx.now)])
            tx.commit()

    def again(self) -> int:
        return self._dispatcher.retransmit(self.clock.now())

    def states(self) -> list[RowState]:
        with self.store.read() as tx:
            return [row.state for row in tx.oldest_hops(9)]


def test_a_neighbour_that_was_never_heard_is_not_sent_the_same_twice() -> None:
    sender = Sender()
    sender.clock.at += 60 * MINUTE
    assert 0 == sender.again()
    assert [RowState.SENT] == sender.states()


def test_a_neighbour_that_has_gone_is_not_sent_the_same_twice_until_it_is_back() -> None:
    sender = Sender()
    sender.beat()
    sender.clock.at += PRESENT_MS + 1
    assert 0 == sender.again()
    sender.beat()
    assert 1 == sender.again()
    assert [RowState.DUE] == sender.states()


def test_what_a_wiped_channel_has_lost_goes_out_again_though_nobody_is_there() -> None:
    sender = Sender()
    sender.clock.at += 60 * MINUTE
    sender.broker.wipe()
    assert 1 == sender.again()
    assert [RowState.DUE] == sender.states()


def test_a_neighbour_heard_by_a_clock_that_was_put_back_is_away_until_it_is_heard_again() -> None:
    sender = Sender()
    sender.clock.at += DAY
    sender.beat()
    sender.clock.at -= DAY - MINUTE
    assert 0 == sender.again()
    sender.beat()
    assert 1 == sender.again()
