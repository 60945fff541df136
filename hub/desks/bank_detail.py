"""A batch detail (8207) is answered too, also when its payment was answered without it.

The payment's own task answers both when it has seen both. What is left for the detail's task: the
payment went back before the detail came, is no batch, or never came at all.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hub.clearing.model import ISSUED, Line, LineState, move
from hub.desks import answers
from hub.desks.codes import CODES
from hub.desks.elements import PAYMENTS
from hub.desks.outside import CODE
from hub.desks.ports import DeskTransaction
from hub.desks.step import CUTOFF, Means, Step, over
from hub.voucher.model import LayerType

DETAIL: Final = "detail"
"""Plan of the detail's task."""
_OVER: Final = frozenset({LineState.RETURNED, LineState.RECALLED, LineState.OUTSIDE})
_COMING: Final = frozenset({LineState.NEW, LineState.EXECUTING})


def answer_detail(tx: DeskTransaction, step: Step, means: Means) -> None:
    """Decide the task of an 8207."""
    name, holder = step.task.voucher_id, step.task.party
    own = tx.lines_of(holder, [name])[name][0]
    answered = {row.layer for row in tx.layers_of(name)} & {LayerType.RECEIPT, LayerType.RETURN}
    if answered:
        if own.state is LineState.NEW:  # by a life before this store was restored
            state = LineState.PAID if LayerType.RECEIPT in answered else LineState.RETURNED
            tx.put_lines([move(ISSUED, own, state)])
        step.finish()
        return
    if own.state is LineState.NEW:
        code = _code(tx, step, own)
        if not code:
            step.back_off(tx.now, "", "payment_answers")
            return
        own = replace(move(ISSUED, own, LineState.RETURNED), code=code)
        tx.put_lines([own])
    if own.state is LineState.RETURNED:
        code = own.code or "recalled"
        step.drafts = [answers.returned(step.message, step.holder, means.release(), code, CODES)]
    elif own.state is LineState.RECALLED:
        step.finish()
    else:
        step.back_off(tx.now, "", "payment_answers")


def _code(tx: DeskTransaction, step: Step, own: Line) -> str:
    """Why the detail goes back alone; empty while its payment's task will answer it."""
    about = tx.lines_about(own.party, [own.payment]).get(own.payment, [])
    mains: Sequence[Line] = [line for line in about if line.kind in PAYMENTS]
    if not mains:
        late = over(tx, own.party, CUTOFF, step.task.day)
        return "payment_missing" if late else ""
    if any(line.state in _COMING for line in mains):
        return ""
    if all(line.state in _OVER for line in mains):
        return mains[0].code or (CODE if mains[0].state is LineState.OUTSIDE else "recalled")
    return "batch_detail_unexpected"
