"""An idle node on embedded channels and SQLite: memory and CPU of all its processes.

`idle_node_pss_mb`: proportional set size of keeper, dispatcher and worker, from smaps_rollup.
`idle_node_cpu_percent`: of one core, over half a minute, after it has settled.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hub.parties import NodeId
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import HUB_NODE, town
from tests.bench.measure import Bench, Figure
from tests.bench.processes import cpu, family, pss_mb

NODES: Final = (NodeId("icbc"), HUB_NODE)
ORDER: Final = ("keeper", "dispatcher", "worker")
PSS_MB: Final = 200.0
CPU_PERCENT: Final = 2.0
SETTLE_SECONDS: Final = 8.0
SECONDS: Final = 30.0


@contextmanager
def running(node: NodeId) -> Iterator[int]:
    """The keeper's process id of a fresh node, settled."""
    root = Path(tempfile.mkdtemp(prefix="bench-idle-"))
    here = Site(root, town(), Embedded(root))  # holds nothing until it is made
    try:
        here.make(SystemClock())
        here.start(node)
        pid = here.processes[f"{node}-a"].pid
        _settle(pid)
        yield pid
    finally:
        here.stop()
        shutil.rmtree(root, ignore_errors=True)


def _settle(pid: int) -> None:
    """Until all processes are there and none has worked for a while."""
    end = time.monotonic() + 120
    while True:
        assert time.monotonic() < end, "the node does not come to rest"
        before = cpu(family(pid))
        time.sleep(SETTLE_SECONDS)
        spent = cpu(family(pid)) - before
        if len(family(pid)) == len(ORDER) and spent < 0.1 * SETTLE_SECONDS:
            return


def benches() -> list[Figure]:
    """A bank's node, and beside it the hub's; the limits hold for either."""
    made = []
    for node in NODES:
        with running(node) as pid:
            pids = family(pid)
            before = {p: cpu([p]) for p in pids}
            started = time.monotonic()
            time.sleep(SECONDS)
            seconds = time.monotonic() - started
            shares = {p: (cpu([p]) - before[p]) / seconds * 100 for p in pids}
            sizes = {p: pss_mb(p) for p in pids}
        load = f"{node}; embedded channels, SQLite, 1 worker; load {os.getloadavg()[0]:.0f}"
        for what, unit, most, values in (
            ("pss_mb", "MB", PSS_MB, sizes),
            ("cpu_percent", "% of a core", CPU_PERCENT, shares),
        ):
            whole = sum(values.values())
            each = " ".join(f"{p}={v:.2f}" for p, v in zip(ORDER, values.values(), strict=True))
            figure = Figure(
                f"idle_node_{what}_{node}", round(whole, 2), unit, most, round(whole / most, 3),
                f"{each}; {load}",
            )  # fmt: skip
            made.append(figure)
    return made


BENCHES: Final[dict[str, Bench]] = {"idle": benches}
