"""What desks keep: tasks, intents, ledger entries, totals. Values only.

- A *task* is one piece of work on one voucher for one party. Its id is derived (kind, voucher,
  party), so recording it twice is recording it once. It is claimed like an outbox row.
- An *intent* is written before a core is asked and closed with the core's answer (protocol 5):
  open → done | refused. Its key is SHA-256(voucher_id ‖ row), never a number a store assigned.
- A *ledger entry* changes one balance once: (book, key, cause) is unique.
- A *total* counts what passed a stage; rows are only ever added, sums are made when read.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hub.clock import Instant
from hub.money import Fen
from hub.parties import Party

NEVER: Final = Instant(0)


class TaskKind(StrEnum):
    """What is to be done."""

    PAY = "pay"
    """At the bank: check, pay, answer."""
    GRANT = "grant"
    """At the treasury: a quota notice has been counted or refused; answer it."""
    CLEAR = "clear"
    """At the treasury: match, settle, answer a 2301 or 2302."""
    SEND = "send"
    """Seal and post a voucher this party has planned and numbered."""
    ANSWER = "answer"
    """Seal and post a reply layer that is already decided."""
    CHECK = "check"
    """Compare a reconciliation statement with own books and answer it."""
    MARK = "mark"
    """Nothing to do: says that a scheduled phase of a day has run."""


class TaskState(StrEnum):
    """Of a task."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"
    PARKED = "parked"
    """For the operator's list."""


TASK_STATES: Final[Mapping[TaskState, frozenset[TaskState]]] = {
    TaskState.DUE: frozenset({TaskState.CLAIMED}),
    TaskState.CLAIMED: frozenset(
        {TaskState.CLAIMED, TaskState.DUE, TaskState.DONE, TaskState.PARKED}
    ),
    TaskState.PARKED: frozenset({TaskState.DUE, TaskState.DONE}),
    TaskState.DONE: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work, and whose move it is."""

    id: str
    party: str
    kind: TaskKind
    voucher_id: str
    digest: bytes
    """Of the stored message the task is about; empty for a planned voucher."""
    state: TaskState
    due_at: Instant
    since: Instant
    day: str
    """Business day the task belongs to: its cut-off is that day's."""
    attempt: int = 0
    claimed_until: Instant = NEVER
    waiting_for: str = ""
    """Party or `core`: who has the next move; empty means this party."""
    next_action: str = ""
    """Code of what happens next."""
    plan: str = ""
    """What was decided before sealing, as text; the draft follows from it and the books."""


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Unfinished tasks of one party with the same next move."""

    party: str
    kind: TaskKind
    state: TaskState
    waiting_for: str
    next_action: str
    count: int
    since: Instant
    """Of the oldest."""
    due_at: Instant
    """Of the nearest."""


def task_id(kind: TaskKind, party: str, voucher_id: str, about: str = "") -> str:
    """The same task always has the same id."""
    return f"{kind}:{party}:{voucher_id}" + (f":{about}" if about else "")


class IntentState(StrEnum):
    """Of an intent."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Intent:
    """One movement a core is, or was, asked for."""

    key: str
    party: str
    voucher_id: str
    row: int
    amount_fen: Fen
    state: IntentState
    opened_at: Instant
    closed_at: Instant = NEVER
    code: str = ""
    """Why the core refused."""
    trace: str = ""
    """The core's own number of the movement."""
    day: str = ""
    """Business day on which the core moved it."""


def intent_key(voucher_id: str, row: int) -> str:
    """SHA-256(voucher_id ‖ row number), hex (protocol 5); row 0 is the whole voucher."""
    return hashlib.sha256(f"{voucher_id}\0{row}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of one balance; (party, book, key, cause) is unique."""

    party: str
    book: str
    """`quota`, or another book of the desk."""
    key: str
    cause: str
    """`<voucher_id>#<row>`, with a suffix when the same row moves it again (`:release`)."""
    amount_fen: Fen
    at: Instant


@dataclass(frozen=True, slots=True, order=True)
class Stage:
    """What is counted together."""

    day: str
    division: str
    party: str
    kind: str
    stage: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many, and how much."""

    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Who is meant by codes that stand inside vouchers; from the parties' register."""

    env: str
    finances: Mapping[str, Party] = field(default_factory=dict)
    """By division."""
    treasuries: Mapping[str, Party] = field(default_factory=dict)
    """By TreCode."""
    banks: Mapping[str, Party] = field(default_factory=dict)
    """By PayBankNo."""
