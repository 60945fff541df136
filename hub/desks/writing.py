"""One transaction of a desk's, done again while others contend."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from hub.desks.ports import TX, DeskTransaction
from hub.errors import Conflict, StoreDown
from hub.exchange.ports import Store
from hub.voucher.model import LayerId, LayerType, Voucher

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


def _other_answer(layer: LayerId) -> str:
    """A receipt's return, and the other way round; empty for any other layer."""
    opposite = {LayerType.RECEIPT: LayerType.RETURN, LayerType.RETURN: LayerType.RECEIPT}
    return str(replace(layer, layer=opposite[layer.layer])) if layer.layer in opposite else ""


def unrecorded(tx: DeskTransaction, sealed: Sequence[Voucher]) -> list[Voucher]:
    """Those whose top layer is not on record.

    Raises:
        Conflict: `number_used`: it is, with another body; `receipt_and_return`: the other answer
            is.
    """
    other = {str(voucher.top.id): _other_answer(voucher.top.id) for voucher in sealed}
    rows = tx.layers([*other, *filter(None, other.values())])
    new = []
    for voucher in sealed:
        row = rows.get(str(voucher.top.id))
        if row is None and (said := rows.get(other[str(voucher.top.id)])) is not None:
            raise Conflict("receipt_and_return", layer_id=said.layer_id)
        if row is None:
            new.append(voucher)
        elif row.body_digest != voucher.top.body_digest:
            raise Conflict("number_used", layer_id=row.layer_id)
    return new
