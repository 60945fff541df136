"""A stamping process of a test's own: python -m tests.support.stamper STORE URL ROOT."""

import base64
import sys
from collections.abc import Callable

from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.windows import Windows
from hub.clock import Instant
from hub.observer import Observer, silent
from hub.parties import NodeId
from hub.voucher.chain import GivenAnchors
from keys.tsa import TsaClient
from ops.clock import SystemClock
from ops.leash import Leash, held
from ops.stamp import Stamping, Whose
from tests.support.sealed import suites

ENV, NODE, LIFE = "sd-test", NodeId("bank-a"), "00" * 8


def stamping(
    opened: SqlStore,
    url: str,
    root: bytes,
    leash: Leash,
    observe: Observer = silent,
    now: Callable[[], Instant] | None = None,
) -> Stamping:
    """The loop over a store, a window a checkpoint."""
    client = TsaClient(url, lambda: GivenAnchors((root,)), suites(), pause_seconds=0.01)
    whose = Whose(ENV, NODE, LIFE, late_minutes=60)
    due = Windows(opened, 1).due
    return Stamping(
        leash, due, opened.begin, client.stamp, whose, now or SystemClock().now, observe
    )


if __name__ == "__main__":
    address, authority, der = sys.argv[1:]
    stamping(open_store(address), authority, base64.b64decode(der), held()).run()
