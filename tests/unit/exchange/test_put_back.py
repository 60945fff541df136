"""What was claimed and did not go out goes again after a pause, not when its claim ends."""

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_store import MemoryStore
from adapters.embedded.memory_weather import Weather
from hub.clock import Instant
from hub.errors import CustodyDown
from hub.exchange.dispatch import CLAIM_MS, RETRY_MS, Dispatcher
from hub.exchange.model import MessageClass
from hub.exchange.place import Place
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId
from tests.support.gate import DIRECTORY, HUB
from tests.support.plain import PlainSigner
from tests.support.rows import AT, a_hop, a_notice
from tests.support.simulator.clock import SimClock

BANK, PBOC = NodeId("bank"), NodeId("pboc")
REFUSING = Weather(refuse=1.0)


class Key(PlainSigner):
    """A node key that may be away; counts what it was asked."""

    away = False
    asked = 0

    def sign(self, data: bytes) -> bytes:
        self.asked += 1
        if self.away:
            raise CustodyDown("key_away")
        return super().sign(data)


class Scene:
    """A hub's dispatcher that owes a bank a notice."""

    def __init__(self) -> None:
        self.key, self.facts = Key(HUB), list[Fact]()
        self.clock, self.broker = SimClock(), MemoryBroker("c1", DIRECTORY.nodes)
        self.store = MemoryStore(self.clock, "life-1")
        self.heard = self.broker.channel(BANK)
        place = Place("sim", HUB, "life-1", Lane("life-1", "t", "0", "1"), DIRECTORY)
        self.dispatcher = Dispatcher(
            place, self.store, {"c1": self.broker.channel(HUB)}, self.key, self.clock,
            self.facts.append, "d",
        )  # fmt: skip
        self.dispatcher.step()  # it begins, and takes over what another left
        self.owe(BANK, "1")

    def owe(self, peer: NodeId, number: str) -> None:
        with self.store.begin() as tx:
            tx.add_notices(peer, [a_notice(number)])
            tx.commit()

    def put(self, number: str, message_class: MessageClass, proof_at: Instant | None) -> None:
        """Something to be sent to the bank; what has a proof time needs the key."""
        with self.store.begin() as tx:
            hop = a_hop(number, BANK, message_class, proof_at)
            tx.add_messages({hop.message_digest: f"message {number}".encode()})
            tx.add_hops([hop])
            tx.commit()

    def owed(self) -> int:
        with self.store.read() as tx:
            return tx.open_notices()

    def heard_after_ms(self, *classes: MessageClass) -> int:
        """Step every 50 ms until the bank has the notice, or one of each class."""
        left = list(classes) or [MessageClass.HOP]
        for ms in range(0, 2 * CLAIM_MS, 50):
            self.dispatcher.step()
            left = [one for one in left if not self.heard.receive(1, [one])]
            if not left:
                return ms
            self.clock.advance(50)
        raise AssertionError("never heard")


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return Scene()


def test_a_refused_batch_goes_again_once_its_channel_takes_it(scene: Scene) -> None:
    scene.broker.weather = REFUSING
    scene.dispatcher.step()
    scene.broker.weather = Weather()
    assert scene.heard_after_ms() <= RETRY_MS + 50
    scene.dispatcher.step()
    assert 0 == scene.owed()


def test_a_batch_that_no_channel_took_goes_once_one_is_there(scene: Scene) -> None:
    scene.broker.down()
    scene.dispatcher.finish()
    scene.broker.up()
    assert scene.heard_after_ms() <= RETRY_MS + 50


def test_what_could_not_be_signed_goes_once_the_key_is_back(scene: Scene) -> None:
    scene.key.away = True
    with pytest.raises(CustodyDown):
        scene.dispatcher.step()
    scene.key.away = False
    assert scene.heard_after_ms() <= RETRY_MS + 50


def test_one_packet_that_cannot_be_signed_keeps_nothing_claimed(scene: Scene) -> None:
    scene.key.away = True
    scene.put("2", MessageClass.URGENT, None)
    scene.put("3", MessageClass.ONLINE, AT)
    scene.put("4", MessageClass.BATCH, None)
    with pytest.raises(CustodyDown):
        scene.dispatcher.step()
    assert scene.heard.receive(1, [MessageClass.URGENT])
    scene.key.away = False
    waited = (MessageClass.ONLINE, MessageClass.BATCH, MessageClass.HOP)
    assert scene.heard_after_ms(*waited) <= RETRY_MS + 50
    assert not scene.heard.receive(1, [MessageClass.URGENT]), "it went once"


def test_the_pause_doubles_while_a_batch_is_refused(scene: Scene) -> None:
    scene.broker.weather = REFUSING
    for _ in range(17_000 // 50):
        scene.dispatcher.step()
        scene.clock.advance(50)
    assert 7 == scene.key.asked, "at about 0, 0.25, 0.75, 1.75, 3.75, 7.75 and 15.75 s"


def test_a_confirm_begins_the_pauses_anew(scene: Scene) -> None:
    scene.broker.weather = REFUSING
    for _ in range(8_000 // 50):
        scene.dispatcher.step()
        scene.clock.advance(50)
    scene.broker.weather = Weather()
    scene.heard_after_ms()
    scene.dispatcher.step()
    scene.owe(BANK, "2")
    scene.broker.weather = REFUSING
    scene.dispatcher.step()
    scene.broker.weather = Weather()
    assert scene.heard_after_ms() <= RETRY_MS + 50


def test_who_has_no_queue_waits_ever_longer_whatever_others_confirm(scene: Scene) -> None:
    scene.broker.forget_node(BANK)
    for number in range(17_000 // 50):
        scene.owe(PBOC, f"{number}")
        scene.dispatcher.step()
        scene.clock.advance(50)
    assert 17_000 // 50 == len(scene.broker.channel(PBOC).receive(1_000, [MessageClass.HOP]))
    refused = [fact.fields["code"] for fact in scene.facts if fact.name == "publish_failed"]
    assert ["unroutable"] * 7 == refused, "at about 0, 0.25, 0.75, 1.75, 3.75, 7.75 and 15.75 s"
