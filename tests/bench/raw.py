"""Raw parts of a voucher's way through the hub, each bare, per voucher of a stream.

Verifying is the voucher library alone on the stream's messages, lower layers known as they are at
the hub. The store is the rows and octets of one recording by binary COPY, client and server. A hop
is pika alone with packets of the stream's size: publish, broker, consume; there and back, with two
hops of notices.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from adapters.store.making import create
from hub.exchange import packets
from hub.exchange.model import Packet
from hub.exchange.verifying import Verification
from hub.voucher import admit, authenticate
from keys.release_source import begun
from keys.trust_source import TrustSource
from ops.clock import SystemClock
from ops.demo.town import ENV
from ops.growing import grow
from ops.wiring import suites
from tests.bench import store
from tests.bench.channels import Bare, measured
from tests.bench.load import Stream, read_stream
from tests.bench.site import Site
from tests.support.rabbit import Brokers

SOME = 400
SECONDS = 2.0
TABLES = 32  # as the settings have it
WARM_ROUNDS = 5  # until every signer's table is in use
TIMES = 9  # the median: a slow moment of the machine must not make the limit an easy one
NOTICE_BYTES = 330


@dataclass(frozen=True)
class Raw:
    """Microseconds of CPU per voucher."""

    verify: float
    store: float
    hops: float
    notices: float

    @property
    def sum_us(self) -> float:
        """All of it."""
        return self.verify + self.store + self.hops + self.notices

    def __str__(self) -> str:
        """As conditions tell it."""
        return (
            f"verify={self.verify:.0f} store={self.store:.0f} hops={self.hops:.0f} "
            f"notices={self.notices:.0f}"
        )


def raw_parts(root: Path, here: Site, stream: Stream) -> Raw:
    """All parts, one after another."""
    size = stream.octets // stream.vouchers
    per_packet = max(1, min(packets.ITEMS_MAX, packets.PACKET_BYTES_MAX // size))
    notices = packets.NOTICES_MAX
    return Raw(
        verify_us(root, stream),
        store_us(here, size),
        2 * hop_us(size, per_packet),
        2 * hop_us(NOTICE_BYTES, min(notices, 100)),
    )


class _All:
    """Every lower layer is known."""

    def known(self, stack_digest: bytes) -> bool:
        """Yes."""
        return bool(stack_digest)


def verify_us(root: Path, stream: Stream) -> float:
    """The library alone, warm."""
    clock, known, catalogues = SystemClock(), suites(sm2_tables=TABLES), begun(ENV)
    trust = TrustSource(root / "pki" / "trust", ENV, known, catalogues, clock.now)
    verification = Verification(ENV, known, catalogues, trust.load, 1)
    octets = list(islice(_messages(stream), SOME))
    now = clock.now()

    def once(some: Sequence[bytes]) -> None:
        for one in some:
            admit(authenticate(verification.open(one), verification.ground(_All()), now))

    for _ in range(WARM_ROUNDS):
        once(octets)
        while grow(known):
            continue
    spent = []
    for _ in range(TIMES):
        started = time.process_time()
        once(octets)
        spent.append(time.process_time() - started)
    return statistics.median(spent) / len(octets) * 1e6


def _messages(stream: Stream) -> list[bytes]:
    found: list[bytes] = []
    for _, _, octets in read_stream(stream.path):
        packet = packets.decode(octets)
        assert isinstance(packet, Packet)
        found += [item.octets for item in packet.items]
        if len(found) > SOME:
            break
    return found


def store_us(here: Site, size: int) -> float:
    """COPY of the same rows, the server's CPU included."""
    here.postgres.sql("CREATE DATABASE bare")
    opened = create(here.postgres.url("bare"), "00" * 8)
    source = store.batches(size)
    store.bare(opened, next(source))
    batches = list(islice(source, 20))
    before, own = here.cpu_seconds()["postgres"], time.process_time()
    for batch in batches:
        store.bare(opened, batch)
    spent = time.process_time() - own + here.cpu_seconds()["postgres"] - before
    opened.close()
    return spent / (len(batches) * store.BATCH) * 1e6


def hop_us(size: int, per_packet: int) -> float:
    """Publish, broker and consume of one packet, shared by its vouchers."""
    brokers = Brokers()
    try:
        [broker] = brokers.new()
        rate = measured(broker, Bare(broker, bytes(size * per_packet), SECONDS).run)
        return (rate.client_us + rate.broker_us) / per_packet
    finally:
        brokers.end()
