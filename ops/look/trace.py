"""Everything a node knows of one voucher, in the order of time.

Layers, deliveries, hops and their notices, statements, tasks, movements asked of a core, and the
official status number of each layer. No amounts, names or accounts: the page shows those.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hub.clock import Instant
from hub.desks.model import NEVER, Intent, Task, TaskKind, task_id
from hub.errors import Misconfigured
from hub.exchange.looking import DISCARDED, HopTrace
from hub.exchange.model import DeliveryRow, LayerRow, RowState, StatusEvent
from hub.exchange.statements import heard, number
from ops.look.trace_words import (
    CLOSINGS_ZH,
    INTENTS_ZH,
    NEXT_ZH,
    ROLES_ZH,
    ROWS_ZH,
    STATUSES_ZH,
    TASK_STATES_ZH,
    TASKS_ZH,
    WAITS_ZH,
)
from ops.said import Said
from ops.wiring import Parts


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, or is still open (`at` is then when it began)."""

    at: Instant
    what: str
    layer: str
    """`receipt/102.370100`; empty where the whole voucher is meant."""
    who: str
    detail: Said


@dataclass(frozen=True, slots=True)
class Trace:
    """One voucher at one node."""

    voucher_id: str
    events: Sequence[Event]
    numbers: Sequence[tuple[str, int]]
    """Official status number by layer."""
    lines: Sequence[tuple[str, int, str, str]]
    """(party, row, state, code) of the money rows in this node's books."""


def trace(parts: Parts, voucher_id: str) -> Trace:
    """Read all of it in one view.

    Raises:
        Misconfigured: `voucher_missing`.
    """
    served = sorted(map(str, parts.directory.nodes.get(parts.place.node, ())))
    with parts.store.read() as tx:
        layers, hops = tx.layers_of(voucher_id), tx.hops_of(voucher_id)
        if not (layers or hops):
            raise Misconfigured("voucher_missing")
        statuses = tx.status_of([voucher_id]).get(voucher_id, [])
        ids = {task_id(kind, party, voucher_id) for kind in TaskKind for party in served}
        events = [
            *_layers(layers),
            *_deliveries(tx.deliveries_of(voucher_id)),
            *_hops(hops),
            *_statuses(statuses),
            *_tasks(tx.tasks(ids).values()),
            *_intents(tx, served, voucher_id),
        ]
        lines = [
            (party, line.row, str(line.state), line.code)
            for party in served
            for line in tx.lines_of(party, [voucher_id]).get(voucher_id, [])
        ]
    return Trace(
        voucher_id,
        sorted(events, key=lambda event: event.at),
        [(_short(row.layer_id), _number(row, served, hops, statuses)) for row in layers],
        lines,
    )


def _number(
    row: LayerRow, served: Sequence[str], hops: Sequence[HopTrace], events: Sequence[StatusEvent]
) -> int:
    """A layer that this node has to send is sent once a hop of it has gone out."""
    own = [hop for hop in hops if hop.row.delivery_id.startswith(f"{row.layer_id}/")]
    gone = any(hop.closing is not None or hop.row.state is RowState.SENT for hop in own)
    sent = gone or row.party not in served
    return number(row.layer_id, known=True, sent=sent, events=heard(row, events))


def _short(name: str) -> str:
    """`receipt/102.370100` of a layer's or delivery's id."""
    return "/".join(name.split("/")[6:8])


def _layers(rows: Iterable[LayerRow]) -> Iterator[Event]:
    for row in rows:
        digest = row.message_digest.hex()[:16]
        proof = f"{row.proof_at - row.recorded_at:+d}"
        detail = Said(f"digest {digest}… proof {proof} ms", f"摘要 {digest}… 证明时间 {proof} 毫秒")
        yield Event(row.recorded_at, str(row.verdict), _short(row.layer_id), row.party, detail)


def _deliveries(rows: Iterable[DeliveryRow]) -> Iterator[Event]:
    for row in rows:
        detail = Said(
            f"for {row.receiver} as {row.role}, channel {row.channel}, n {row.n}",
            f"发往 {row.receiver}（{ROLES_ZH[row.role]}），通道 {row.channel}，序号 {row.n}",
        )
        yield Event(row.recorded_at, "delivered", _short(row.layer_id), row.sender, detail)


def _hops(hops: Iterable[HopTrace]) -> Iterator[Event]:
    for hop in hops:
        row = hop.row
        layer = _short(row.delivery_id)
        detail, zh = f"for {row.receiver}, n {row.n}", f"发往 {row.receiver}，序号 {row.n}"
        if hop.closing is None:
            detail += f", {row.state}, attempt {row.attempt}"
            zh += f"，{ROWS_ZH[row.state]}，第 {row.attempt} 次"
        yield Event(row.created_at, "to send", layer, row.peer, Said(detail, zh))
        if hop.closing is not None:
            code, copies = hop.closing.code, hop.closing.copies
            channel = row.channel or "-"
            told = Said(
                f"{code}: channel {channel}, attempt {row.attempt}, copies {copies}",
                f"{CLOSINGS_ZH.get(code, code)}：通道 {channel}，第 {row.attempt} 次，{copies} 份",
            )
            what = "given up" if hop.closing.code == DISCARDED else "notice"
            yield Event(hop.closing.closed_at, what, layer, row.peer, told)


def _statuses(rows: Iterable[StatusEvent]) -> Iterator[Event]:
    for row in rows:
        yield Event(row.at, "status", _short(row.layer_id), row.party, _joined(row))


def _joined(row: StatusEvent) -> Said:
    status = STATUSES_ZH.get(row.status, row.status)
    return Said(f"{row.status} {row.code}".rstrip(), f"{status} {row.code}".rstrip())


def _tasks(tasks: Iterable[Task]) -> Iterator[Event]:
    for task in tasks:
        detail = f"{task.kind} {task.state}, attempt {task.attempt}"
        zh = f"{TASKS_ZH[task.kind]}，{TASK_STATES_ZH[task.state]}，第 {task.attempt} 次"
        if task.waiting_for:
            detail += f", waits for {task.waiting_for}"
            zh += f"，等待 {WAITS_ZH.get(task.waiting_for, task.waiting_for)}"
        if task.next_action:
            detail += f", next {task.next_action}"
            zh += f"，下一步 {NEXT_ZH.get(task.next_action, task.next_action)}"
        yield Event(task.since, "task", "", task.party, Said(detail, zh))


def _intents(tx: Any, served: Sequence[str], voucher_id: str) -> Iterator[Event]:  # noqa: ANN401 - a view
    for party in served:
        found: list[Intent] = tx.intents_of(party, [voucher_id]).get(voucher_id, [])
        for intent in found:
            row, zh = f"row {intent.row}", f"第 {intent.row} 行"
            yield Event(intent.opened_at, "core asked", "", party, Said(row, zh))
            if intent.closed_at != NEVER:
                told = Said(
                    f"{row} {intent.state} {intent.code}".rstrip(),
                    f"{zh} {INTENTS_ZH[intent.state]} {intent.code}".rstrip(),
                )
                yield Event(intent.closed_at, "core answered", "", party, told)
