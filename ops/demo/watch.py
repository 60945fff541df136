"""Looking at the demonstration from outside: the stores of all nodes, read only, and waiting.

Every wait has a condition and a deadline; what is still missing when it passes is said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from hub.clearing.model import LineState
from hub.clock import Clock
from hub.desks.elements import PAYMENTS
from hub.errors import StoreDown, TargetDown
from hub.parties import NodeId
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE

TASKS_MAX = 100_000
POLL_SECONDS = 0.05
TRIES = 5
"""Of a reading: a machine that is busy enough lets PostgreSQL's patience with it run out."""


@dataclass
class Watch:
    """Open stores of all nodes."""

    site: Site
    clock: Clock
    sleep: Callable[[float], None]

    def __post_init__(self) -> None:
        """Open each store once."""
        self._stores = {node: self.site.store(node) for node in self.site.town.nodes}

    def read(self, node: NodeId, look: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any reading
        """What `look` finds in a node's store; again where it stood still for too long."""
        again = Retrying(
            retry=retry_if_exception(_contended), stop=stop_after_attempt(TRIES),
            wait=wait_fixed(POLL_SECONDS), sleep=self.sleep, reraise=True,
        )  # fmt: skip
        return again(self._read, node, look)

    def _read(self, node: NodeId, look: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as above
        with self._stores[node].read() as tx:
            return look(tx)

    def reopen(self, node: NodeId) -> None:
        """Look at the store that stands in a node's place now."""
        self._stores[node].close()
        self._stores[node] = self.site.store(node)

    def close(self) -> None:
        """Give back all connections."""
        for store in self._stores.values():
            store.close()

    def answered(self) -> int:
        """Payment rows at the bureau that have their final answer."""
        totals = self.read(BUREAU_NODE, lambda tx: tx.line_totals())
        return sum(
            total.count
            for (_, _, kind, state), total in totals.items()
            if kind in PAYMENTS and state != LineState.NEW
        )

    def relayed(self) -> int:
        """Business layers the hub has counted."""
        totals = self.read(HUB_NODE, lambda tx: tx.totals())
        return sum(total.count for total in totals.values())

    def waiting(self) -> dict[str, int]:
        """What is not finished anywhere: rows, tasks, notices and statements, by node.

        Notices that a killed process had claimed are owed too: another one sends them when the
        claim expires. Parked tasks wait for a person, not for time; the report counts them by
        themselves.
        """
        found: dict[str, int] = {}
        for node in self.site.town.nodes:

            def look(tx: Any) -> tuple[int, int, int, bool]:  # noqa: ANN401 - a transaction
                tasks = sum(1 for task in tx.open_tasks(TASKS_MAX) if task.state != "parked")
                return tx.open_hops(), tasks, tx.open_notices(), tx.backlog().statements

            hops, tasks, notices, statements = self.read(node, look)
            for what, count in (
                ("hops", hops),
                ("tasks", tasks),
                ("notices", notices),
                ("statements", int(statements)),
            ):
                if count:
                    found[f"{node}.{what}"] = count
        return found

    def until(
        self, what: str, seconds: float, condition: Callable[[], bool], tick: Callable[[], None]
    ) -> None:
        """Wait for a condition.

        Raises:
            TargetDown: `demo_stalled`, with what was waited for and what is missing.
        """
        deadline = self.clock.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except StoreDown:
                pass  # a writer is ahead; look again
            if self.clock.monotonic() > deadline:
                missing = ", ".join(f"{k}={v}" for k, v in self.waiting().items())
                raise TargetDown("demo_stalled", phase=what, reason=missing or "nothing waits")
            tick()
            self.sleep(POLL_SECONDS)

    def quiet(self, what: str, seconds: float, tick: Callable[[], None]) -> None:
        """Wait until nothing waits anywhere, twice in a row."""
        calm = 0

        def condition() -> bool:
            nonlocal calm
            calm = 0 if self.waiting() else calm + 1
            return calm >= 2

        self.until(what, seconds, condition, tick)


def _contended(error: BaseException) -> bool:
    return isinstance(error, StoreDown) and error.code == "store_contended"
