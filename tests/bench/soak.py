"""Many vouchers through the hub, for as long as it takes: `python -m tests.bench.soak [COUNT]`.

The exchange bench's site and traffic: three brokers, one hub on PostgreSQL, real SM2 seals, an
original of three seals in turn with the receipt of an earlier one. Load is sealed in portions while
the hub rests. A JSON line a portion on standard output, then the figures with their limits;
progress on standard error; exit code 1 when a figure does not keep its limit:

- `soak_lost`, `soak_doubled`: of all sent, what the parties got not at all, or more than once, and
  what the hub's own books hold too little or too much;
- `soak_sm2_per_s`: the day's mix through the hub, all portions together, each from the first packet
  sent to the last voucher received: with 300,000 vouchers and more, what it carries over minutes;
- `soak_cost_ratio`: CPU of hub, brokers and PostgreSQL per voucher, last third over first;
- `soak_memory_ratio`: of each process the least own memory it had during a portion, looked at
  every second; the median of the last third's portions over that of the first; the worst process.
  Its conditions tell every process's, and the growth in MB per 100,000 vouchers. Portion 0 warms up
  and counts nowhere.

A broker keeps its newest messages' log in memory until a file of it is full, at 512 MB: some 40,000
vouchers. A soak whose thirds are shorter tells nothing about the brokers' memory.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.bench.exchange import Run, Town
from tests.bench.load import Parcel, sealed, write_stream
from tests.bench.measure import Figure
from tests.bench.processes import family, own_mb, words
from tests.bench.site import Site, make_keys, site

COUNT: Final = 1_000_000
PORTION: Final = 5_000
PORTIONS_MIN: Final = 8
"""Of a small count: thirds of two and more."""
RATIO: Final = 1.1
PER_S: Final = 1000.0
SEALERS: Final = 2
HUB: Final = ("hub", "broker", "postgres")
LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Portion:
    """One portion that went through."""

    run: Run
    own_mb: dict[str, float]
    """Of each process, the least since the portion before had gone through."""

    @property
    def cost_us(self) -> float:
        """CPU of what belongs to the hub, per voucher."""
        return sum(self.run.cpu_us[name] for name in HUB)


class Watch:
    """The least own memory of each process, looked at every second on a thread."""

    def __init__(self, look: Callable[[], dict[str, float]]) -> None:
        self._memory = look
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._least: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def taken(self) -> dict[str, float]:
        """The least since this was last asked, now included."""
        self._look()
        with self._lock:
            found, self._least = self._least, {}
        return found

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        now = self._memory()
        with self._lock:
            self._least = {name: min(mb, self._least.get(name, mb)) for name, mb in now.items()}


class Load:
    """Sealed portion by portion, the next receipts always for originals the hub has on record."""

    def __init__(self, root: Path, size: int, pool: Executor) -> None:
        self._root = root
        self._pairs = size // 2
        self._pool = pool
        self._next = 0
        self._receipts: list[Parcel] = []

    def portion(self) -> list[Parcel]:
        """The next originals, each followed by a receipt of the portion before."""
        share = -(-self._pairs // SEALERS)
        starts = range(self._next, self._next + self._pairs, share)
        end = self._next = self._next + self._pairs
        parts = [(self._root, n, min(share, end - n), "mix") for n in starts]
        made = list(self._pool.map(sealed, parts))
        originals = list(chain.from_iterable(first for first, _ in made))
        earlier, self._receipts = self._receipts, [r for _, second in made for r in second]
        pairs = zip(originals, earlier, strict=True) if earlier else ((one,) for one in originals)
        return list(chain.from_iterable(pairs))


def soak(count: int) -> list[Figure]:
    """Send so many, tell each portion, and judge."""
    size = max(min(PORTION, count // PORTIONS_MIN) // 2 * 2, 2 * SEALERS)
    done: list[Portion] = []
    sent = 0
    with (
        _town() as (town, root),
        ProcessPoolExecutor(SEALERS, get_context("spawn")) as pool,
        closing(Watch(partial(_memory, town.site))) as watch,
    ):
        load = Load(root, size, pool)
        while sent < count + size // 2:  # the warming portion is half a one
            stream = write_stream(root / "portion", load.portion(), 2.5)
            run = town.through(stream)
            done.append(Portion(run, watch.taken()))
            sent += run.vouchers
            _tell(len(done) - 1, sent, count, done[-1])
        books = _books(town.site)
    return figures(done, sent, books)


@contextmanager
def _town() -> Iterator[tuple[Town, Path]]:
    with ExitStack() as stack:
        servers = Path(tempfile.mkdtemp(prefix="soak-servers-"))
        stack.callback(shutil.rmtree, servers, ignore_errors=True)
        servers.chmod(0o755)
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        make_keys(root)
        here = stack.enter_context(site(root, servers))
        here.start_hub()
        town = Town(here)
        stack.callback(town.close)
        yield town, root


def _memory(here: Site) -> dict[str, float]:
    """Own memory by process; PostgreSQL's together."""
    assert here.hub is not None
    assert here.postgres.pid is not None
    found = {}
    for pid in family(here.hub.pid):
        said = words(pid)
        found[" ".join([said[3], *said[5:6]]).strip()] = own_mb([pid])
    for name, broker in zip(here.ports, here.brokers, strict=True):
        assert broker.pid is not None
        found[name] = own_mb([broker.pid])
    return {**found, "postgres": own_mb(family(here.postgres.pid))}


def _books(here: Site) -> tuple[int, int]:
    """Vouchers' layers the hub has on record, and rows it has closed."""
    layers = here.postgres.sql("SELECT count(*) FROM layer", "hub")
    closed = here.postgres.sql("SELECT count(*) FROM outbox_history", "hub")
    return int(layers), int(closed)


def _tell(number: int, sent: int, count: int, portion: Portion) -> None:
    run = portion.run
    line = {
        "portion": number, "vouchers": run.vouchers, "sent": sent, "lost": run.lost,
        "doubled": run.doubled, "per_s": round(run.per_s, 1),
        "cpu_us": {name: round(us) for name, us in run.cpu_us.items()},
        "own_mb": {name: round(mb, 1) for name, mb in portion.own_mb.items()},
        "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    sys.stderr.write(f"{sent} of {count}: {run.per_s:.0f}/s, {portion.cost_us:.0f} us each\n")


def figures(done: Sequence[Portion], sent: int, books: tuple[int, int]) -> list[Figure]:
    """What portions came to; `books`: layers on record and rows closed, of all that were sent."""
    lost = sum(p.run.lost for p in done) + sum(max(sent - book, 0) for book in books)
    doubled = sum(p.run.doubled for p in done) + sum(max(book - sent, 0) for book in books)
    third = max(1, (len(done) - 1) // 3)
    first, last = done[1 : 1 + third], done[-third:]
    costs = [statistics.median(p.cost_us for p in some) for some in (first, last)]
    between = sum(p.run.vouchers for p in done[1:]) * (1 - third / (len(done) - 1))
    least = {
        name: [statistics.median(p.own_mb[name] for p in some) for some in (first, last)]
        for name in done[0].own_mb
    }
    worst = max(least, key=lambda name: least[name][1] / least[name][0])
    growth = least[worst][1] / least[worst][0]
    memory = " ".join(
        f"{name} {a:.0f}→{b:.0f} ({(b - a) / max(between, 1) * 1e5:+.2f})"
        for name, (a, b) in least.items()
    )
    counted = [p.run for p in done[1:]]
    seconds = sum(run.seconds for run in counted)
    rate = round(sum(run.vouchers for run in counted) / seconds, 1)
    said = (
        f"{sent} vouchers in {len(done)} portions, {seconds:.0f} s of them; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"
    )
    where = f"on record {books[0]}, closed {books[1]} of {sent}; {said}"
    return [
        Figure("soak_lost", lost, "vouchers", 0, None, where),
        Figure("soak_doubled", doubled, "vouchers", 0, None, where),
        Figure(
            "soak_sm2_per_s", rate, "vouchers/s", PER_S, round(rate / PER_S, 3), said, at_least=True
        ),
        _ratio("soak_cost_ratio", costs, f"us CPU each: {costs[0]:.0f}→{costs[1]:.0f}; {said}"),
        _ratio(
            "soak_memory_ratio", [1.0, growth], f"worst {worst}; MB (per 100,000): {memory}; {said}"
        ),
    ]


def _ratio(name: str, pair: Sequence[float], conditions: str) -> Figure:
    value = round(pair[1] / pair[0], 3)
    return Figure(name, value, "", RATIO, round(value / RATIO, 3), conditions)


def main(arguments: Sequence[str]) -> int:
    """How many; 0 when every figure keeps its limit."""
    figures = soak(int(arguments[0]) if arguments else COUNT)
    for figure in figures:
        sys.stdout.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
