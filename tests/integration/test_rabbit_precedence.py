"""Who of several consumers gets a message: the highest precedence, while it has room."""

from collections.abc import Iterator

import pytest

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.link import Tuning
from adapters.rabbit.topology import queue_name
from hub.exchange.model import MessageClass
from ops.deploy.rabbitmq import PrivateBroker
from tests.support.channel_harness import BANK, HUB, a_message, arrivals, is_up, send, until
from tests.support.rabbit import a_channel, connection, purge

pytestmark = [pytest.mark.rabbit, pytest.mark.timeout(300)]

ONLINE = (MessageClass.ONLINE,)
ROOM = 2


@pytest.fixture
def opened(broker: PrivateBroker) -> Iterator[list[RabbitChannel]]:
    purge(broker)
    channels: list[RabbitChannel] = []
    yield channels
    for channel in channels:
        channel.close()


def consumers(broker: PrivateBroker) -> int:
    with connection(broker) as client:
        name = queue_name(BANK, MessageClass.ONLINE)
        return int(client.channel().queue_declare(name, passive=True).method.consumer_count)


def test_the_first_worker_gets_everything_it_has_room_for_and_the_second_the_rest(
    broker: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    room = dict.fromkeys(MessageClass, ROOM)
    hub = a_channel(broker.port, HUB)
    second = a_channel(broker.port, BANK)
    first = a_channel(broker.port, BANK, tuning=Tuning(prefetch=room, precedence=1))
    opened += [hub, second, first]
    for channel in opened:
        is_up(channel)
    for channel in (second, first):
        channel.receive(0, ONLINE)
    until(lambda: consumers(broker) == len([first, second]))
    send(hub, *(a_message(n, str(n).encode()) for n in range(5)))
    held = arrivals(first, ROOM, ONLINE)
    assert [b"0", b"1"] == sorted(incoming.octets for incoming in held)
    rest = arrivals(second, 3, ONLINE)
    assert [b"2", b"3", b"4"] == sorted(incoming.octets for incoming in rest)
    second.ack([incoming.tag for incoming in rest])
    first.ack([incoming.tag for incoming in held])

    def first_again() -> bool:
        send(hub, a_message(5))
        second.ack([incoming.tag for incoming in second.receive(9, ONLINE)])
        return bool(first.receive(1, ONLINE))

    until(first_again)  # its acknowledgement may take a moment
