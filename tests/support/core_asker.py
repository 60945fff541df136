"""A node's process that asks a core for many movements until every outcome is clear.

    python -m tests.support.core_asker FORM ROOT COUNT PORT first|again

`first` opens the intents; `again` is the next life after a crash: nobody knows what was asked.
Writes the outcomes to ROOT/outcomes.json at its end.
"""

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from adapters.cores.opening import open_core
from adapters.cores.served import StoreMailbox
from hub.desks.movement import ask
from hub.desks.ports import Done, Refused
from tests.support.attached import BANK, address, an_order, serving, store_at

PORTION = 20


def main(form: str, root: Path, count: int, port: int, life: str) -> None:
    """Ask in portions, as a desk works its tasks."""
    with ExitStack() as opened:
        if form == "http":
            store = store_at(root)
            opened.enter_context(serving(store, port))
            core = open_core("http:", lambda: StoreMailbox(store, str(BANK)))
        else:
            core = open_core(address(form, root))
        left = [an_order(n, n) for n in range(1, count + 1)]
        fresh = {order.key for order in left} if life == "first" else set()
        outcomes: dict[str, str] = {}
        while left:
            for start in range(0, len(left), PORTION):
                for key, outcome in ask(core, left[start : start + PORTION], fresh).items():
                    if isinstance(outcome, Done | Refused):
                        outcomes[key] = type(outcome).__name__
            left, fresh = [order for order in left if order.key not in outcomes], set()
            time.sleep(0.05)
    (root / "outcomes.json").write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
