"""One cycle of each quickly mended fault on a loaded site of real servers.

What is lost or doubled is judged here; how long it took is judged by `make campaign`, which runs
alone: beside other tests the time says nothing.
"""

from dataclasses import asdict

import pytest

from tests.support.campaign.faults import BY_NAME
from tests.support.campaign.site import campaign
from tests.support.postgres import require_postgres
from tests.support.rabbit import require_rabbit

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
    assert all(cycle.vouchers for cycle in cycles)
    assert books.acknowledged == books.on_record > 50
    assert books.good, asdict(books)
