"""What comes again and again is never lost: from 4.0 on, a broker's own limit would be twenty.

A site's own policies change nothing of it.

Vouchers have a limit of their own, and past it they lie among the dead letters, which the node
reads itself. What is looked at and given back for ever (dead letters, the token of a disk) has no
limit that is ever reached.
"""

from contextlib import closing
from typing import Any

import pytest

from adapters.rabbit.dead import DeadQueue
from adapters.rabbit.lines import Line, Password
from adapters.rabbit.topology import (
    DELIVERY_LIMIT,
    VHOST,
    dead_queue_name,
    incarnation_queue_name,
    queue_name,
)
from hub.errors import ChannelDown
from hub.exchange.dead import Found
from hub.exchange.model import MessageClass
from ops.deploy.rabbitmq import PrivateBroker
from tests.support.channel_harness import BANK, HUB, a_message, arrivals, is_up, send, until
from tests.support.rabbit import (
    Brokers,
    a_channel,
    a_channel_up,
    connection,
    purge,
    with_an_operator,
)

pytestmark = [
    pytest.mark.rabbit,
    pytest.mark.timeout(300),  # a broker boots in 6 s, or 40
    # pika leaves the socket of an attempt it aborts to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

OFTEN = 25
"""More often than a broker of 4.0 allows where it is told nothing."""


@pytest.fixture(name="broker")
def _broker(broker: PrivateBroker) -> PrivateBroker:
    """Nothing lies in it, and the hub has been there."""
    purge(broker)
    with a_channel_up(broker):
        pass
    return broker


def given_back(broker: PrivateBroker, queue: str, times: int) -> None:
    """Take what lies in front and give it back, so often, each time as soon as it is there."""
    with connection(broker) as operator:
        amqp_channel: Any = operator.channel()
        for _ in range(times):
            method = until(lambda: amqp_channel.basic_get(queue)[0], 20)
            amqp_channel.basic_nack(method.delivery_tag, requeue=True)


def look(broker: PrivateBroker) -> list[Found]:
    """What lies among the bank's dead letters; it is given back.

    Raises:
        ChannelDown: nobody has looked; that is not the same as nothing found.
    """
    line = Line("one-1", "127.0.0.1", broker.port)
    with closing(DeadQueue("one", BANK, line, Password(BANK, BANK))) as dead:
        return dead.take(10)


def found_among_the_dead(broker: PrivateBroker, seconds: float) -> list[Found]:
    """What lies there as soon as something does; a look that fails is only one more to come."""

    def some() -> list[Found]:
        try:
            return look(broker)
        except ChannelDown:
            return []

    return until(some, seconds)


def test_what_many_consumers_died_with_is_still_delivered(broker: PrivateBroker) -> None:
    with closing(a_channel(broker.port, HUB)) as hub:
        send(is_up(hub), a_message(1, b"a voucher"))
    for _ in range(OFTEN):
        with closing(a_channel(broker.port, BANK)) as bank:
            assert [b"a voucher"] == [got.octets for got in arrivals(is_up(bank), 1)]
    assert [] == look(broker)
    with closing(a_channel(broker.port, BANK)) as bank:
        [got] = arrivals(is_up(bank), 1)
        assert (HUB, b"a voucher", True) == (got.sender, got.octets, got.redelivered)
        bank.ack([got.tag])


def test_what_comes_past_the_limit_lies_whole_among_the_dead_letters(broker: PrivateBroker) -> None:
    with closing(a_channel(broker.port, HUB)) as hub:
        send(is_up(hub), a_message(1, b"a voucher"))
    given_back(broker, queue_name(BANK, MessageClass.ONLINE), DELIVERY_LIMIT + 1)
    [found] = found_among_the_dead(broker, 60)
    assert (HUB, "online", "delivery_limit", b"a voucher") == (
        found.sender, found.message_class, found.reason, found.octets,
    )  # fmt: skip


def test_dead_letters_may_be_looked_at_for_ever(broker: PrivateBroker) -> None:
    with connection(broker) as operator:
        operator.channel().basic_publish("evx.dead", f"{HUB}.{BANK}.online", b"a voucher")
    found_among_the_dead(broker, 60)
    for _ in range(OFTEN):
        assert [b"a voucher"] == [found.octets for found in found_among_the_dead(broker, 20)]
    given_back(broker, dead_queue_name(BANK), OFTEN)
    assert [b"a voucher"] == [found.octets for found in found_among_the_dead(broker, 20)]


def test_the_token_of_a_disk_outlives_every_connection(broker: PrivateBroker) -> None:
    with closing(a_channel(broker.port, BANK)) as bank:
        before = is_up(bank).health().incarnation
    given_back(broker, incarnation_queue_name(BANK), OFTEN)
    with closing(a_channel(broker.port, BANK)) as bank:
        assert before == is_up(bank).health().incarnation


def test_a_policy_of_the_site_reaches_none_of_our_queues(brokers: Brokers) -> None:
    made = with_an_operator()
    made["policies"].append(
        {
            "name": "of-the-site", "vhost": VHOST, "pattern": ".*", "apply-to": "all",
            "priority": 100, "definition": {"delivery-limit": 3, "message-ttl": 1},
        }
    )  # fmt: skip
    [broker] = brokers.new(made=made)
    with closing(a_channel(broker.port, HUB)) as hub:
        send(is_up(hub), a_message(1, b"a voucher"))
        before = hub.health().incarnation
    for queue in (queue_name(BANK, MessageClass.ONLINE), incarnation_queue_name(BANK)):
        given_back(broker, queue, OFTEN)
    with closing(a_channel(broker.port, BANK)) as bank:
        assert before == is_up(bank).health().incarnation
        assert [b"a voucher"] == [got.octets for got in arrivals(bank, 1)]
    assert [] == look(broker)
    broker.close()
