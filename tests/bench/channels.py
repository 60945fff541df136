"""Packets through channels, beside bare pika: `python -m tests.bench.channels [SECONDS]`.

A packet of 1, 10 or 25 vouchers of 11 KB is published with its confirm and consumed with its ack,
both ends in one process. *Bare* is the same with pika's SelectConnection alone, on one loop, in
turn with the adapter on the same broker; with HUB_RABBIT_ROOT on that root's broker as well. CPU
is microseconds per packet of this process, and of the broker's. The channel on a file and the look
at an empty one follow. Prints JSON lines.
"""

import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop

from adapters.embedded.channel import EmbeddedChannel
from adapters.embedded.channel_file import create
from adapters.rabbit.topology import EXCHANGE, VHOST
from hub.exchange.ports import Channel
from hub.parties import NodeId
from ops.deploy.rabbit_programs import Programs
from ops.deploy.rabbitmq import PrivateBroker
from tests.support.channel_harness import ALL, BANK, HUB, NODES, RealClock, a_message, is_up
from tests.support.rabbit import Brokers, a_channel, programs, purge
from tests.support.tcp_proxy import LOOPBACK

VOUCHER_BYTES = 11_300
WINDOW = 400
TICKS = 100  # of /proc/<pid>/stat, per second


@dataclass(frozen=True)
class Rate:
    """What one run came to."""

    packets_per_s: float
    client_us: float
    broker_us: float


def broker_seconds(broker: PrivateBroker | None) -> float:
    if broker is None:
        return 0.0
    fields = Path(f"/proc/{broker.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measured(broker: PrivateBroker | None, run: Callable[[], int]) -> Rate:
    wall, own, theirs = time.monotonic(), time.process_time(), broker_seconds(broker)
    count = run()
    seconds = time.monotonic() - wall
    return Rate(
        count / seconds,
        (time.process_time() - own) / count * 1e6,
        (broker_seconds(broker) - theirs) / count * 1e6,
    )


def through(
    sender: Channel, receiver: Channel, octets: bytes, seconds: float, woken: threading.Event
) -> int:
    """Keep the window full, take and ack what comes; until everything is confirmed and taken."""
    token = confirmed = taken = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or confirmed < token or taken < token:
        busy = False
        if time.monotonic() < end and token - confirmed < WINDOW:
            batch = min(100, WINDOW - (token - confirmed))
            sender.publish([a_message(token + n, octets) for n in range(batch)])
            token += batch
            busy = True
        told = sender.outcomes()
        confirmed += len(told)
        got = receiver.receive(200, ALL)
        taken += len(got)
        if got:
            receiver.ack([incoming.tag for incoming in got])
        if not (busy or told or got):
            woken.wait(0.01)
            woken.clear()
    return taken


class Bare:
    """pika alone: one loop, a publishing and a consuming connection."""

    def __init__(self, broker: PrivateBroker, octets: bytes, seconds: float) -> None:
        self.loop = IOLoop()
        self.octets = octets
        self.end = time.monotonic() + seconds
        self.sent = self.confirmed = self.taken = self.unacked = 0
        self.publisher: Any = None
        self.properties = pika.BasicProperties(delivery_mode=2, user_id=HUB)
        self.connections = [
            self._connect(broker, HUB, self._publishing),
            self._connect(broker, BANK, self._consuming),
        ]

    def _connect(
        self, broker: PrivateBroker, user: NodeId, opened: Callable[[Any], None]
    ) -> pika.SelectConnection:
        login = pika.PlainCredentials(user, user)
        return pika.SelectConnection(
            pika.ConnectionParameters(LOOPBACK, broker.port, VHOST, login),
            on_open_callback=lambda c: c.channel(on_open_callback=opened),
            on_close_callback=lambda *_: self.loop.stop(),
            custom_ioloop=self.loop,
        )

    def _publishing(self, channel: Any) -> None:
        channel.confirm_delivery(self._confirm, callback=lambda _: self._pump())
        self.publisher = channel

    def _consuming(self, channel: Any) -> None:
        channel.basic_qos(prefetch_count=200)
        channel.basic_consume("bank-a.online", self._message)

    def _pump(self) -> None:
        while self.sent - self.confirmed < WINDOW and time.monotonic() < self.end:
            self.publisher.basic_publish(
                EXCHANGE, "hub.bank-a.online", self.octets, self.properties, mandatory=True
            )
            self.sent += 1

    def _confirm(self, frame: Any) -> None:
        tag = frame.method.delivery_tag
        self.confirmed = tag if frame.method.multiple else self.confirmed + 1
        self._pump()
        self._finish()

    def _message(self, channel: Any, method: Any, _properties: Any, _body: bytes) -> None:
        self.taken += 1
        self.unacked += 1
        if self.unacked >= 50 or self.taken == self.sent:
            channel.basic_ack(method.delivery_tag, multiple=True)
            self.unacked = 0
        self._finish()

    def _finish(self) -> None:
        if time.monotonic() > self.end and self.taken == self.sent == self.confirmed:
            for connection in self.connections:
                if connection.is_open:
                    connection.close()

    def run(self) -> int:
        self.loop.start()
        self.loop.stop()
        return self.taken


def say(name: str, vouchers: int, rate: Rate, **more: float) -> None:
    figures = {
        "packets_per_s": round(rate.packets_per_s),
        "vouchers_per_s": round(rate.packets_per_s * vouchers),
        "client_us_per_packet": round(rate.client_us),
        "broker_us_per_packet": round(rate.broker_us),
        **{key: round(value, 2) for key, value in more.items()},
    }
    sys.stdout.write(json.dumps({"bench": name, "vouchers": vouchers, **figures}) + "\n")
    sys.stdout.flush()


def rabbit(seconds: float, of: Programs) -> None:
    """The adapter and bare pika in turn."""
    brokers = Brokers(of)
    try:
        [broker] = brokers.new()
        woken = threading.Event()
        hub, bank = a_channel(broker.port, HUB, wake=woken.set), a_channel(broker.port, BANK)
        is_up(hub)
        is_up(bank)
        bank.receive(1, ALL)
        bank.close()
        for vouchers in (1, 10, 25):
            octets = bytes(VOUCHER_BYTES * vouchers)
            bare = measured(broker, Bare(broker, octets, seconds).run)
            purge(broker)
            bank = a_channel(broker.port, BANK, wake=woken.set)
            is_up(bank)
            ours = measured(broker, partial(through, hub, bank, octets, seconds, woken))
            bank.close()
            say(f"rabbit_bare_{of.version}", vouchers, bare)
            ratio = ours.client_us / bare.client_us
            say(f"rabbit_{of.version}", vouchers, ours, cpu_ratio=ratio)
        hub.close()
    finally:
        brokers.end()


def embedded(seconds: float) -> None:
    """The channel on a file: both ends, then each look at nothing."""
    folder = Path(tempfile.mkdtemp(prefix="channel-"))
    try:
        create(folder / "one.channel", NODES)
        hub = EmbeddedChannel(folder / "one.channel", HUB, RealClock())
        bank = EmbeddedChannel(folder / "one.channel", BANK, RealClock())
        for vouchers in (1, 10, 25):
            octets = bytes(VOUCHER_BYTES * vouchers)
            run = partial(through, hub, bank, octets, seconds, threading.Event())
            rate = measured(None, run)
            say("embedded", vouchers, rate)
        started = time.monotonic()
        for _ in range(10_000):
            bank.receive(100, ALL)
        say("embedded_look_at_nothing", 0, Rate(0, (time.monotonic() - started) * 100, 0))
        hub.close()
        bank.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 3.0
    for each in dict.fromkeys((Programs(), programs())):
        if each.installed:
            rabbit(seconds, each)
    embedded(seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
