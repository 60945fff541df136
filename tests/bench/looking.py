"""Whether status, metrics and alarms look at a store of a million as fast as at a new one.

A store is filled in bulk from templates: a million finished money rows, tasks and movements over a
hundred days, a fifth of that in totals of the hub, and a thousand vouchers that wait. Then
everything that `hubctl status` and a scrape of `/metrics` read is timed, and beside it, for what it
was before, the sums over all rows. `HUB_BENCH_SMALL=1`: a tenth of everything.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any, Final

from adapters.store.desk_tables import INTENT, LINE, TASK, TOTAL
from adapters.store.making import create
from adapters.store.store import SqlStore
from hub.clearing.model import Line, LineState
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres, binaries
from ops.look.moves import moves
from ops.store_view import view
from tests.bench.measure import Bench, Figure
from tests.bench.store import folder
from tests.support.lines import a_line
from tests.support.rows import AT, a_hop

ROWS: Final = 1_000_000
WAITING: Final = 1_000
CHUNK: Final = 20_000
LIMIT_MS: Final = 100.0
TIMES: Final = 9
PARTY: Final = a_line().party
DAY: Final = "20260505"


def fill(store: SqlStore, part: int) -> None:
    """Finished ones in bulk, then some that wait."""
    rows, waiting = ROWS // part, WAITING // part
    names = [field.name for field in fields(Line)]

    def line(n: int) -> tuple[Any, ...]:
        state = LineState.NEW if n < waiting else LineState.CLEARED
        one = replace(a_line(number=f"{n:09d}"), state=state, day=_day(n))
        return tuple(_plain(getattr(one, name)) for name in names)

    def task(n: int) -> tuple[Any, ...]:
        state = "due" if n < waiting else "done"
        name = f"town/370100/2026/5201/011.3701/{n:09d}"
        ids = (f"pay:{PARTY}:{name}", PARTY, "pay", name, b"", state)
        return (*ids, AT, AT + n, _day(n), 1, 0, "", "", "", "", AT)

    def intent(n: int) -> tuple[Any, ...]:
        state = "open" if n < waiting else "done"
        return (f"{n:064x}", PARTY, f"v{n}", 1, 100, state, AT, AT, "", "", _day(n))

    def total(n: int) -> tuple[Any, ...]:
        return (_day(n), "370100", PARTY, "5201", "original", 25, 2_500)

    for table, made, many in (
        (LINE, line, rows), (TASK, task, rows), (INTENT, intent, rows), (TOTAL, total, rows // 5),
    ):  # fmt: skip
        source = map(made, range(many))
        for some in _chunks(source):
            with store.begin() as tx:
                tx.session.add(table, some)
                tx.commit()
    with store.begin() as tx:
        tx.add_hops([a_hop(str(n)) for n in range(waiting)])
        tx.commit()


def _day(n: int) -> str:
    return f"2026{1 + n // 10 % 10:02d}{1 + n % 10:02d}"


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, LineState) else str(value) if _key(value) else value


def _key(value: object) -> bool:
    return not isinstance(value, str | int)


def _chunks(source: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while some := list(islice(source, CHUNK)):
        yield some


def timed(act: Callable[[], object]) -> float:
    """Median milliseconds on the wall."""
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        act()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent[1:])


def read(store: SqlStore, *acts: Callable[[Any], object]) -> Callable[[], None]:
    """One read view with these in it."""

    def run() -> None:
        with store.read() as tx:
            for act in acts:
                act(tx)

    return run


def compared(name: str, store: SqlStore, part: int) -> list[Figure]:
    """What is read now, and what was."""
    looks: Sequence[tuple[str, Callable[[], object]]] = (
        ("scrape", lambda: view(store)),
        (
            "status",
            read(
                store,
                lambda tx: tx.unfinished_counts(),
                lambda tx: tx.line_counts_on(PARTY, DAY),
                lambda tx: tx.totals_on(DAY),
                lambda tx: tx.hop_groups(),
                lambda tx: tx.task_groups(),
                lambda tx: moves(tx, 10),
            ),
        ),
    )
    before = timed(read(store, lambda tx: tx.line_totals(), lambda tx: tx.totals()))
    made = []
    for what, act in looks:
        ms = timed(act)
        made.append(
            Figure(
                f"looking_{what}_ms_{name}", round(ms, 1), "ms", LIMIT_MS, round(ms / LIMIT_MS, 3),
                f"{ROWS // part} finished lines, tasks and intents each, {ROWS // part // 5} "
                f"totals, {WAITING // part} of each waiting; sums over all rows: {before:.0f} ms; "
                f"load {os.getloadavg()[0]:.0f}",
            )
        )  # fmt: skip
    return made


def benches() -> list[Figure]:
    """Both databases."""
    part = 10 if os.environ.get("HUB_BENCH_SMALL") else 1  # noqa: TID251
    made = []
    with folder() as place:
        store = create(f"sqlite:///{place}/looking.db", "00" * 8)
        fill(store, part)
        made += compared("sqlite", store, part)
        store.close()
        for path in place.glob("looking.db*"):
            path.unlink()
        if binaries() is None:
            return made
        with PrivatePostgres(place / "pg", free_port()) as server:
            server.sql("CREATE DATABASE looking")
            store = create(server.url("looking"), "00" * 8)
            fill(store, part)
            server.sql("VACUUM ANALYZE", "looking")
            made += compared("postgresql", store, part)
            store.close()
    return made


BENCHES: Final[dict[str, Bench]] = {"looking": benches}
