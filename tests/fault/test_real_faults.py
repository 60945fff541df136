"""One cycle of each quickly mended fault on a loaded site of real servers.

What is lost or doubled is judged here; how long it took is judged by `make campaign`, which runs
alone: beside other tests the time says nothing. Where a fault holds for LONG seconds, vouchers must
have met it. Afterwards the books are falsified, so that the comparison is seen to notice.
"""

import sqlite3
from contextlib import closing
from dataclasses import asdict, replace

import pytest

from tests.support.campaign.faults import BY_NAME
from tests.support.campaign.site import Campaign, campaign
from tests.support.postgres import require_postgres
from tests.support.rabbit import require_rabbit

LONG = 2.0
QUICK = (
    "line_reset",
    "worker_killed",
    "line_half_open",
    "postgres_killed",
    "party_disk_full",
    "keeper_killed",
    "clock_offset",
    "broker_frozen",
)


def falsify(here: Campaign) -> None:
    """One voucher that no store has, a payment that no core has made, and one made twice."""
    with here.journal.open("a") as journal:
        journal.write(f"{next(iter(here.flow.passages))}-never 0.0\n")
    first, second = here.site.town.bank_nodes.values()
    with closing(sqlite3.connect(here.site.core(first), isolation_level=None)) as book:
        book.execute(
            "DELETE FROM known WHERE key = (SELECT min(key) FROM known WHERE fate = 'moved')"
        )
    with closing(sqlite3.connect(here.site.core(second), isolation_level=None)) as book:
        book.execute(
            "INSERT INTO entry (movement, account, amount_fen) SELECT movement, account, amount_fen"
            " FROM entry WHERE movement = (SELECT min(movement) FROM entry)"
        )


@pytest.mark.slow
@pytest.mark.rabbit
@pytest.mark.postgres
@pytest.mark.timeout(1200)  # 90 s on a quiet machine
# pika leaves the socket of an attempt it aborts to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_real_faults_lose_and_double_nothing() -> None:
    require_rabbit()
    require_postgres()
    with campaign(seed=1, rate=8) as here:
        cycles = [here.cycle(BY_NAME[name], number) for number, name in enumerate(QUICK)]
        books = here.finish()
        falsify(here)
        noticed = here.finish()
    long = [cycle for cycle in cycles if BY_NAME[cycle.fault].hold[0] >= LONG]
    assert len(long) > len(cycles) / 2
    assert all(cycle.during for cycle in long), long
    assert books.acknowledged == books.on_record > 50
    assert books.good, asdict(books)
    assert noticed == replace(books, acknowledged=books.acknowledged + 1, lost=2, doubled=1)
