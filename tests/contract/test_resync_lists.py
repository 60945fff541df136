"""A list for a restored neighbour is made when nothing is just being recorded."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from adapters.store.opening import open_store
from hub.clock import Instant
from hub.exchange import packets
from hub.exchange.model import MessageClass
from hub.exchange.place import Place
from hub.exchange.recovery import BEGIN, Ask, ResyncParcel, Way, Word
from hub.exchange.resyncer import Resyncer
from hub.journal import Lane
from hub.parties import NodeId
from tests.support.gate import DIRECTORY, HUB
from tests.support.made import LIFE
from tests.support.rows import a_delivery
from tests.support.stores import write

BANK = NodeId("bank")


@pytest.mark.postgres
def test_what_is_being_recorded_when_a_neighbour_asks_stands_in_the_list(
    made_postgres: str,
) -> None:
    store, other = open_store(made_postgres), open_store(made_postgres)
    delivery = a_delivery()
    sender = NodeId(delivery.sender)
    place = Place("sim", HUB, LIFE, Lane(LIFE, "t", "0", "1"), DIRECTORY)
    broker = MemoryBroker("c1", {*DIRECTORY.nodes, sender})
    here, there = broker.channel(HUB), broker.channel(sender)
    write(store, lambda tx: tx.put_ask(Ask(sender, "22" * 8, Way.BACK, Instant(0), BEGIN)))
    with ThreadPoolExecutor(1) as pool, store.begin() as tx:
        tx.add_deliveries([delivery])
        answering = pool.submit(Resyncer(place, other, {"c1": here}).step)
        assert not wait_for([answering], 0.3).done, "a list was made beside an open transaction"
        tx.commit()
        assert 1 == answering.result(10)
    (heard,) = there.receive(1, [MessageClass.HOP])
    said = packets.decode(heard.octets)
    assert isinstance(said, ResyncParcel)
    assert Word.LIST is said.word
    assert [delivery.delivery_id] == [entry.delivery_id for entry in said.entries]
    store.close()
    other.close()
