"""Looking at a store that is contended: it is looked at again, a few times."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hub.errors import StoreDown
from hub.parties import NodeId
from ops.clock import SystemClock
from ops.demo.site import Site
from ops.demo.watch import TRIES, Watch

NODE = NodeId("hub")


class Busy:
    """A store whose first readings end early."""

    def __init__(self, failures: int, code: str) -> None:
        self.failures, self.code, self.readings = failures, code, 0

    @contextmanager
    def read(self) -> Iterator[str]:
        self.readings += 1
        if self.readings <= self.failures:
            raise StoreDown(self.code)
        yield "found"


def read(store: Busy) -> Any:
    site = SimpleNamespace(town=SimpleNamespace(nodes=[NODE]), store=lambda _node: store)
    return Watch(cast("Site", site), SystemClock(), lambda _seconds: None).read(NODE, str)


def test_a_reading_that_ended_early_is_done_again() -> None:
    store = Busy(TRIES - 1, "store_contended")
    assert ("found", TRIES) == (read(store), store.readings)


@pytest.mark.parametrize(
    ("failures", "code", "readings"),
    [(TRIES, "store_contended", TRIES), (1, "store_away", 1)],
    ids=["contended for good", "away"],
)
def test_what_does_not_pass_is_told(failures: int, code: str, readings: int) -> None:
    store = Busy(failures, code)
    with pytest.raises(StoreDown, match=code):
        read(store)
    assert readings == store.readings
