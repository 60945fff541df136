"""The load of the campaign: a fault without load would look as if it had been borne."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import town
from tests.support.campaign.flow import Flow
from tests.support.processes import until


@pytest.fixture
def site() -> Iterator[Site]:
    """Folders and stores; no node runs."""
    root = Path(tempfile.mkdtemp(prefix="flow-")).resolve()
    made = Site(root, town(), Embedded(root))
    made.make(SystemClock())
    yield made
    shutil.rmtree(root)


@pytest.mark.slow
def test_a_load_whose_payments_are_used_up_says_so(site: Site) -> None:
    with Flow(site, 1000, 1, 40, site.root / "issued") as flow:
        flow.go()
        assert until(lambda: bool(flow.failed), 60)
        with pytest.raises(AssertionError, match="used up"):
            flow.waiting(0)


@pytest.mark.slow
def test_a_load_that_is_ended_before_its_payments_are_used_up_has_not_failed(site: Site) -> None:
    with Flow(site, 10, 1, 1000, site.root / "issued") as flow:
        flow.go()
        assert until(lambda: len(flow.issued) > 1, 60)
    assert [] == flow.failed
    assert flow.begun
