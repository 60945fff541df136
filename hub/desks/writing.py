"""One transaction of a desk's, done again while others contend."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from hub.desks.ports import TX, DeskTransaction
from hub.errors import Conflict, StoreDown
from hub.exchange.ports import Store
from hub.voucher.model import Voucher

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


def unrecorded(tx: DeskTransaction, sealed: Sequence[Voucher]) -> list[Voucher]:
    """Those whose top layer is not on record.

    Raises:
        Conflict: `number_used`: it is, with another body.
    """
    rows = tx.layers([str(voucher.top.id) for voucher in sealed])
    new = []
    for voucher in sealed:
        row = rows.get(str(voucher.top.id))
        if row is None:
            new.append(voucher)
        elif row.body_digest != voucher.top.body_digest:
            raise Conflict("number_used", layer_id=row.layer_id)
    return new
