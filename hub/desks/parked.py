"""What is parked at a node, and when it may be given up without losing a voucher.

Parked are rows whose octets are damaged and tasks that cannot be worked; neither goes on by itself.
Retried, a row is sent and a task is worked from what is on record, as often as one likes. Given up:

- a row, when its receiver has the layer by another message: it has itself answered the voucher, or
  has recorded a layer above, which carries the one below: not as a copy, which obliges it to
  nothing. A copy, too, may be given up: it has no effect of its own.
- a task, when what it was to bring forth is on record, or its voucher is settled outside; never
  while a core may be moving its money.

Everything else is needed: its voucher would end nowhere. Reads only.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from hub.desks.model import IntentState, Task, TaskKind
from hub.desks.ports import DeskTransaction
from hub.desks.step import original_layer
from hub.exchange.looking import LOOKED_MAX, HopTrace
from hub.exchange.model import OutboxRow, Role, Verdict
from hub.exchange.quarantine import CODE as DAMAGED
from hub.exchange.sought import ANY, Sought
from hub.voucher.model import LayerType

MOST: Final = LOOKED_MAX
"""Of each sort, oldest first: as many as one command works with."""
NEEDED: Final = "parked_needed"
_NAME_DIGITS: Final = 24
_ENDS: Final = frozenset({LayerType.RECEIPT.value, LayerType.RETURN.value})


@dataclass(frozen=True, slots=True)
class Parked:
    """One row or task on the operator's list; exactly one of the two is there."""

    row: OutboxRow | None = None
    task: Task | None = None

    @property
    def about(self) -> str:
        """The row's delivery and peer, or the task's id."""
        if self.row is not None:
            return f"{self.row.delivery_id} {self.row.peer}"
        assert self.task is not None, "one of the two"
        return self.task.id

    @property
    def id(self) -> str:
        """A short name for command lines: always the same for the same."""
        return hashlib.sha256(self.about.encode()).hexdigest()[:_NAME_DIGITS]

    @property
    def voucher_id(self) -> str:
        """The voucher, or the document, it is about."""
        if self.row is not None:
            return self.row.delivery_id.rsplit("/", 4)[0]
        return self.task.voucher_id if self.task is not None else ""

    @property
    def code(self) -> str:
        """Why it is parked."""
        if self.row is not None:
            return DAMAGED
        return self.task.next_action if self.task is not None else ""


def listed(
    tx: DeskTransaction, most: int = MOST, sought: Sought = ANY
) -> tuple[list[Parked], bool]:
    """Rows, then tasks, of vouchers sought, the oldest so many of each; whether there are more."""
    rows = [Parked(row=row) for row in tx.parked_hops(most + 1, sought)]
    tasks = [Parked(task=task) for task in tx.parked_tasks(most + 1, sought)]
    return rows[:most] + tasks[:most], max(len(rows), len(tasks)) > most


def needed(tx: DeskTransaction, one: Parked) -> str:
    """The code why it may not be given up; empty when nothing can be lost by it."""
    if one.row is not None:
        return "" if _carried(tx, one.row) else NEEDED
    assert one.task is not None, "one of the two"
    return _unanswered(tx, one.task)


def _carried(tx: DeskTransaction, row: OutboxRow) -> bool:
    layer, _, role = row.delivery_id.rsplit("/", 2)
    if role == Role.COPY:
        return True
    voucher, kind, _ = layer.rsplit("/", 2)
    if kind != LayerType.ORIGINAL:
        return False  # nothing stands above it
    layers = [one for one in tx.layers_of(voucher) if one.verdict is Verdict.RECORDED]
    if any(one.layer in _ENDS and one.party == row.receiver for one in layers):
        return True
    above = {one.layer_id for one in layers if one.layer != LayerType.ORIGINAL}
    return any(_arrived(hop, row, above) for hop in tx.hops_of(voucher))


def _arrived(hop: HopTrace, row: OutboxRow, above: set[str]) -> bool:
    """A layer above it went the same way, not as a copy, and was recorded there."""
    same = (hop.row.peer, hop.row.receiver) == (row.peer, row.receiver)
    there = hop.closing is not None and hop.closing.code == "recorded"
    layer, _, role = hop.row.delivery_id.rsplit("/", 2)
    return same and there and layer in above and role != Role.COPY


def _unanswered(tx: DeskTransaction, task: Task) -> str:
    party, name = task.party, task.voucher_id
    intents = tx.intents_of(party, [name]).get(name, [])
    if any(intent.state is IntentState.OPEN for intent in intents):
        return "intent_open"
    layers = tx.layers_of(name)
    if task.kind is TaskKind.SEND:
        return "" if original_layer(name) in {one.layer_id for one in layers} else NEEDED
    answered = any(one.layer in _ENDS and one.party == party for one in layers)
    return "" if answered or tx.outside(party, [name]) else NEEDED
