"""A page that the store cannot read holds up its message, and no other row of the batch."""

from collections.abc import Collection, Mapping
from typing import Final

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_outbox import OPEN
from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.errors import StoreDamaged
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import MessageClass, RowState
from hub.exchange.place import Place
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId
from tests.support.gate import DIRECTORY, HUB
from tests.support.plain import PlainSigner
from tests.support.rows import a_hop
from tests.support.simulator.clock import SimClock

BANK = NodeId("bank")
DAMAGE: Final = StoreDamaged("store_damaged")


class Scene:
    """A hub with three rows for a bank; a transaction of its store ends where damage is met."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock, self.told = SimClock(), list[Fact]()
        self.store, broker = MemoryStore(clock, "life-1"), MemoryBroker("c1", DIRECTORY.nodes)
        with self.store.begin() as tx:
            self.rows = tx.add_hops([a_hop(n, peer=BANK) for n in "123"])
            tx.commit()
        self.unread = {self.rows[1].message_digest}
        self.heard = broker.channel(BANK)
        place = Place("sim", HUB, "life-1", Lane("life-1", "t", "0", "1"), DIRECTORY)
        self.dispatcher = Dispatcher(
            place, self.store, {"c1": broker.channel(HUB)}, PlainSigner(HUB), clock,
            self.told.append, "d",
        )  # fmt: skip

        def messages(_self: MemoryTransaction, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
            if self.unread & set(digests):
                raise DAMAGE
            return dict.fromkeys(digests, b"octets")

        monkeypatch.setattr(MemoryTransaction, "messages", messages)

    def states(self) -> list[RowState]:
        with self.store.read() as tx:
            found = {hop.row.delivery_id: hop.row.state for hop in tx.rows(OPEN).values()}
        return [found[row.delivery_id] for row in self.rows]

    def facts(self, name: str) -> list[Fact]:
        return [fact for fact in self.told if fact.name == name]


@pytest.fixture(name="scene")
def _scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_its_row_is_parked_and_the_others_go(scene: Scene) -> None:
    assert scene.dispatcher.step(), "the batch is read again at once"
    assert [] == scene.facts("message_quarantined")
    for _ in range(2):
        scene.dispatcher.step()
    assert [RowState.SENT, RowState.PARKED, RowState.SENT] == scene.states()
    assert 1 == len(scene.heard.receive(9, [MessageClass.ONLINE]))
    (parked,) = scene.facts("message_quarantined")
    assert scene.rows[1].message_digest.hex() == parked.fields["digest"]
    assert [{"count": 1}] == [fact.fields for fact in scene.facts("store_damaged")]


def test_later_batches_are_read_whole_again(scene: Scene) -> None:
    for _ in range(3):
        scene.dispatcher.step()
    scene.unread = set()
    with scene.store.begin() as tx:
        tx.add_hops([a_hop("4", peer=BANK)])
        tx.commit()
    asked = list[str]()
    scene.store.hook = asked.append
    for _ in range(2):
        scene.dispatcher.step()
    assert "claim_hops" in asked
    assert "apart" not in asked


def test_a_page_that_is_no_message_s_ends_the_dispatcher(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claim_hops(*_given: object) -> None:
        raise DAMAGE

    monkeypatch.setattr(MemoryTransaction, "claim_hops", claim_hops)
    assert scene.dispatcher.step()
    with pytest.raises(StoreDamaged):
        scene.dispatcher.step()
