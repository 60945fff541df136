"""A campaign: one site that stays up, steady load, one fault after the other, then the books."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Final

from ops.clock import SystemClock
from ops.demo.town import HUB_NODE, town
from ops.demo.watch import Watch
from tests.support.campaign import cycle
from tests.support.campaign.books import Books, compare
from tests.support.campaign.cycle import Cycle
from tests.support.campaign.faults import Fault
from tests.support.campaign.flow import Flow
from tests.support.campaign.ground import CampaignSite, Ground

RATE: Final = 10.0
MOST: Final = 20_000
"""Payments asked for; some 12,000 of them are of the kind issued: 20 minutes at the rate."""
BEGIN_SECONDS: Final = 120.0
TAIL_SECONDS: Final = 300.0


class Campaign:
    """A running site under load."""

    def __init__(self, site: CampaignSite, flow: Flow, watch: Watch, journal: Path) -> None:
        self.site = site
        self.flow = flow
        self._watch = watch
        self.journal = journal

    def cycle(self, fault: Fault, seed: int) -> Cycle:
        """Break and mend one thing."""
        return cycle.run(self.site, self.flow, fault, seed)

    def finish(self) -> Books:
        """Issue no more, wait for the tail, compare everything.

        Raises:
            TargetDown: `demo_stalled`: something never ends; what it is, is said.
        """
        self.flow.pause()
        watch, flow = self._watch, self.flow
        cycle.through(flow, time.monotonic(), "tail", TAIL_SECONDS)
        watch.until("answers", TAIL_SECONDS, lambda: watch.answered() >= flow.rows, lambda: None)
        watch.quiet("rest", TAIL_SECONDS, lambda: None)
        return compare(self.site, flow, watch, self.journal)


@contextmanager
def campaign(
    seed: int, rate: float = RATE, keep: Path | None = None, logs: Path | None = None
) -> Iterator[Campaign]:
    """Start everything, wait for the first payment to get through; end everything afterwards.

    `keep`: where the folder is copied to when something fails; `logs`: where the nodes' logs are
    copied to in any case.
    """
    root = Path(tempfile.mkdtemp(prefix="campaign-")).resolve()
    nodes = town().nodes
    clock = SystemClock()
    site = CampaignSite(root, town(), Ground(root, nodes))
    try:
        site.make(clock)
        with closing(Watch(site, clock, time.sleep)) as watch:
            for node in nodes:
                site.start(node)
            site.start(HUB_NODE, "b")
            journal = root / "issued"
            with Flow(site, rate, seed, MOST, journal) as flow:
                watch.until("flow", BEGIN_SECONDS, lambda: flow.begun, lambda: None)
                cycle.through(flow, time.monotonic(), "begin", BEGIN_SECONDS)
                flow.go()
                yield Campaign(site, flow, watch, journal)
    except BaseException:
        if keep is not None:
            shutil.copytree(root, keep, ignore=shutil.ignore_patterns("run"), dirs_exist_ok=True)
        raise
    finally:
        try:
            site.end()
            if logs is not None:
                shutil.copytree(root, logs / str(seed), ignore=_but_logs, dirs_exist_ok=True)
        finally:
            shutil.rmtree(root, ignore_errors=True)


def _but_logs(folder: str, names: list[str]) -> set[str]:
    """What is not copied: a node's log lies in the node's folder."""
    whole = (Path(folder) / name for name in names)
    return {path.name for path in whole if not (path.is_dir() or path.name.startswith("log-"))}


def chosen(faults: Sequence[Fault], count: int, seed: int) -> Iterator[tuple[Fault, int]]:
    """So many cycles from this seed on: each class in turn, in an order the seed has shuffled."""
    for number in range(seed, seed + count):
        turn, place = divmod(number, len(faults))
        order = list(faults)
        Random(turn).shuffle(order)
        yield order[place], number


Tell = Callable[[Cycle], None]
