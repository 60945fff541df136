"""The receipt on base data: a 5901, 5904 or 5951 goes back with flag 1. Pure.

- It says whether the codes count here: 1 once the pack is on record; 0 where the edition had a pack
  of that number already, which stays as it is. Editions are never changed, so both are final.
- Banks and treasuries answer, and a bureau for itself; units have no node of their own, and a party
  with its own system answers by that.
"""

from typing import Final

from hub.desks import answers, base_data
from hub.desks.ports import DeskTransaction
from hub.desks.step import Means, Step
from hub.voucher.model import LayerId, LayerType

BASE: Final = "base"
"""Plan of the task."""
_TAKEN: Final = {"XDealResult": "1"}
_LEFT: Final = {"XDealResult": "0", "XAddWord": "该版本已有同号数据包，本包不生效"}


def answer(tx: DeskTransaction, step: Step, means: Means) -> None:
    """Draft the receipt, unless a life before this store was restored has given it."""
    voucher = step.message
    own = str(LayerId(voucher.id, LayerType.RECEIPT, step.holder))
    if own in tx.layers([own]):
        step.finish()
        return
    found = base_data.pack_of(tx, voucher)
    taken = found is not None and found.voucher_id == str(voucher.id)
    fields = _TAKEN if taken else _LEFT
    step.drafts = [answers.receipt(voucher, step.holder, means.release(), fields)]
