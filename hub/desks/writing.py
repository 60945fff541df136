"""One transaction of a desk's, done again while others contend."""

from collections.abc import Callable
from typing import Final, TypeVar

from hub.desks.ports import TX
from hub.errors import StoreDown
from hub.exchange.ports import Store

TRIES: Final = 20
T = TypeVar("T")


def written(
    store: Store[TX], act: Callable[[TX], T], tries: int = TRIES, life: str = ""
) -> T:  # fmt: skip
    """What `act` returns; it commits by itself, and is called again when others were faster.

    `life`: of the store that the caller was made in; empty: it does not outlive one.

    Raises:
        Fenced: `other_incarnation`.
        StoreDown: the store is away, or `store_contended` to the last.
    """
    for left in range(tries, 0, -1):
        try:
            with store.begin() as tx:
                if life:
                    tx.fence.require_incarnation(life)
                return act(tx)
        except StoreDown as error:
            if error.code != "store_contended" or left == 1:
                raise
    raise AssertionError("unreachable")
