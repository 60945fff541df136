"""Refunds: each row of a 2302 names the original 2301 and row. Pure.

The original must exist, be settled, not be refunded, and the amount must be its exact negative.
An original that is not here, or not settled yet, makes the 2302 early: it waits until the cut-off.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hub.clearing.model import Line, LineState

EARLY = frozenset({"original_unknown", "original_not_settled"})
"""Codes that mean: wait until the cut-off."""

_NOT_NOW: Final = {
    LineState.NEW: "original_not_settled",
    LineState.EXECUTING: "original_not_settled",
    LineState.RETURNED: "original_returned",
}


def check(refund: Sequence[Line], originals: Mapping[str, Line]) -> str:
    """Empty when the rows of a 2302 hold; else the code. `originals` are 2301 rows by link."""
    seen: set[str] = set()
    early = ""
    for line in refund:
        code = "already_refunded" if line.clearing in seen else _row(line, originals)
        seen.add(line.clearing)
        if code and code not in EARLY:
            return code
        early = early or code
    return early


def _row(line: Line, originals: Mapping[str, Line]) -> str:
    original = originals.get(line.clearing)
    if original is None:
        return "original_unknown"
    if original.quota != line.quota or original.payment != line.payment:
        return "wrong_bank" if original.quota.bank != line.quota.bank else "refund_elements"
    if original.refund and original.refund != line.link:
        return "already_refunded"
    if original.state in _NOT_NOW:
        return _NOT_NOW[original.state]
    return "" if original.amount_fen == -line.amount_fen else "refund_amount"
