"""Whether a voucher costs the same in a store of a million as in one of ten thousand.

Both stores stand on the same database and are filled in bulk from a template (short octets: what
grows are rows and indexes). Then real ones of 11 KB are recorded, claimed, marked and closed in
both in turn, batch by batch, so that the machine's drift hits both alike. `growth_ratio_*` is the
CPU of client and server per voucher, large over small. `HUB_BENCH_SMALL=1`: a tenth of everything.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from adapters.store.making import create
from adapters.store.outbox_tables import OUTBOX_HISTORY
from adapters.store.store import SqlStore
from adapters.store.tables import DELIVERY, LAYER, MESSAGE, STATUS_EVENT
from hub.clock import Instant
from hub.exchange.model import OutboxRow
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres, binaries
from tests.bench.library import each, sealed, verified
from tests.bench.measure import Bench, Figure
from tests.bench.processes import server_cpu
from tests.bench.store import BATCH, PEERS, Batch, batches, folder, record, values
from tests.support.rows import a_closing

SMALL: Final = 10_000
LARGE: Final = 1_000_000
REAL: Final = 20_000
RATIO: Final = 1.1
TEMPLATE_BYTES: Final = 64
FILL: Final = 20
"""Batches in one filling transaction."""


def fill(store: SqlStore, count: int, source: Iterator[Batch]) -> None:
    """So many closed vouchers, in bulk."""
    for _ in range(0, count, BATCH * FILL):
        some = list(islice(source, FILL))
        rows_of = (  # made before: a transaction that stands still is ended by the server
            (MESSAGE, [pair for b in some for pair in b.octets.items()]),
            (LAYER, [values(row) for b in some for row in b.layers]),
            (DELIVERY, [values(row) for b in some for row in b.deliveries]),
            (OUTBOX_HISTORY, [row for b in some for row in _closed(b)]),
            (STATUS_EVENT, [row for b in some for row in _told(b)]),
        )
        with store.begin() as tx:
            for table, rows in rows_of:
                tx.session.add(table, rows)
            tx.commit()


def _closed(batch: Batch) -> Iterator[tuple[Any, ...]]:
    for n, hop in enumerate(batch.hops):
        yield (
            f"{hop.delivery_id} {hop.peer}", hop.peer, hop.receiver, 1, n, hop.message_digest,
            hop.body_bytes, None, "sent", 0, 1, "one", "i1", 0, False, "recorded", 0, 1,
        )  # fmt: skip


def _told(batch: Batch) -> Iterator[tuple[Any, ...]]:
    for row in batch.layers:
        yield (row.voucher_id, row.layer_id, "received", 0, row.party, "")


def through(store: SqlStore, batch: Batch) -> None:
    """A batch's whole way: recorded, looked up again, claimed, marked, closed."""
    record(store, batch)
    with store.read() as tx:
        tx.known_stacks([row.stack_digest for row in batch.layers])
        tx.status_of([row.voucher_id for row in batch.layers])
    with store.begin() as tx:
        until = Instant(tx.now + 60_000)
        rows: list[OutboxRow] = tx.claim_hops("w", until, BATCH, PEERS)
        tx.messages(batch.octets)
        tx.commit()
    keys = [(row.delivery_id, row.peer) for row in rows]
    with store.begin() as tx:
        tx.mark_sent("w", keys, ("one", "i1"), until)
        taken = tx.take_notices("w", until, BATCH)
        tx.commit()
    closings = [replace(a_closing(), delivery_id=r.delivery_id, peer=r.peer) for r in rows]
    with store.begin() as tx:
        tx.drop_notices([key for _, key, _ in taken])
        tx.close_hops({c: (r.message_digest,) for c, r in zip(closings, rows, strict=True)})
        tx.commit()


def filled(small: SqlStore, large: SqlStore, part: int) -> None:
    """Both in bulk."""
    fill(small, SMALL // part, batches(TEMPLATE_BYTES))
    fill(large, LARGE // part, batches(TEMPLATE_BYTES))


def compared(
    name: str, small: SqlStore, large: SqlStore, server: Callable[[], float], part: int
) -> Figure:
    """Send real ones through both in turn."""
    sources = {small: batches(first=SMALL), large: batches(first=LARGE)}
    store_us: dict[SqlStore, list[float]] = {small: [], large: []}
    whole_us: dict[SqlStore, list[float]] = {small: [], large: []}
    verified = verifying()
    rounds = REAL // part // BATCH
    for turn in range(rounds + 3):
        for store in (small, large) if turn % 2 else (large, small):
            batch = next(sources[store])
            start = time.process_time()
            verified(BATCH)
            checked = time.process_time() - start
            before = time.process_time() + server()
            through(store, batch)
            if turn >= 3:
                spent = time.process_time() + server() - before
                store_us[store].append(spent / BATCH * 1e6)
                whole_us[store].append((spent + checked) / BATCH * 1e6)
    few, many = (statistics.fmean(whole_us[store]) for store in (small, large))
    rows, grown = (statistics.fmean(store_us[store]) for store in (small, large))
    ratio = many / few
    return Figure(
        f"growth_ratio_{name}", round(ratio, 3), "", RATIO, round(ratio / RATIO, 3),
        f"{SMALL // part}: {few:.0f} us CPU per voucher, {LARGE // part}: {many:.0f} us, client "
        f"and server, verified, recorded, claimed, marked, closed; of that the store {rows:.0f} "
        f"and {grown:.0f} us ({grown / rows:.3f}); {rounds * BATCH} real ones on top of each, "
        f"in turn; load {os.getloadavg()[0]:.0f}",
    )  # fmt: skip


def verifying() -> Callable[[int], None]:
    """Verify so many vouchers of one signer, as the hub does, verdicts of seals warm."""
    made = sealed("sm2-sm3")
    one = each(made.vouchers, lambda voucher: verified(made.ground, voucher.octets))

    def some(count: int) -> None:
        for _ in range(count):
            one()

    return some


def benches() -> list[Figure]:
    """Both databases."""
    part = 10 if os.environ.get("HUB_BENCH_SMALL") else 1  # noqa: TID251
    made: list[Figure] = []
    with folder() as place:
        stores = [create(f"sqlite:///{place}/{n}.db", "00" * 8) for n in ("small", "large")]
        filled(stores[0], stores[1], part)
        made.append(compared("sqlite", stores[0], stores[1], lambda: 0.0, part))
        for store in stores:
            store.close()
        for path in Path(place).glob("*.db*"):
            path.unlink()
        if binaries() is None:
            return made
        with PrivatePostgres(place / "pg", free_port()) as server:
            for database in ("small", "large"):
                server.sql(f"CREATE DATABASE {database}")
            stores = [create(server.url(n), "00" * 8) for n in ("small", "large")]

            def spent() -> float:
                assert server.pid is not None
                return server_cpu(server.pid)

            filled(stores[0], stores[1], part)
            for database in ("small", "large"):  # what a bulk load leaves to do is not measured
                server.sql("VACUUM ANALYZE", database)
            server.sql("CHECKPOINT")
            made.append(compared("postgresql", stores[0], stores[1], spent, part))
            for store in stores:
                store.close()
    return made


BENCHES: Final[dict[str, Bench]] = {"growth": benches}
