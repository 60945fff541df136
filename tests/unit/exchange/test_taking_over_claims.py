"""A dispatcher that begins sends at once what another one had claimed and not sent."""

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_store import MemoryStore
from hub.clock import MINUTE, Instant
from hub.exchange.dispatch import Dispatcher
from hub.exchange.place import Place
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId
from tests.support.gate import DIRECTORY, HUB
from tests.support.plain import PlainSigner
from tests.support.rows import a_hop, a_notice
from tests.support.simulator.clock import SimClock

BANK = NodeId("bank")


def test_rows_and_notices_of_a_killed_dispatcher_go_out_at_once() -> None:
    clock, told = SimClock(), list[Fact]()
    store, broker = MemoryStore(clock, "life-1"), MemoryBroker("c1", DIRECTORY.nodes)
    hop = a_hop("1", peer=BANK)
    with store.begin() as tx:
        tx.add_hops([hop])
        tx.add_notices(BANK, [a_notice("2")])
        until = Instant(tx.now + MINUTE)
        assert 1 == len(tx.claim_hops("killed", until, 9, [BANK]))
        assert 1 == len(tx.take_notices("killed", until, 9))
        tx.commit()
    place = Place("sim", HUB, "life-1", Lane("life-1", "t", "0", "1"), DIRECTORY)
    channels = {"c1": broker.channel(HUB)}
    dispatcher = Dispatcher(place, store, channels, PlainSigner(HUB), clock, told.append, "next")
    dispatcher.step()
    assert {"count": 2} == next(f.fields for f in told if f.name == "claims_taken_over")
    dispatcher.step()
    with store.read() as tx:
        assert 0 == tx.open_notices()
