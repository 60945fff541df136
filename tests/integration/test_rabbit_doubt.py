"""A word that is overdue: something else is used, well before the line is given up."""

import threading
from collections.abc import Iterator

import pytest

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.link import Tuning
from hub.exchange.model import ChannelState, Publish
from hub.observer import Fact
from tests.support.channel_harness import HUB, a_message, is_up, outcomes, send, until
from tests.support.rabbit import Brokers, a_channel, fill, with_a_small_queue
from tests.support.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.rabbit, pytest.mark.timeout(300)]

DOUBTED_SECONDS = 2.0
"""0.8, a look each 0.2, and a busy machine."""
IDLE_SECONDS = 0.7
PATIENT = Tuning(silence_seconds=10.0)
"""Whoever looks at the doubt has time before the line is given up."""


@pytest.fixture(scope="module")
def port(brokers: Brokers) -> int:
    return brokers.new(made=with_a_small_queue())[0].port


@pytest.fixture
def line(port: int) -> Iterator[TcpProxy]:
    with TcpProxy(port) as proxy:
        yield proxy


class Watched:
    """The hub's channel by a line, and what it told."""

    def __init__(self, line: TcpProxy) -> None:
        self.facts = list[Fact]()
        self.failed = threading.Event()
        self.channel: RabbitChannel = a_channel(
            line.port, HUB, observer=self.facts.append, failed=self.failed.set, tuning=PATIENT
        )

    @property
    def reasons(self) -> set[str]:
        return {str(f.fields["reason"]) for f in self.facts if f.name == "channel_state"}

    @property
    def states(self) -> list[str]:
        return [str(f.fields["state"]) for f in self.facts if f.name == "channel_state"]


def comes_back(hub: Watched, line: TcpProxy) -> None:
    """By a line that is well again, after its connection was cut."""
    line.reset()
    line.pass_on()
    until(lambda: "open" in hub.states)
    is_up(hub.channel)


@pytest.fixture
def hub(line: TcpProxy) -> Iterator[Watched]:
    made = Watched(line)
    is_up(made.channel)
    yield made
    made.channel.close()


def test_what_a_silent_line_does_not_confirm_is_told_before_the_line_is_given_up(
    line: TcpProxy, hub: Watched
) -> None:
    send(hub.channel, a_message(1))
    assert not hub.failed.is_set()
    line.silence()
    hub.channel.publish([a_message(2), a_message(3)])
    assert hub.failed.wait(DOUBTED_SECONDS)
    assert [Publish.UNKNOWN] * 2 == [outcome.publish for outcome in outcomes(hub.channel, 2)]
    health = hub.channel.health()
    assert (ChannelState.SUSPECT, "channel_silent", 0) == (
        health.state, health.reason, health.outstanding,
    )  # fmt: skip
    line.pass_on()
    send(is_up(hub.channel), a_message(4))
    assert [] == hub.channel.outcomes()
    assert ["half_open", "up", "suspect", "up"] == hub.states


def test_an_idle_channel_on_a_silent_line_is_suspect_before_it_is_given_up(
    line: TcpProxy, hub: Watched
) -> None:
    line.silence()
    until(
        lambda: hub.channel.health().state is ChannelState.SUSPECT, DOUBTED_SECONDS + IDLE_SECONDS
    )
    line.pass_on()
    send(is_up(hub.channel), a_message(1))
    assert ["half_open", "up", "suspect", "up"] == hub.states


def test_a_line_that_was_doubted_in_vain_gets_more_time(line: TcpProxy, hub: Watched) -> None:
    line.delay(0.6)  # 1.2 s there and back: longer than the first patience, not than the second
    hub.channel.publish([a_message(1)])
    assert [Publish.UNKNOWN] == [outcome.publish for outcome in outcomes(hub.channel, 1)]
    send(is_up(hub.channel), a_message(2))
    assert 1 == hub.states.count("suspect")


def test_a_line_that_was_slow_has_as_much_time_on_the_next_connection(
    line: TcpProxy, hub: Watched
) -> None:
    line.delay(0.6)
    hub.channel.publish([a_message(1)])
    assert [Publish.UNKNOWN] == [outcome.publish for outcome in outcomes(hub.channel, 1)]
    is_up(hub.channel)
    comes_back(hub, line)
    line.delay(0.6)
    send(hub.channel, a_message(2))
    assert 1 == hub.states.count("suspect")


def test_a_connection_that_ends_in_doubt_gives_its_line_no_more_time(
    line: TcpProxy, hub: Watched
) -> None:
    line.silence()
    until(lambda: "suspect" in hub.states)
    comes_back(hub, line)
    line.delay(0.6)
    hub.channel.publish([a_message(1)])
    assert [Publish.UNKNOWN] == [outcome.publish for outcome in outcomes(hub.channel, 1)]


def test_a_channel_that_was_refused_says_so_also_while_a_word_is_overdue(
    line: TcpProxy, hub: Watched
) -> None:
    fill(hub.channel)
    hub.failed.clear()
    line.silence()
    hub.channel.publish([a_message(1)])
    assert hub.failed.wait(DOUBTED_SECONDS)
    assert [Publish.UNKNOWN] == [outcome.publish for outcome in outcomes(hub.channel, 1)]
    health = hub.channel.health()
    assert (ChannelState.HALF_OPEN, "nacked") == (health.state, health.reason)
    line.pass_on()
    send(is_up(hub.channel), a_message(2))
    assert "channel_silent" not in hub.reasons
