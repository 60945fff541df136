"""The comparison at the end: the client's journal, all stores, the cores' own books.

The journal says what was acknowledged. Each of it must be on record at the hub and at its bank, and
have its answer at the bureau; what the stores say was paid must have moved in the cores' books,
once; nothing may wait or be parked anywhere, and nothing may have been refused or be a dead letter:
all of it was good.
"""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from hub.desks.elements import PAYMENTS
from ops.demo.report import CAME_BACK
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.demo.watch import Watch
from ops.drill.load import acknowledged
from ops.wiring import open_core_book
from tests.support.campaign.flow import Flow
from tests.support.campaign.ground import CampaignSite, ground_of

SETTLED = {"paid", "summed", "cleared", *CAME_BACK}
TASKS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Books:
    """What was found."""

    acknowledged: int
    on_record: int
    lost: int
    doubled: int
    parked: int
    waiting: int
    refused: int
    dead_letters: int

    @property
    def good(self) -> bool:
        """Nothing lost, doubled, parked, waiting, refused or dead."""
        told = asdict(self)
        return not any(n for name, n in told.items() if name not in {"acknowledged", "on_record"})


def compare(site: CampaignSite, flow: Flow, watch: Watch, journal: Path) -> Books:
    """Look, when the tail is over."""
    issued = sorted(acknowledged([journal]))
    at_hub = set(watch.read(HUB_NODE, lambda tx: tx.layers(issued)))
    short, over = _moved(site, flow, watch)
    nodes = site.town.nodes
    parked = sum(
        task.state == "parked"
        for node in nodes
        for task in watch.read(node, lambda tx: tx.open_tasks(TASKS_MAX))
    )
    unanswered = max(0, flow.rows - watch.answered())
    return Books(
        acknowledged=len(issued),
        on_record=len(at_hub),
        lost=len(issued) - len(at_hub) + _not_at_banks(site, flow, watch) + short + unanswered,
        doubled=over + _answered_twice(site),
        parked=parked,
        waiting=sum(watch.waiting().values()),
        refused=sum(_count(site, node, "refusal") for node in nodes),
        dead_letters=sum(_count(site, node, "dead_letter") for node in nodes),
    )


def _not_at_banks(site: CampaignSite, flow: Flow, watch: Watch) -> int:
    missing = 0
    for bank in site.town.bank_nodes.values():
        names = sorted(name for name, p in flow.passages.items() if p.bank == bank)
        missing += len(names) - len(watch.read(bank, lambda tx, n=names: tx.layers(n)))  # type: ignore[misc]
    return missing


def _moved(site: CampaignSite, flow: Flow, watch: Watch) -> tuple[int, int]:
    """How often a core's book has moved less, or more, than its bank's store says was paid."""
    short = over = 0
    for bank in site.town.bank_nodes.values():
        totals = watch.read(bank, lambda tx: tx.line_totals())
        paid = sum(
            total.amount_fen
            for (_, _, kind, state), total in totals.items()
            if kind in PAYMENTS and state in SETTLED
        )
        book = open_core_book(site.core(bank))
        moved = book.moved_fen((flow.day,))
        short += moved < paid
        over += (moved > paid) + len(book.doubled()) + bool(book.balance_fen())
    return short, over


def _answered_twice(site: CampaignSite) -> int:
    """Originals at the bureau that have more than one answer."""
    path = site.root / BUREAU_NODE / "store.sqlite"
    with closing(sqlite3.connect(path)) as store:
        rows = store.execute(
            "SELECT voucher_id FROM layer WHERE layer IN ('receipt', 'return')"
        ).fetchall()
    return sum(times > 1 for times in Counter(rows).values())


def _count(site: CampaignSite, node: str, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"  # noqa: S608 - our own words
    if node == HUB_NODE:
        return int(ground_of(site).databases.server.sql(query, f"node-{node}"))
    with closing(sqlite3.connect(site.root / node / "store.sqlite")) as store:
        return int(store.execute(query).fetchone()[0])
