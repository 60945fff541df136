"""Whose move each unfinished voucher is: what a clerk is told on the telephone.

Derived from what is open, never stored beside it: a task of a desk says it itself; without one, an
open hop waits for the neighbour's notice; without that, an unfinished line waits for whoever got
the voucher. The longest waiting come first. Cost follows from the limit and from what is open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from hub.clearing.model import Line, LineState
from hub.clock import BEIJING, Instant, instant
from hub.desks.model import Task
from hub.exchange.model import OutboxRow
from hub.exchange.sought import ANY, Sought
from hub.voucher.model import LayerType

ROWS_A_VOUCHER: Final = 5
"""Lines read for one voucher to be shown; more of them only shorten the list."""
IDENTITY_PARTS: Final = 6
"""Words of a voucher's id, which begin every delivery's."""
NEXT: Final[Mapping[LineState, str]] = {
    LineState.NEW: "answer",
    LineState.EXECUTING: "core",
    LineState.SUMMED: "clearing",
    LineState.REFUND_DUE: "refund_notice",
    LineState.REFUNDING: "refund",
}
_OWN: Final = frozenset({LineState.EXECUTING, LineState.REFUND_DUE})
"""States in which the holder itself has the next move."""


@dataclass(frozen=True, slots=True)
class Move:
    """One unfinished voucher at this node."""

    voucher_id: str
    waits_for: str
    """A party, a neighbour's node, or `core`."""
    party: str
    """Who waits: the task's or line's party, or the hop's receiver."""
    task: str
    """`pay`, `send`, … of a desk; `hop`; `line`."""
    state: str
    since: Instant
    due_at: Instant
    next_action: str
    """A code: what happens next."""


def moves(tx: Any, limit: int, sought: Sought = ANY) -> list[Move]:  # noqa: ANN401 - a view
    """One move a voucher sought, the longest waiting first, at most so many."""
    found: dict[str, Move] = {}
    for task in tx.open_tasks(limit, sought):
        found.setdefault(task.voucher_id, _of_task(task))
    for row in tx.oldest_hops(limit, sought=sought):
        move = _of_hop(row)
        found.setdefault(move.voucher_id, move)
    fresh = (line for line in _lines(tx, limit, sought) if line.voucher_id not in found)
    for line in islice(fresh, limit):
        found[line.voucher_id] = _of_line(tx, line)
    return sorted(found.values(), key=lambda move: (move.since, move.voucher_id))[:limit]


def _lines(tx: Any, limit: int, sought: Sought) -> Iterator[Line]:  # noqa: ANN401 - as above
    """One unfinished line a voucher."""
    met: set[str] = set()
    for line in tx.unfinished_lines(limit * ROWS_A_VOUCHER, sought):
        if line.voucher_id not in met:
            met.add(line.voucher_id)
            yield line


def _of_task(task: Task) -> Move:
    return Move(
        task.voucher_id, task.waiting_for or task.party, task.party, task.kind.value,
        task.state.value, task.since, task.due_at, task.next_action,
    )  # fmt: skip


def _of_hop(row: OutboxRow) -> Move:
    voucher_id = "/".join(row.delivery_id.split("/")[:IDENTITY_PARTS])
    return Move(
        voucher_id, row.peer, row.receiver, "hop", row.state.value, row.created_at, row.due_at,
        "hop_notice",
    )  # fmt: skip


def _of_line(tx: Any, line: Line) -> Move:  # noqa: ANN401 - as above
    layers = tx.layers_of(line.voucher_id)
    end = _end_of(line.day)
    since = min((row.recorded_at for row in layers), default=end)
    return Move(
        line.voucher_id, _awaited(tx, line), line.party, "line", line.state.value, since, end,
        NEXT.get(line.state, ""),
    )  # fmt: skip


def _awaited(tx: Any, line: Line) -> str:  # noqa: ANN401 - as above
    """Who got the voucher that is to be answered; the holder itself where it got it."""
    if line.state in _OWN:
        return line.party
    link = {LineState.SUMMED: line.clearing, LineState.REFUNDING: line.refund}.get(line.state, "")
    about = link.partition("#")[0] or line.voucher_id
    return ",".join(sorted(_receivers(tx, about) - {line.party})) or line.party


def _receivers(tx: Any, voucher_id: str) -> set[str]:  # noqa: ANN401 - as above
    """Whom its original is sealed to; of a row older than that field, where its hops went."""
    originals = [row for row in tx.layers_of(voucher_id) if row.layer == LayerType.ORIGINAL]
    sealed = {name for row in originals for name in row.receivers.split(",") if name}
    return sealed or {hop.row.receiver for hop in tx.hops_of(voucher_id)}


def _end_of(day: str) -> Instant:
    """Midnight after a business day, in Beijing."""
    begins = datetime.strptime(day, "%Y%m%d").replace(tzinfo=BEIJING)
    return instant(begins + timedelta(days=1))
