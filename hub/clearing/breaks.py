"""Breaks: differences found by a reconciliation, until somebody has settled them.

A break's id is derived from what differs, so finding it again changes nothing. States:
open → explained (somebody found why) → closed (it agrees now, or two persons signed).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hub.errors import RuleBroken
from hub.money import Fen


class BreakKind(StrEnum):
    """Outcomes of a voucher-by-voucher check that are no match."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    SEVERAL_HERE = "several_here"
    SEVERAL_THERE = "several_there"
    REFUND_UNPAID = "refund_unpaid"
    """They tell a refund of what these books never saw cleared."""
    STATE_DIFFERS = "state_differs"
    AMOUNT_DIFFERS = "amount_differs"
    REFUND_DIFFERS = "refund_differs"
    """What has come back of the row."""
    DAY_DIFFERS = "day_differs"
    """These books hold it on another business day."""
    QUOTA_DIFFERS = "quota_differs"
    CORE_DIFFERS = "core_differs"
    """The core's own word against the outcome on record: found by no comparison."""


class BreakState(StrEnum):
    """Where a break stands."""

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


BREAK_STATES: Final[Mapping[BreakState, frozenset[BreakState]]] = {
    BreakState.OPEN: frozenset({BreakState.EXPLAINED, BreakState.CLOSED}),
    BreakState.EXPLAINED: frozenset({BreakState.CLOSED}),
    BreakState.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Break:
    """One difference between what two parties hold."""

    id: str
    party: str
    """Who found it."""
    other: str
    kind: BreakKind
    subject: str
    """What differs: a voucher number with its kind, or a quota key."""
    day: str
    ours_fen: Fen
    theirs_fen: Fen
    state: BreakState = BreakState.OPEN
    reason: str = ""


def found(
    party: str, other: str, kind: BreakKind, subject: str, day: str, ours_fen: Fen, theirs_fen: Fen
) -> Break:
    """A new break, with the id that follows from what differs."""
    text = f"{party}\n{other}\n{kind}\n{subject}\n{day}"
    return Break(
        hashlib.sha256(text.encode()).hexdigest()[:32],
        party, other, kind, subject, day, ours_fen, theirs_fen,
    )  # fmt: skip


def settle(row: Break, state: BreakState, reason: str) -> Break:
    """The break in its next state.

    Raises:
        RuleBroken: `break_state`.
    """
    if state not in BREAK_STATES[row.state]:
        raise RuleBroken("break_state", state=row.state)
    return replace(row, state=state, reason=reason)
