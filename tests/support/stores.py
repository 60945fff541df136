"""The store under test: one `Site` per implementation, all with the same handles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hub.clock import Instant
from hub.exchange.ports import Store, Transaction


class TickingClock:
    """A clock that a test moves."""

    def __init__(self, start: int = 1_790_000_000_000) -> None:
        self.at = start

    def now(self) -> Instant:
        return Instant(self.at)

    def monotonic(self) -> float:
        return self.at / 1000


@dataclass(frozen=True)
class Site:
    """A node's store as its processes see it."""

    store: Store[Transaction]
    attach: Callable[[], Store[Transaction]]
    """A handle for another process."""
    renew: Callable[[], object]
    """Give the store a new incarnation."""


T = TypeVar("T")


def write(store: Store[Transaction], work: Callable[[Transaction], T]) -> T:
    """Do it in a transaction and commit."""
    with store.begin() as tx:
        result = work(tx)
        tx.commit()
    return result


def look(store: Store[Transaction], work: Callable[[Transaction], T]) -> T:
    """Do it in a read view."""
    with store.read() as tx:
        return work(tx)
