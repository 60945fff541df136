"""Real brokers for the tests, a session long: one shared, or several of a test's own.

Import the fixtures in a conftest.py. Without the server's programs a test is skipped on a laptop
and fails where CI is set. Every user's password is its name: this is loopback.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.lines import Line, Password
from adapters.rabbit.link import Tuning
from adapters.rabbit.topology import (
    VHOST,
    NodeUser,
    dead_queue_name,
    definitions,
    password_hash,
    queue_name,
)
from hub.exchange.model import ChannelState, MessageClass
from hub.exchange.ports import Channel
from hub.observer import Observer, silent
from hub.parties import NodeId
from ops.deploy.ports import free_port
from ops.deploy.rabbit_programs import Programs
from ops.deploy.rabbitmq import PrivateBroker, Tls
from tests.support.channel_harness import BANK, HUB, NODES, a_message, is_up, outcomes, until
from tests.support.tcp_proxy import LOOPBACK, TcpProxy

ADMIN = "operator"
_numbers = itertools.count(1)


def programs() -> Programs:
    """The server that tests run on: of the root in HUB_RABBIT_ROOT, else this system's own."""
    root = os.environ.get("HUB_RABBIT_ROOT")  # noqa: TID251
    return Programs(Path(root) if root else None)


def require_rabbit() -> None:
    """Skip, or fail in CI, when RabbitMQ is not installed; a root that is named must hold it."""
    here = programs()
    if not here.installed:
        assert here.root is None, f"no RabbitMQ below {here.root}: run ops/deploy/rabbit-root"
        reason = "RabbitMQ is not installed: run ops/deploy/install-servers"
        if os.environ.get("CI"):  # noqa: TID251
            pytest.fail(reason)
        pytest.skip(reason)


def a_password_hash(user: str) -> str:
    return password_hash(user, b"salt")


def with_an_operator(
    nodes: tuple[NodeId, ...] = NODES, *, passwords: bool = True
) -> dict[str, Any]:
    """The real ones, plus an operator who may do everything on this broker."""
    users = [NodeUser(n, a_password_hash(n) if passwords else "") for n in nodes]
    made = definitions(users, HUB)
    made["users"].append(
        {
            "name": ADMIN,
            "password_hash": a_password_hash(ADMIN) if passwords else "",
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "administrator",
        }
    )
    made["permissions"].append(
        {"user": ADMIN, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
    )
    return made


def with_a_small_queue() -> dict[str, Any]:
    """The same, but the bank's batch queue refuses what is more than five messages."""
    made = with_an_operator()
    small = queue_name(BANK, MessageClass.BATCH)
    next(q for q in made["queues"] if q["name"] == small)["arguments"]["x-max-length"] = 5
    return made


def fill(hub: Channel) -> None:
    """Publish into the small queue until it refuses: what is under way at the limit still enters.

    The channel works again afterwards, on probation.
    """

    def refused() -> bool:
        hub.publish([a_message(n, message_class=MessageClass.BATCH) for n in range(10)])
        return "nacked" in {outcome.code for outcome in outcomes(hub, 10)}

    until(refused)
    until(lambda: hub.health().state is ChannelState.HALF_OPEN)


class Brokers:
    """Starts brokers below one folder and ends them all."""

    def __init__(self, of: Programs | None = None) -> None:
        self.programs = of or programs()
        self.folder = Path(tempfile.mkdtemp(prefix="rabbit-"))
        self.folder.chmod(0o755)
        self.running: list[PrivateBroker] = []

    def new(
        self,
        count: int = 1,
        tls: Tls | None = None,
        conf: dict[str, str] | None = None,
        made: dict[str, Any] | None = None,
    ) -> list[PrivateBroker]:
        """So many, started together and ready."""
        fresh = []
        for _ in range(count):
            name = f"evx{os.getpid()}n{next(_numbers)}"
            broker = PrivateBroker(
                self.folder / name, name, free_port(), made or with_an_operator(), tls, conf,
                self.programs,
            )  # fmt: skip
            broker.start()
            fresh.append(broker)
        self.running += fresh
        for broker in fresh:
            broker.wait_ready()
        return fresh

    def end(self) -> None:
        for broker in self.running:
            broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def brokers() -> Iterator[Brokers]:
    """For tests that need brokers of their own."""
    require_rabbit()
    made = Brokers()
    yield made
    made.end()


@pytest.fixture(scope="session")
def broker(brokers: Brokers) -> PrivateBroker:
    """One for the session; whoever breaks it mends it."""
    return brokers.new()[0]


def connection(broker: PrivateBroker, user: str = ADMIN) -> pika.BlockingConnection:
    """A plain client beside the adapter."""
    credentials = pika.PlainCredentials(user, user)
    return pika.BlockingConnection(
        pika.ConnectionParameters(LOOPBACK, broker.port, VHOST, credentials, heartbeat=0)
    )


def purge(broker: PrivateBroker) -> None:
    """Empty every node's queues; the incarnation stays."""
    with connection(broker) as client:
        amqp_channel = client.channel()
        for node in NODES:
            names = [queue_name(node, message_class) for message_class in MessageClass]
            for name in (*names, dead_queue_name(node)):
                amqp_channel.queue_purge(name)


def a_channel(
    port: int,
    node: NodeId,
    *,
    wake: Callable[[], None] | None = None,
    failed: Callable[[], None] | None = None,
    observer: Observer = silent,
    tuning: Tuning | None = None,
    others: tuple[int, ...] = (),
) -> RabbitChannel:
    """A node's channel to a loopback port, further lines behind it."""
    lines = [Line(f"line-{n}", LOOPBACK, p) for n, p in enumerate((port, *others), 1)]
    return RabbitChannel(
        "one", node, lines, Password(node, node), founds=node == HUB, wake=wake,
        failed=failed, observer=observer, tuning=tuning,
    )  # fmt: skip


class RabbitHarness:
    """Every channel goes to the broker through a line of its own."""

    def __init__(self, broker: PrivateBroker) -> None:
        self.broker = broker
        self.proxies: dict[int, TcpProxy] = {}
        self.channels: list[RabbitChannel] = []
        purge(broker)
        with a_channel_up(broker):
            pass

    def channel(self, node: NodeId, wake: Callable[[], None] | None = None) -> Channel:
        proxy = TcpProxy(self.broker.port)
        made = a_channel(proxy.port, node, wake=wake)
        self.proxies[id(made)] = proxy
        self.channels.append(made)
        return made

    def kill(self, channel: Channel) -> None:
        proxy = self.proxies[id(channel)]
        proxy.refuse()
        proxy.reset()

    def away(self) -> None:
        for channel in self.channels:
            self.kill(channel)

    def back(self) -> None:
        for proxy in self.proxies.values():
            proxy.pass_on()

    def wipe(self) -> None:
        self.broker.kill()
        self.broker.wipe()
        self.broker.start()
        self.broker.wait_ready()

    def end(self) -> None:
        for channel in self.channels:
            channel.close()
        for proxy in self.proxies.values():
            proxy.close()


class a_channel_up:  # noqa: N801 -- reads as what it is
    """A hub's channel that is up, straight to the broker; closed at the end."""

    def __init__(self, broker: PrivateBroker, node: NodeId = HUB) -> None:
        self._channel = a_channel(broker.port, node)

    def __enter__(self) -> RabbitChannel:
        is_up(self._channel)
        return self._channel

    def __exit__(self, *_: object) -> None:
        self._channel.close()


__all__ = ["BANK", "Brokers", "RabbitHarness", "a_channel", "broker", "brokers", "connection"]
