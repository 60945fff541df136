"""The bench beside the exchange: an empty Celery task on a broker of the same kind."""

from importlib.util import find_spec

import pytest

from tests.bench import noop
from tests.support.rabbit import Brokers


def test_without_celery_the_bench_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert [] == noop.benches(find=lambda _name: None)
    assert noop.SKIPPED == capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.rabbit
@pytest.mark.skipif(find_spec("celery") is None, reason="pip install -r tests/bench/celery.txt")
def test_every_task_is_done_and_costs_something_everywhere(brokers: Brokers) -> None:
    [broker] = brokers.new()
    done = noop.through(broker, 11_000, 400)
    assert 400 == done.count
    assert all(us > 0 for us in done.cpu_us.values())
