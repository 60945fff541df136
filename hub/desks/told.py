"""What a person found out at a core that cannot tell it itself (protocol 5).

A core that does not know a key and would take it twice is not asked again: the task is parked as
`core_ask_operator`. Somebody looks into the core's own book and says of each open row whether it
moved; once no row is open the task goes on by itself, and what was said is never asked again.

Said is only what is asked: of a task that is parked for it, of a row whose intent is open. The
caller sees to who may say it, and keeps the evidence.
"""

from collections.abc import Sequence
from typing import Final

from hub.desks.model import Intent, IntentState, Task, TaskState
from hub.desks.movement import closed
from hub.desks.ports import DeskTransaction, Done, Refused
from hub.errors import RuleBroken

ASKS: Final = "core_ask_operator"


def waits(task: Task) -> bool:
    """Whether it is parked for a person's word."""
    return task.state is TaskState.PARKED and task.next_action == ASKS


def asked(tx: DeskTransaction, task: Task | None) -> Sequence[Intent]:
    """The open intents of a task that waits for a person's word, in order of rows.

    Raises:
        RuleBroken: `outcome_not_asked`: it does not wait for one.
    """
    if task is None or not waits(task):
        raise RuleBroken("outcome_not_asked")
    found = tx.intents_of(task.party, [task.voucher_id]).get(task.voucher_id, [])
    return [intent for intent in found if intent.state is IntentState.OPEN]


def chosen(intents: Sequence[Intent], row: int | None) -> Intent:
    """The intent of this row; of the only one that is open, where no row is named.

    Raises:
        RuleBroken: `outcome_row`, with how many are open: no such row, or it is not clear which.
    """
    found = [intent for intent in intents if row in {None, intent.row}]
    if len(found) != 1:
        raise RuleBroken("outcome_row", count=len(intents))
    return found[0]


def settle(tx: DeskTransaction, task: Task | None, row: int, outcome: Done | Refused) -> int:
    """Record the outcome of a row; how many rows of the task are still open. At none it goes on.

    Raises:
        RuleBroken: `outcome_not_asked`, `outcome_row`.
    """
    waiting = asked(tx, task)
    assert task is not None, "nobody else is asked for"
    one = chosen(waiting, row)
    tx.close_intents(closed([one], {one.key: outcome}, tx.now))
    left = len(waiting) - 1
    if not left:
        tx.wake_tasks({task.id}, tx.now)
    return left
