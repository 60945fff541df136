"""An empty Celery task beside a voucher, on a broker of the same kind: `tests.bench celery`.

First the day's mix through a hub, as in `exchange`: two hops, seals verified, everything on record.
Then, with all that stopped, tasks that do nothing with an argument of a voucher's size: one hop,
two publishers and a worker of two processes at once. Celery promises what a hub's channel does
(quorum queue, each message confirmed, acknowledged when done) and nothing behind it.

- `celery_noop_per_s`: tasks a second; unconfirmed ones beside it.
- `exchange_over_celery`: vouchers of the mix a second over those tasks, same machine, same minutes.

Celery is no part of the hub: `pip install -r tests/bench/celery.txt` beside it, or this is skipped.
"""

import mmap
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from adapters.rabbit.topology import VHOST
from ops.deploy.ports import LOOPBACK
from ops.deploy.rabbitmq import PrivateBroker
from tests.bench.exchange import Run, running
from tests.bench.measure import Bench, Figure
from tests.bench.processes import cpu, family, server_cpu
from tests.bench.store import folder
from tests.support.rabbit import ADMIN, Brokers, programs

TASKS: Final = 6000
WARM: Final = 300
PUBLISHERS: Final = 2
POOL: Final = 2
QUEUE: Final = "noop"
SLOTS: Final = 4096
PATIENCE_SECONDS: Final = 120.0
SKIPPED: Final = "celery: skipped, not installed: pip install -r tests/bench/celery.txt\n"
_COUNT: Final = struct.Struct("<Q")


@dataclass(frozen=True)
class Done:
    """Tasks that went through."""

    count: int
    seconds: float
    cpu_us: dict[str, float]
    """Per task, by process."""

    @property
    def per_s(self) -> float:
        """Tasks a second."""
        return self.count / self.seconds


class Tally:
    """How many tasks have run: a file that each process of the pool counts in at its own place."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(SLOTS * _COUNT.size))
        with path.open("r+b") as file:
            self._counts = mmap.mmap(file.fileno(), 0)

    def add(self) -> None:
        """One more, of this process."""
        place = os.getpid() % SLOTS * _COUNT.size
        _COUNT.pack_into(self._counts, place, _COUNT.unpack_from(self._counts, place)[0] + 1)

    def total(self) -> int:
        """Of all processes."""
        return sum(count for (count,) in _COUNT.iter_unpack(self._counts))


def application(url: str, *, confirmed: bool, tally: Path) -> Any:
    """Celery's application with its one task."""
    app: Any = import_module("celery").Celery(
        QUEUE, broker=url, broker_transport_options={"confirm_publish": confirmed},
        task_default_queue=QUEUE, task_default_queue_type="quorum", task_acks_late=True,
        task_ignore_result=True, worker_hijack_root_logger=False,
    )  # fmt: skip
    counted = Tally(tally)

    @app.task(name=QUEUE)  # type: ignore[untyped-decorator]
    def noop(octets: str) -> None:  # noqa: ARG001 - carried, not used
        counted.add()

    return app


def work(url: str, tally: Path) -> None:
    """A worker, until it is told to end."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR")
    app = application(url, confirmed=True, tally=tally)
    app.worker_main(["--quiet", "worker", "--pool=prefork", f"--concurrency={POOL}", *quiet])


def publish(url: str, size: int, orders: Any, *, confirmed: bool, tally: Path) -> None:
    """Send as many as is asked for, as often as it is; none ends it."""
    app = application(url, confirmed=confirmed, tally=tally)
    octets = "x" * size
    while count := orders.recv():
        for _ in range(count):
            app.send_task(QUEUE, (octets,), retry=False)
        orders.send(count)


def through(broker: PrivateBroker, size: int, count: int, *, confirmed: bool = True) -> Done:
    """So many tasks of so many octets through one broker, all of them done."""
    url = f"amqp://{ADMIN}:{ADMIN}@{LOOPBACK}:{broker.port}/{VHOST}"
    with folder() as place:
        tally = Tally(place / "tally")
        with _processes(url, size, place / "tally", confirmed=confirmed) as (worker, publishers):
            _send(publishers, WARM, tally, WARM)
            before, begun = _cpu(broker, worker, publishers), time.monotonic()
            _send(publishers, count, tally, WARM + count)
            seconds = time.monotonic() - begun
            spent = _cpu(broker, worker, publishers)
    return Done(count, seconds, {n: (spent[n] - before[n]) / count * 1e6 for n in spent})


Publisher = tuple[Any, Any]
"""A process and the pipe to it."""


@contextmanager
def _processes(
    url: str, size: int, tally: Path, *, confirmed: bool
) -> Iterator[tuple[Any, list[Publisher]]]:
    context: Any = get_context("spawn")
    worker = context.Process(target=work, args=(url, tally))
    worker.start()
    publishers = []
    for _ in range(PUBLISHERS):
        ours, theirs = context.Pipe()
        named = {"confirmed": confirmed, "tally": tally}
        process = context.Process(target=publish, args=(url, size, theirs), kwargs=named)
        process.start()
        theirs.close()
        publishers.append((process, ours))
    try:
        yield worker, publishers
    finally:
        for process, orders in publishers:
            orders.send(0)
            process.join(20)
        worker.terminate()  # in order
        worker.join(20)
        for process in (worker, *(process for process, _ in publishers)):
            process.kill()  # one that did not end
            process.join()


def _send(publishers: list[Publisher], count: int, tally: Tally, until: int) -> None:
    """Each publisher its share; then wait until all are done."""
    for _, orders in publishers:
        orders.send(count // PUBLISHERS)
    for _, orders in publishers:
        orders.recv()
    end = time.monotonic() + PATIENCE_SECONDS
    while tally.total() < until:
        assert time.monotonic() < end, f"{tally.total()} of {until} tasks were done"
        time.sleep(0.002)


def _cpu(broker: PrivateBroker, worker: Any, publishers: list[Publisher]) -> dict[str, float]:
    assert broker.pid is not None
    return {
        "publishers": cpu(process.pid for process, _ in publishers),
        "broker": server_cpu(broker.pid),
        "worker": cpu(family(worker.pid)),
    }


def benches(find: Callable[[str], object] = find_spec) -> list[Figure]:
    """The hub's mix, then Celery's nothing."""
    if not programs().installed or find("celery") is None:
        sys.stderr.write(SKIPPED)
        return []
    with running() as (town, streams):
        mix = streams["mix"]
        run, one = town.run(mix), town.run(streams["one"])
    brokers = Brokers()
    try:
        [broker] = brokers.new()
        size = mix.octets // mix.vouchers
        done = through(broker, size, TASKS)
        loose = through(broker, size, TASKS, confirmed=False)
    finally:
        brokers.end()
    return figures((run, one), done, loose, size)


def figures(runs: tuple[Run, Run], done: Done, loose: Done, size: int) -> list[Figure]:
    """The mix and one seal a voucher, beside the tasks."""
    run, one = runs
    told = " ".join(f"{name}={us:.0f}" for name, us in done.cpu_us.items())
    hub = " ".join(f"{name}={us:.0f}" for name, us in run.cpu_us.items())
    where = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"
    over = run.per_s / done.per_s
    return [
        Figure(
            "celery_noop_per_s", round(done.per_s, 1), "tasks/s", None, None,
            f"{done.count} tasks of {size} octets in {done.seconds:.1f} s, one hop, quorum queue, "
            f"confirmed, acknowledged late, {PUBLISHERS} publishers, {POOL} processes; us CPU per "
            f"task: {told}; {where}",
            also={
                "cpu_us": round(sum(done.cpu_us.values())),
                "unconfirmed_per_s": round(loose.per_s, 1),
                "unconfirmed_cpu_us": round(sum(loose.cpu_us.values())),
            },
        ),
        Figure(
            "exchange_over_celery", round(over, 2), "", None, None,
            f"{run.vouchers} vouchers of the day's mix at {run.per_s:.0f}/s over tasks that do "
            f"nothing at {done.per_s:.0f}/s; us CPU per voucher: {hub}; {where}",
            also={
                "cpu_over_celery": round(run.sum_us / sum(done.cpu_us.values()), 2),
                "one_seal_per_s": round(one.per_s, 1),
                "one_seal_over_celery": round(one.per_s / done.per_s, 2),
            },
        ),
    ]  # fmt: skip


BENCHES: Final[dict[str, Bench]] = {"celery": benches}
