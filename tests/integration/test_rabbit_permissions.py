"""What a party with a valid certificate cannot do: speak for others, read others, change things."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import pytest

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.lines import Certificates, Line
from adapters.rabbit.topology import VHOST
from hub.exchange.model import MessageClass
from hub.parties import NodeId
from ops.deploy.rabbitmq import PrivateBroker, Tls
from tests.support.channel_harness import ALL, BANK, HUB, a_message, arrivals, is_up, send, until
from tests.support.rabbit import Brokers, with_an_operator
from tests.support.tls import Authority

pytestmark = [pytest.mark.rabbit, pytest.mark.timeout(300)]  # a broker boots in 6 s, or 40
OTHER = NodeId("bank-b")


@dataclass
class Site:
    """A broker that takes certificates only, and certificates for it."""

    broker: PrivateBroker
    ca: Path
    files: dict[str, tuple[Path, Path]]

    def channel(self, node: NodeId, cert_of: str = "", server: str = "localhost") -> RabbitChannel:
        certificate, key = self.files[cert_of or node]
        login = Certificates(self.ca, certificate, key, server)
        lines = [Line("main", "127.0.0.1", self.broker.port)]
        return RabbitChannel("one", node, lines, login, founds=node == HUB)

    def client(self, node: NodeId) -> pika.BlockingConnection:
        """The party's own program, not ours."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(*map(str, self.files[node]))
        return pika.BlockingConnection(
            pika.ConnectionParameters(
                "127.0.0.1", self.broker.port, VHOST,
                pika.credentials.ExternalCredentials(),
                ssl_options=pika.SSLOptions(context, "localhost"),
            )
        )  # fmt: skip


@pytest.fixture(scope="module")
def site(brokers: Brokers, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    foreign = Authority(folder, "foreign-ca")
    server = authority.issue("broker", server=True)
    files = {name: authority.issue(name) for name in (HUB, BANK, OTHER, "unknown")}
    files["forged"] = foreign.issue("forged")
    made = with_an_operator((HUB, BANK, OTHER), passwords=False)
    [broker] = brokers.new(tls=Tls(authority.path, *server), made=made)
    return Site(broker, authority.path, files)


@pytest.fixture
def bank(site: Site) -> Iterator[Any]:
    """An amqp_channel of the bank's own program."""
    connection = site.client(BANK)
    amqp_channel = connection.channel()
    amqp_channel.confirm_delivery()
    yield amqp_channel
    if connection.is_open:
        connection.close()


def test_nodes_with_certificates_talk_and_the_broker_vouches_for_the_sender(site: Site) -> None:
    hub, bank = site.channel(HUB), site.channel(BANK)
    is_up(hub)
    send(is_up(bank), a_message(1, b"for the hub", receiver=HUB))
    [got] = arrivals(hub, 1)
    assert (BANK, b"for the hub") == (got.sender, got.octets)
    hub.ack([got.tag])
    hub.close()
    bank.close()


def publish(key: str, exchange: str = "evx", user: str = BANK) -> Callable[[Any], object]:
    properties = pika.BasicProperties(user_id=user)
    return lambda c: c.basic_publish(exchange, key, b"x", properties, mandatory=True)


FORBIDDEN: dict[str, tuple[int, Callable[[Any], object]]] = {
    "publish under the hub's key": (403, publish("hub.bank-b.online")),
    "publish under another bank's key": (403, publish("bank-b.hub.online")),
    "fill another bank's queue": (403, publish("bank-a.bank-b.online")),
    "publish a key of its own making": (403, publish("bank-a.hub.online.more")),
    "publish past the exchange": (403, publish("bank-b.online", exchange="")),
    "publish into the dead letters": (403, publish("bank-a.hub.online", exchange="evx.dead")),
    "publish an incarnation": (403, publish("bank-a.evx.incarnation")),
    "forge the user id": (406, publish("bank-a.hub.online", user=HUB)),
    "read the hub's queue": (403, lambda c: c.basic_get("hub.online")),
    "consume another bank's queue": (403, lambda c: c.basic_consume("bank-b.online", print)),
    "read another's incarnation": (403, lambda c: c.basic_get("bank-b.incarnation")),
    "read another's dead letters": (403, lambda c: c.basic_get("bank-b.dead")),
    "purge another's queue": (403, lambda c: c.queue_purge("hub.urgent")),
    "delete its own queue": (403, lambda c: c.queue_delete("bank-a.online")),
    "declare a queue": (403, lambda c: c.queue_declare("mine", durable=True)),
    "declare an exchange": (403, lambda c: c.exchange_declare("mine", "topic")),
    "bind another's letters to itself": (
        403,
        lambda c: c.queue_bind("bank-a.online", "evx", "*.bank-b.*"),
    ),
    "unbind the hub": (403, lambda c: c.queue_unbind("hub.online", "evx", "*.hub.online")),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_party_cannot(what: str, bank: Any) -> None:
    code, attempt = FORBIDDEN[what]
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
        attempt(bank)
    assert code == refused.value.reply_code


def test_what_a_party_sends_without_a_user_id_is_not_delivered(site: Site, bank: Any) -> None:
    hub = site.channel(HUB)
    is_up(hub)
    bank.basic_publish("evx", "bank-a.hub.online", b"nobody's", mandatory=True)
    bank.basic_publish(
        "evx", "bank-a.hub.online", b"mine", pika.BasicProperties(user_id=BANK), mandatory=True
    )
    got = arrivals(hub, 1, {MessageClass.ONLINE})
    assert [b"mine"] == [incoming.octets for incoming in got]
    assert [] == hub.receive(10, ALL)
    hub.ack([incoming.tag for incoming in got])
    hub.close()


@pytest.mark.parametrize(
    ("certificate", "server", "code"),
    [
        ("unknown", "localhost", "channel_login_refused"),
        ("forged", "localhost", "channel_tls_refused"),
        ("bank-a", "another.server", "channel_tls_refused"),
    ],
)
def test_a_wrong_certificate_is_told_by_its_code(
    site: Site, certificate: str, server: str, code: str
) -> None:
    channel = site.channel(BANK, certificate, server)
    until(lambda: channel.health().reason == code)
    channel.close()


def test_a_certificate_of_one_node_does_not_serve_another(site: Site) -> None:
    """The queues of `bank-a` cannot be read with the certificate of `bank-b`."""
    channel = site.channel(BANK, OTHER)
    until(lambda: channel.health().reason == "channel_not_permitted", 20)
    channel.close()
