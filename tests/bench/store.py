"""Recorded vouchers per second, beside the bare rows: `python -m tests.bench.store [SECONDS]`.

One recording transaction is a batch of 100 vouchers of 11 KB: layers and deliveries looked up,
octets, layers, deliveries, outbox rows with sequence numbers, notices, journal, commit. *Bare* is
the same rows of the same tables without any rule: binary COPY, or executemany. Prints JSON lines.
"""

import hashlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from adapters.store.making import create
from adapters.store.outbox_tables import OUTBOX
from adapters.store.store import SqlStore
from adapters.store.tables import DELIVERY, JOURNAL, LAYER, MESSAGE, NOTICE
from hub.exchange.model import DeliveryRow, Hop, LayerRow, NoticeEntry
from hub.journal import GENESIS, Lane
from hub.parties import NodeId
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres, binaries
from tests.support.rows import (
    a_closing,
    a_delivery,
    a_hop,
    a_layer,
    a_notice,
    delivery_id,
)

BATCH = 100
MESSAGE_BYTES = 11_300
LANE = str(Lane("00" * 8, "m", "0", "1"))
PEERS = [NodeId(f"bank-{n}") for n in range(5)]


@dataclass(frozen=True)
class Batch:
    """Vouchers as they stand before the transaction: verified and turned into rows."""

    numbers: list[str]
    octets: dict[bytes, bytes]
    layers: list[LayerRow]
    deliveries: list[DeliveryRow]
    hops: list[Hop]
    notices: list[NoticeEntry]
    journal: bytes


def batches(octets_each: int = MESSAGE_BYTES, first: int = 0) -> Iterator[Batch]:
    """Ready batches without end; making them is not measured."""
    source = random.Random(first + 1)
    for start in count(first, BATCH):
        numbers = [f"{start + k:012d}" for k in range(BATCH)]
        made = [source.randbytes(octets_each) for _ in numbers]
        octets = {hashlib.sha256(one).digest(): one for one in made}
        named = zip(numbers, octets, strict=True)
        yield Batch(
            numbers,
            octets,
            [replace(a_layer(n), message_digest=digest) for n, digest in named],
            [a_delivery(n) for n in numbers],
            [a_hop(n, PEERS[k % len(PEERS)]) for k, n in enumerate(numbers)],
            [a_notice(n) for n in numbers],
            "\n".join(map(delivery_id, numbers)).encode(),
        )


def record(store: SqlStore, batch: Batch) -> None:
    """One recording transaction."""
    with store.begin() as tx:
        tx.layers([row.layer_id for row in batch.layers])
        tx.deliveries([row.delivery_id for row in batch.deliveries])
        tx.add_messages(batch.octets)
        tx.add_layers(batch.layers)
        tx.add_deliveries(batch.deliveries)
        tx.add_hops(batch.hops)
        tx.add_notices(PEERS[0], batch.notices)
        tx.append_journal(LANE, batch.journal)
        tx.commit()


def bare(store: SqlStore, batch: Batch) -> None:
    """The same rows, by the driver's bulk form alone."""
    hops = [
        (f"{hop.delivery_id} {hop.peer}", hop.peer, hop.receiver, 1, k, hop.message_digest,
         hop.body_bytes, None, "due", 0, 0, "", "", 0, False, "")
        for k, hop in enumerate(batch.hops)
    ]  # fmt: skip
    with store.begin() as tx:
        for table, rows in (
            (MESSAGE, list(batch.octets.items())),
            (LAYER, list(map(values, batch.layers))),
            (DELIVERY, list(map(values, batch.deliveries))),
            (OUTBOX, hops),
            (NOTICE, [(PEERS[0], *values(notice), 0) for notice in batch.notices]),
            (JOURNAL, [(batch.numbers[0], 1, 0, batch.journal, GENESIS)]),
        ):
            tx.session.add(table, rows)
        tx.commit()


def values(row: Any) -> tuple[Any, ...]:
    """A row's values in the order of its fields."""
    return tuple(getattr(row, name) for name in row.__dataclass_fields__)


def measure(
    name: str, seconds: float, work: Callable[[Batch], None], source: Iterator[Batch]
) -> None:
    """Repeat on fresh batches for some seconds; print rate and client CPU."""
    work(next(source))
    spent = cpu = 0.0
    done = 0
    while spent < seconds:
        batch = next(source)
        wall, own = time.perf_counter(), time.process_time()
        work(batch)
        spent += time.perf_counter() - wall
        cpu += time.process_time() - own
        done += BATCH
    report(name, done, spent, cpu)


def report(name: str, done: int, spent: float, cpu: float) -> None:
    """One JSON line."""
    line = {
        "bench": name,
        "vouchers_per_second": round(done / spent),
        "us_per_voucher": round(spent / done * 1e6, 1),
        "client_cpu_us_per_voucher": round(cpu / done * 1e6, 1),
        "count": done,
    }
    sys.stdout.write(json.dumps(line) + "\n")


def dispatch(store: SqlStore, name: str) -> None:
    """Claim, mark and close what was recorded, 500 rows at a time."""
    spent = cpu = 0.0
    done = 0
    while True:
        wall, own = time.perf_counter(), time.process_time()
        with store.begin() as tx:
            until = type(tx.now)(tx.now + 60_000)
            rows = tx.claim_hops("w", until, 500, PEERS)
            tx.commit()
        keys = [(row.delivery_id, row.peer) for row in rows]
        with store.begin() as tx:
            tx.mark_sent("w", keys, ("one", "i1"), until)
            tx.commit()
        closings = [replace(a_closing(), delivery_id=r.delivery_id, peer=r.peer) for r in rows]
        named = {c: (row.message_digest,) for c, row in zip(closings, rows, strict=True)}
        with store.begin() as tx:
            tx.close_hops(named)
            tx.commit()
        if not rows:
            break
        spent += time.perf_counter() - wall
        cpu += time.process_time() - own
        done += len(rows)
    report(f"{name} claim, mark, close", done, spent, cpu)


def bench(name: str, url: str, seconds: float) -> None:
    """Everything on one database."""
    store = create(url, "00" * 8)
    source = batches()
    for turn in ("1", "2"):
        measure(f"{name} recorded #{turn}", seconds, lambda b: record(store, b), source)
        measure(f"{name} bare #{turn}", seconds, lambda b: bare(store, b), source)
    dispatch(store, name)
    store.close()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that another account may enter."""
    made = Path(tempfile.mkdtemp(prefix="bench-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def main(seconds: float) -> None:
    """Both databases, as durable as in production."""
    with folder() as place:
        bench("sqlite", f"sqlite:///{place}/hub.db", seconds)
        if binaries() is None:
            return
        with PrivatePostgres(place / "pg", free_port()) as server:
            server.sql("CREATE DATABASE hub_bench")
            bench("postgresql", server.url("hub_bench"), seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
