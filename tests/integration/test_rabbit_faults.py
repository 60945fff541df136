"""What happens to a channel when its broker or its line fails, with the time it may take."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.link import Tuning
from adapters.rabbit.topology import DELIVERY_LIMIT
from hub.exchange.model import ChannelState, MessageClass, Outcome, Publish
from hub.observer import Fact
from hub.parties import NodeId
from ops.deploy.rabbitmq import PrivateBroker
from tests.support.channel_harness import (
    ALL,
    BANK,
    HUB,
    a_message,
    arrivals,
    is_up,
    outcomes,
    send,
    until,
)
from tests.support.rabbit import (
    Brokers,
    a_channel,
    a_channel_up,
    fill,
    purge,
    with_a_small_queue,
    with_an_operator,
)
from tests.support.tcp_proxy import TcpProxy

pytestmark = [
    pytest.mark.rabbit,
    pytest.mark.timeout(300),  # a broker boots in 6 s, or 40
    # pika leaves the socket of an attempt it aborts to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KILLED_SECONDS = 0.5 * 3  # the machine may be busy with other tests; `make fault` holds 0.5
SILENT_SECONDS = 3.5


@pytest.fixture(scope="module")
def founded(brokers: Brokers) -> PrivateBroker:
    """The hub has given it its incarnation."""
    made = brokers.new()[0]
    with a_channel_up(made):
        return made


@pytest.fixture
def frail(founded: PrivateBroker) -> Iterator[PrivateBroker]:
    """A broker that these tests kill and freeze."""
    yield founded
    if founded.pid is None:
        founded.start()
        founded.wait_ready()
    founded.thaw()


@pytest.fixture
def opened() -> Iterator[list[RabbitChannel]]:
    channels: list[RabbitChannel] = []
    yield channels
    for channel in channels:
        channel.close()


@pytest.fixture
def line(frail: PrivateBroker) -> Iterator[TcpProxy]:
    purge(frail)
    with TcpProxy(frail.port) as proxy:
        yield proxy


def load(channel: RabbitChannel, first: int, count: int = 50) -> list[int]:
    """Publish some and do not wait."""
    channel.publish([a_message(n, bytes(4000)) for n in range(first, first + count)])
    return list(range(first, first + count))


def not_up(channel: RabbitChannel) -> bool:
    return channel.health().state not in {ChannelState.UP, ChannelState.HALF_OPEN}


def seconds_until_noticed(channel: RabbitChannel, fault: Callable[[], None]) -> float:
    """From the fault until the channel says so and nothing is outstanding."""
    started = time.monotonic()
    fault()
    until(lambda: not_up(channel) and channel.health().outstanding == 0, 15)
    return time.monotonic() - started


def loaded_until_noticed(
    channel: RabbitChannel, fault: Callable[[], None]
) -> tuple[float, list[Outcome]]:
    """The same with messages on their way; every one of them must get one outcome."""
    tokens = load(channel, 0)

    def fault_under_load() -> None:
        fault()
        tokens.extend(late(channel))

    elapsed = seconds_until_noticed(channel, fault_under_load)
    told = outcomes(channel, len(tokens))
    assert sorted(tokens) == [outcome.token for outcome in told]
    return elapsed, told


def late(channel: RabbitChannel) -> list[int]:
    """Published after the fault, as far as the channel still takes it."""
    from hub.errors import ChannelDown

    try:
        return load(channel, 1000)
    except ChannelDown:
        return []


def test_a_killed_broker_is_noticed_at_once_and_found_again(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    purge(frail)
    hub, bank = a_channel(frail.port, HUB), a_channel(frail.port, BANK)
    opened += [hub, bank]
    is_up(hub)
    is_up(bank)
    send(hub, a_message(5000, b"confirmed before"))
    elapsed, told = loaded_until_noticed(hub, frail.kill)
    assert elapsed < KILLED_SECONDS
    assert {Publish.UNKNOWN, Publish.CONFIRMED} >= {outcome.publish for outcome in told}
    assert Publish.UNKNOWN in {outcome.publish for outcome in told}
    frail.start()
    frail.wait_ready()
    send(is_up(hub), a_message(6000, b"after"))
    is_up(bank)
    got: set[bytes] = set()

    def both() -> bool:
        taken = bank.receive(100, ALL)
        got.update(incoming.octets for incoming in taken)
        bank.ack([incoming.tag for incoming in taken])
        return {b"confirmed before", b"after"} <= got

    until(both, 15)


def test_the_incarnation_survives_a_killed_broker(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    opened.append(hub := a_channel(frail.port, HUB))
    before = is_up(hub).health().incarnation
    frail.kill()
    frail.start()
    frail.wait_ready()
    until(lambda: hub.health().incarnation == before, 20)


def test_a_frozen_broker_is_noticed_in_time(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    opened.append(hub := a_channel(frail.port, HUB))
    is_up(hub)
    try:
        elapsed, told = loaded_until_noticed(hub, frail.freeze)
        assert elapsed < SILENT_SECONDS
        assert Publish.UNKNOWN in {outcome.publish for outcome in told}
        assert "channel_silent" == hub.health().reason
    finally:
        frail.thaw()
    send(is_up(hub), a_message(9))


def test_a_frozen_broker_is_noticed_by_an_idle_consumer(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    opened.append(bank := a_channel(frail.port, BANK))
    is_up(bank)
    assert [] == bank.receive(1, ALL)
    try:
        assert seconds_until_noticed(bank, frail.freeze) < SILENT_SECONDS
    finally:
        frail.thaw()
    is_up(bank)


def test_a_silent_line_is_noticed_in_time_and_used_again(
    line: TcpProxy, opened: list[RabbitChannel]
) -> None:
    opened.append(hub := a_channel(line.port, HUB))
    is_up(hub)
    elapsed, told = loaded_until_noticed(hub, line.silence)
    assert elapsed < SILENT_SECONDS
    assert Publish.UNKNOWN in {outcome.publish for outcome in told}
    line.reset()
    line.pass_on()
    send(is_up(hub), a_message(9))


@pytest.mark.parametrize("fault", ["reset", "half_close"])
def test_a_broken_line_is_noticed_at_once(
    line: TcpProxy, opened: list[RabbitChannel], fault: str
) -> None:
    opened.append(hub := a_channel(line.port, HUB))
    is_up(hub)
    line.refuse()
    elapsed, _ = loaded_until_noticed(hub, getattr(line, fault))
    assert elapsed < KILLED_SECONDS
    line.pass_on()
    send(is_up(hub), a_message(9))


@pytest.mark.parametrize("octets", [0, 100, 5_000, 60_000])
def test_a_line_cut_in_the_middle_of_a_message_leaves_no_token_without_an_outcome(
    line: TcpProxy, opened: list[RabbitChannel], octets: int
) -> None:
    opened.append(hub := a_channel(line.port, HUB))
    is_up(hub)
    _, told = loaded_until_noticed(hub, lambda: line.cut_after(octets))
    assert Publish.UNKNOWN in {outcome.publish for outcome in told}
    line.pass_on()
    send(is_up(hub), a_message(9))


def test_a_slow_line_is_no_broken_line(line: TcpProxy, opened: list[RabbitChannel]) -> None:
    facts = list[Fact]()
    opened.append(hub := a_channel(line.port, HUB, observer=facts.append))
    is_up(hub)
    line.delay(0.3)
    for start in range(0, 400, 50):
        load(hub, start)
    assert {Publish.CONFIRMED} == {outcome.publish for outcome in outcomes(hub, 400)}
    assert ["half_open", "up"] == [f.fields["state"] for f in facts if f.name == "channel_state"]


def test_the_standby_line_takes_over_and_the_main_line_is_used_again_when_it_is_well(
    frail: PrivateBroker, line: TcpProxy, opened: list[RabbitChannel]
) -> None:
    facts = list[Fact]()
    hub = a_channel(
        line.port, HUB, others=(frail.port,), observer=facts.append,
        tuning=Tuning(fail_back_seconds=0.6),
    )  # fmt: skip
    opened.append(hub)
    is_up(hub)
    line.refuse()
    line.reset()
    until(lambda: facts[-1].fields["line"] == "line-2" and not not_up(hub), 2)
    assert "line-2" == hub.health().standby
    send(is_up(hub), a_message(1))
    line.pass_on()
    until(lambda: facts[-1].fields["line"] == "line-1" and not not_up(hub), 10)
    assert "" == hub.health().standby
    send(is_up(hub), a_message(2))
    assert "fail_back" in {fact.fields.get("reason") for fact in facts}


def test_a_nack_opens_a_new_amqp_channel_and_the_rest_goes_on(
    brokers: Brokers, opened: list[RabbitChannel]
) -> None:
    [small] = brokers.new(made=with_a_small_queue())
    facts = list[Fact]()
    hub, bank = a_channel(small.port, HUB, observer=facts.append), a_channel(small.port, BANK)
    opened += [hub, bank]
    fill(is_up(hub))
    send(hub, a_message(100))
    assert ChannelState.UP == hub.health().state
    assert 1 == len(arrivals(is_up(bank), 1, {MessageClass.BATCH}))
    states = [f.fields["state"] for f in facts if f.name == "channel_state"]
    assert ["half_open", "up", "suspect", "half_open", "up"] == states
    assert "channel_nacked" in {fact.name for fact in facts}
    small.close()


def test_a_broker_without_the_definitions_is_not_used_and_says_why(
    brokers: Brokers, opened: list[RabbitChannel]
) -> None:
    made = with_an_operator()
    lacking = {"bank-a.dead", "bank-a.hop"}
    made["queues"] = [q for q in made["queues"] if q["name"] not in lacking]
    made["bindings"] = [b for b in made["bindings"] if b["destination"] not in lacking]
    [bare] = brokers.new(made=made)
    facts = list[Fact]()
    known = a_channel(bare.port, BANK, observer=facts.append)
    stranger = a_channel(bare.port, NodeId("bank-z"))
    opened += [known, stranger]
    until(lambda: known.health().reason == "topology_missing")
    until(lambda: stranger.health().reason == "channel_login_refused")
    [first, *_] = [fact for fact in facts if fact.name == "topology_missing"]
    assert "missing: bank-a.hop, bank-a.dead" == first.fields["reason"]
    bare.close()


def test_an_empty_broker_gets_its_incarnation_from_the_founder_only(
    brokers: Brokers, opened: list[RabbitChannel]
) -> None:
    [empty] = brokers.new()
    opened.append(bank := a_channel(empty.port, BANK))
    until(lambda: bank.health().reason == "incarnation_missing")
    opened.append(hub := a_channel(empty.port, HUB))
    assert is_up(hub).health().incarnation == is_up(bank).health().incarnation
    empty.close()


def test_a_broker_with_a_memory_alarm_takes_nothing_and_says_so(
    brokers: Brokers, opened: list[RabbitChannel]
) -> None:
    [full] = brokers.new(conf={"vm_memory_high_watermark.relative": "0.0001"})
    facts = list[Fact]()
    opened.append(hub := a_channel(full.port, HUB, observer=facts.append))
    told = set[Publish]()

    def blocked() -> bool:
        if not not_up(hub):
            late(hub)
        told.update(outcome.publish for outcome in hub.outcomes())
        return "channel_blocked" in {fact.fields.get("reason") for fact in facts}

    until(blocked, 20)
    until(lambda: hub.health().outstanding == 0)
    assert not_up(hub)
    full.close()


def test_a_message_that_cannot_be_written_is_refused_and_the_others_go_on(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    opened.append(hub := a_channel(frail.port, HUB))
    is_up(hub)
    hub.publish([a_message(1), a_message(2, receiver=NodeId("x" * 300)), a_message(3)])
    told = [(o.token, o.publish, o.code) for o in outcomes(hub, 3)]
    assert [
        (1, Publish.CONFIRMED, ""),
        (2, Publish.REFUSED, "unpublishable"),
        (3, Publish.CONFIRMED, ""),
    ] == told


def test_an_observer_that_raises_does_not_end_the_channel(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    raised = list[str]()

    def raises(fact: Fact) -> None:
        if len(raised) < 3:
            raised.append(fact.name)
            raise RuntimeError(fact.name)

    opened.append(hub := a_channel(frail.port, HUB, observer=raises))
    send(is_up(hub), a_message(1))


def test_a_released_message_comes_again_up_to_the_delivery_limit_and_is_not_lost(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    purge(frail)
    hub, bank = a_channel(frail.port, HUB), a_channel(frail.port, BANK)
    opened += [hub, bank]
    send(is_up(hub), a_message(1, b"again and again"))
    is_up(bank)
    for _ in range(min(30, DELIVERY_LIMIT)):
        [got] = arrivals(bank, 1)
        bank.release([got.tag])
    assert b"again and again" == arrivals(bank, 1)[0].octets


def test_a_message_without_a_sender_goes_to_the_dead_letters(
    frail: PrivateBroker, opened: list[RabbitChannel]
) -> None:
    from tests.support.rabbit import connection

    purge(frail)
    opened.append(bank := a_channel(frail.port, BANK))
    is_up(bank)
    assert [] == bank.receive(1, ALL)
    with connection(frail) as operator:
        amqp_channel: Any = operator.channel()
        amqp_channel.basic_publish("evx", "hub.bank-a.online", b"whose is this")

        def dead() -> bytes | None:
            body: bytes | None = amqp_channel.basic_get("bank-a.dead", auto_ack=True)[2]
            return body

        assert b"whose is this" == until(dead)
    assert [] == bank.receive(1, ALL)
