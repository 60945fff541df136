"""A node reads its dead letters on a real broker; what it does not take stays there."""

import socket
from typing import Any

import pytest

from adapters.rabbit.dead import DeadQueue
from adapters.rabbit.lines import Line, Password
from hub.errors import ChannelDown
from hub.exchange.dead import Found
from ops.deploy.rabbitmq import PrivateBroker
from tests.support.channel_harness import ALL, BANK, HUB, is_up, until
from tests.support.rabbit import a_channel, a_channel_up, connection, purge

pytestmark = [
    pytest.mark.rabbit,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def yard(port: int) -> DeadQueue:
    return DeadQueue("one", BANK, Line("one-1", "127.0.0.1", port), Password(BANK, BANK))


def taken(dead: DeadQueue) -> list[Found]:
    try:
        return dead.take(10)
    except ChannelDown:
        return []


def test_a_letter_is_read_with_its_reason_and_stays_until_it_is_forgotten(
    broker: PrivateBroker,
) -> None:
    purge(broker)
    with a_channel_up(broker):
        pass
    bank = is_up(a_channel(broker.port, BANK))
    assert [] == bank.receive(1, ALL)
    with connection(broker) as operator:
        amqp_channel: Any = operator.channel()
        amqp_channel.basic_publish("evx", f"{HUB}.{BANK}.online", b"whose is this")
    dead = yard(broker.port)
    (found,) = until(lambda: taken(dead), 60)
    assert ("", "online", "rejected", b"whose is this") == (
        found.sender, found.message_class, found.reason, found.octets,
    )  # fmt: skip
    dead.close()
    (again,) = until(lambda: taken(dead), 60)
    dead.forget([again.tag])
    assert [] == dead.take(10)
    dead.close()
    assert [] == dead.take(10)
    dead.close()
    bank.close()


def test_a_broker_that_is_away_is_a_channel_that_is_down() -> None:
    dead = yard(1)
    for _ in range(2):
        with pytest.raises(ChannelDown):
            dead.take(1)


def test_a_line_that_says_nothing_is_a_channel_that_is_silent_and_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        dead = yard(deaf.getsockname()[1])
        assert not dead.reach(), "the caller goes on"
        until(dead.reach, 60)
        with pytest.raises(ChannelDown, match="channel_silent"):
            dead.take(1)
