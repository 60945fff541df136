"""A broker with a new disk: killed at once it keeps its queues; one that is damaged is named."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from hub.exchange.model import MessageClass
from hub.observer import Fact
from ops.deploy.rabbitmq import PrivateBroker
from tests.support.channel_harness import BANK, HUB, a_message, arrivals, is_up, send, until
from tests.support.rabbit import Brokers, a_channel

pytestmark = [
    pytest.mark.rabbit,
    pytest.mark.timeout(300),  # a broker boots in 6 s, or 40
    # pika leaves the socket of an attempt it aborts to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def killed(brokers: Brokers) -> Iterator[PrivateBroker]:
    """Killed as soon as it was ready for the first time."""
    [broker] = brokers.new()
    broker.kill()
    yield broker
    broker.close()


def test_a_new_broker_that_is_killed_as_soon_as_it_is_ready_loses_no_queue(
    killed: PrivateBroker,
) -> None:
    killed.start()
    killed.wait_ready()
    with closing(a_channel(killed.port, HUB)) as hub, closing(a_channel(killed.port, BANK)) as bank:
        is_up(hub)
        is_up(bank)
        for token, message_class in enumerate(MessageClass):
            send(hub, a_message(token, message_class=message_class))
            assert 1 == len(arrivals(bank, 1, {message_class}))


def test_a_queue_without_a_leader_is_named(killed: PrivateBroker) -> None:
    [names] = killed.folder.glob("data/*/quorum/*/names.dets")
    names.unlink()
    killed.start()
    killed.wait_ready()
    facts = list[Fact]()
    with closing(a_channel(killed.port, HUB, observer=facts.append)) as hub:
        until(lambda: hub.health().reason == "queue_silent", 30)
    [first, *_] = [fact for fact in facts if fact.name == "queue_silent"]
    assert "hub.incarnation" == first.fields["reason"]
