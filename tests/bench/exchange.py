"""The hub in and out, everything on one machine: `python -m tests.bench exchange`.

Load sealed beforehand (`load`) → three brokers → the hub's node (dispatcher, two workers,
PostgreSQL) → the same brokers → a sink that records ids and answers hop notices (`traffic`).
`exchange_sm2_per_s`: the day's mix of seals. `exchange_sm2_one_seal_per_s`: one seal a voucher;
`exchange_p256_one_seal_per_s` (the bench `exchange_p256`): the same with P-256.
`exchange_p99_ms_at_200`, `_300`: open loop, from the due time of sending to the arrival at the
sink, one voucher a packet.
`exchange_cpu_ratio`: CPU of all processes over the raw parts measured in the same run: verifying,
the same rows by COPY, and bare hops of packets there and back.

`HUB_BENCH_KEEP=FOLDER` keeps keys and load for a day (a seal is accepted so long); sizes are
smaller with `HUB_BENCH_SMALL=1`.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from hub.exchange import packets
from hub.exchange.model import Packet
from keys.custody import P256, SM2
from ops.demo.town import HUB_NODE
from tests.bench.load import RATES, Sizes, Stream, kept, read_stream
from tests.bench.measure import Bench, Figure
from tests.bench.processes import cpu
from tests.bench.raw import Raw, raw_parts
from tests.bench.site import Site, make_keys, site
from tests.bench.traffic import Order, generate, sink

SIZES: Final = Sizes(warm=2500, paced=2000, one_seal=5000)
SMALL: Final = Sizes(warm=300, paced=200, one_seal=500)
AT_LEAST: Final = {
    "exchange_sm2_per_s": 1000.0,
    "exchange_sm2_one_seal_per_s": 1800.0,
    "exchange_p256_one_seal_per_s": 2500.0,
}
P99_MS: Final = {"slow": 100.0, "fast": 80.0}
CPU_RATIO: Final = 1.25
PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Run:
    """One stream through the hub."""

    vouchers: int
    seconds: float
    cpu_us: dict[str, float]
    """Per voucher, by process."""
    latency_ms: list[float]
    lost: int
    doubled: int

    @property
    def per_s(self) -> float:
        """Vouchers a second."""
        return self.vouchers / self.seconds

    @property
    def sum_us(self) -> float:
        """CPU of all processes, per voucher."""
        return sum(self.cpu_us.values())


class Town:
    """A running site with generator and sink."""

    def __init__(self, here: Site) -> None:
        self.site = here
        context: Any = get_context("spawn")
        self.received = context.Value("Q", 0)
        self._generator, theirs = context.Pipe()
        self._sink, sinks = context.Pipe()
        self._processes = [
            context.Process(target=generate, args=(here.ports, self.received, theirs)),
            context.Process(target=sink, args=(here.root, here.ports, self.received, sinks)),
        ]
        for process in self._processes:
            process.start()
        for end in (theirs, sinks):
            end.close()  # a process that ends early is heard of, not waited for
        for pipe in (self._generator, self._sink):
            assert pipe.recv() == "ready"

    def run(self, stream: Stream, rate: float | None = None) -> Run:
        """Send a stream, wait until all of it is out and every row is closed."""
        run = self.through(stream, rate)
        assert (0, 0) == (run.lost, run.doubled), "what came is not what was sent"
        return run

    def through(self, stream: Stream, rate: float | None = None) -> Run:
        """The same; what has not come in time counts as lost."""
        before, seen = self._cpu(), self.received.value
        self._generator.send(Order(stream.path, rate))
        sent: list[float] = self._generator.recv()
        self._wait(lambda: self.received.value - seen >= stream.vouchers)
        arrived = self._arrivals()
        assert self._wait(lambda: self.site.open_rows() == 0), "the hub does not come to an end"
        spent = {name: now - before[name] for name, now in self._cpu().items()}
        per = {name: seconds / stream.vouchers * 1e6 for name, seconds in spent.items()}
        last = max(at for at, _ in arrived)
        delays = _delays(sent, stream, arrived) if rate else []
        meant = set(_ids(stream))
        came = len(meant.intersection(name for _, name in arrived))
        lost, doubled = len(meant) - came, len(arrived) - came
        return Run(stream.vouchers, last - sent[0], per, delays, lost, doubled)

    def _arrivals(self) -> list[tuple[float, str]]:
        path = self.site.root / "arrived"
        self._sink.send(path)
        assert self._sink.recv() == "written"
        pairs = (line.split(" ", 1) for line in path.read_text().splitlines())
        return [(float(at), _relayed(name)) for at, name in pairs]

    def _cpu(self) -> dict[str, float]:
        generator, taker = (cpu([process.pid]) for process in self._processes)
        return {**self.site.cpu_seconds(), "generator": generator, "sink": taker}

    @staticmethod
    def _wait(done: Callable[[], bool]) -> bool:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (over := done()) and time.monotonic() < end:
            time.sleep(0.05)
        return over

    def close(self) -> None:
        """End both processes."""
        for pipe in (self._generator, self._sink):
            pipe.send(None)
        for process in self._processes:
            process.join(20)


def _relayed(delivery_id: str) -> str:
    """The layer of a delivery: what was sent to the hub and what came from it have it alike."""
    return delivery_id.rsplit("/", 2)[0]


def _ids(stream: Stream) -> Iterator[str]:
    for _, _, octets in read_stream(stream.path):
        packet = packets.decode(octets)
        assert isinstance(packet, Packet)
        for item in packet.items:
            yield _relayed(item.delivery_id)


def _delays(
    sent: Sequence[float], stream: Stream, arrived: Sequence[tuple[float, str]]
) -> list[float]:
    """Milliseconds, of packets of one."""
    at = dict(zip(_ids(stream), sent, strict=True))
    return sorted((then - at[name]) * 1000 for then, name in arrived)


@contextmanager
def _root() -> Iterator[Path]:
    keep = os.environ.get("HUB_BENCH_KEEP")  # noqa: TID251
    if keep:
        path = Path(keep)
        path.mkdir(parents=True, exist_ok=True)
        yield path.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="bench-exchange-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@dataclass(frozen=True)
class Measured:
    """All runs and their raw parts."""

    mix: Run
    one: Run
    paced: dict[str, Run]
    raw: Raw
    by_process: dict[str, float]


@contextmanager
def running(suite: str = SM2) -> Iterator[tuple[Town, dict[str, Stream]]]:
    """A town whose seals are of this suite, with its load, warm."""
    sizes = SMALL if os.environ.get("HUB_BENCH_SMALL") else SIZES  # noqa: TID251
    servers = Path(tempfile.mkdtemp(prefix="bench-servers-"))
    servers.chmod(0o755)
    try:
        with _root() as kept_root:
            root = kept_root / suite
            if not (root / "pki").exists():
                root.mkdir(exist_ok=True)
                make_keys(root, suite)
            streams = kept(root, sizes)
            with site(root, servers) as here:
                here.start_hub()
                town = Town(here)
                try:
                    town.run(streams["warm"])
                    yield town, streams
                finally:
                    town.close()
    finally:
        shutil.rmtree(servers, ignore_errors=True)


def measured() -> Measured:
    """Everything, on one site."""
    with running() as (town, streams):
        here = town.site
        before = here.hub_by_process()
        mix = town.run(streams["mix"])
        after = here.hub_by_process()
        one = town.run(streams["one"])
        paced = {name: town.run(streams[name], rate) for name, rate in RATES.items()}
        here.stop_hub()
        raw = raw_parts(here.root, here, streams["mix"])
    spent = {n: (after[n] - before.get(n, 0.0)) / mix.vouchers * 1e6 for n in after}
    return Measured(mix, one, paced, raw, spent)


def benches() -> list[Figure]:
    """The figures of one run."""
    of = measured()
    load = os.getloadavg()[0]
    told = " ".join(f"{name}={us:.0f}" for name, us in of.mix.cpu_us.items())
    inside = " ".join(f"{name}={us:.0f}" for name, us in of.by_process.items())
    where = f"{os.cpu_count()} cores, load {load:.0f}; {HUB_NODE}: 2 workers, 3 brokers, PostgreSQL"
    made = [
        _rate("exchange_sm2_per_s", of.mix, where),
        _rate("exchange_sm2_one_seal_per_s", of.one, where),
    ]
    made += [_delayed(name, run, where) for name, run in of.paced.items()]
    ratio = of.mix.sum_us / of.raw.sum_us
    made.append(
        Figure(
            "exchange_cpu_ratio", round(ratio, 3), "", CPU_RATIO, round(ratio / CPU_RATIO, 3),
            f"all processes {of.mix.sum_us:.0f} us ({told}); hub: {inside}; raw "
            f"{of.raw.sum_us:.0f} us: {of.raw}; {where}",
        )
    )  # fmt: skip
    return made


def p256() -> list[Figure]:
    """One seal a voucher, of the other suite."""
    with running(P256) as (town, streams):
        run = town.run(streams["one"])
    return [_rate("exchange_p256_one_seal_per_s", run, f"load {os.getloadavg()[0]:.0f}")]


def _rate(name: str, run: Run, where: str) -> Figure:
    cpus = " ".join(f"{part}={us:.0f}" for part, us in run.cpu_us.items())
    bound = 2e6 / run.sum_us
    return Figure(
        name, round(run.per_s, 1), "vouchers/s", AT_LEAST[name],
        round(run.per_s / AT_LEAST[name], 3),
        f"{run.vouchers} vouchers in {run.seconds:.1f} s; us CPU per voucher: {cpus}; "
        f"two cores to itself would give {bound:.0f}/s; {where}",
        at_least=True,
    )  # fmt: skip


def _delayed(name: str, run: Run, where: str) -> Figure:
    delays, most, rate = run.latency_ms, P99_MS[name], RATES[name]
    p99 = delays[int(len(delays) * 0.99)]
    cpus = " ".join(f"{part}={us:.0f}" for part, us in run.cpu_us.items())
    return Figure(
        f"exchange_p99_ms_at_{rate:.0f}", round(p99, 1), "ms", most, round(p99 / most, 3),
        f"{len(delays)} vouchers one by one at {rate:.0f}/s; p50 {statistics.median(delays):.1f} "
        f"max {delays[-1]:.1f}; us CPU per voucher: {cpus}; {where}",
    )  # fmt: skip


BENCHES: Final[dict[str, Bench]] = {
    "exchange": benches,
    "exchange_p256": p256,
}
