"""Settlement: what the People's Bank does with a 2301 or 2302. Pure.

Settle, refuse with a code, or wait: a voucher whose notice or original is not here yet is early
and waits until the cut-off of its day, then it is refused by code (protocol 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.clearing import refunds
from hub.clearing.matching import Modes, match
from hub.clearing.model import Line
from hub.clearing.quota import Quota, uses


class Action(StrEnum):
    """What to do now."""

    SETTLE = "settle"
    REFUSE = "refuse"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Decision:
    """The action and, unless it settles, why."""

    action: Action
    code: str = ""


WAITING = refunds.EARLY | {"payment_not_noticed", "quota_exceeded"}
"""Codes that may heal until the cut-off: what is missing can still arrive."""


def decide_transfer(
    lines: Sequence[Line],
    about: Mapping[str, Sequence[Line]],
    quota: Quota,
    modes: Modes,
    *,
    past_cutoff: bool,
) -> Decision:
    """A 2301; on SETTLE the quota is consumed in `quota`."""
    code = match(lines, about, modes)
    if not code and not quota.change(uses(lines)):
        code = "quota_exceeded"
    return _decision(code, past_cutoff=past_cutoff)


def decide_refund(
    lines: Sequence[Line], originals: Mapping[str, Line], quota: Quota, *, past_cutoff: bool
) -> Decision:
    """A 2302; on SETTLE the quota is restored in `quota`."""
    code = refunds.check(lines, originals)
    if not code:
        restored = quota.change(uses(lines))
        assert restored, "a refund can only raise a quota"
    return _decision(code, past_cutoff=past_cutoff)


def _decision(code: str, *, past_cutoff: bool) -> Decision:
    if not code:
        return Decision(Action.SETTLE)
    if code in WAITING and not past_cutoff:
        return Decision(Action.WAIT, code)
    return Decision(Action.REFUSE, code)
