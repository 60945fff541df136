"""What a restored node knows of its own doings, and how its desk comes to the same end again.

- A task that was recorded before the node was open again may have been worked in the life that is
  over. Its own answer, handed back by the hub, is followed; a core is inquired before anything is
  decided, and nothing is executed that was not inquired about first (protocol 5, 9).
- Own originals that come back go into the books as they did when they were issued.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.clearing.model import LineState, link
from hub.clock import Instant
from hub.desks.bureau_desk import BureauClerk
from hub.desks.elements import (
    NOTICES,
    PAYMENTS,
    REFUND_NOTICES,
    REQUESTS,
    lines,
    statement_name,
    whole_of_body,
)
from hub.desks.model import Task, TaskKind, TaskState, intent_key, task_id
from hub.desks.ports import Core, DeskTransaction, NotKnown, Opener, Unclear
from hub.desks.statement_rows import BANK_FIELD, TOTAL
from hub.desks.step import Clerk, Earlier, Step
from hub.exchange.model import Verdict
from hub.parties import Party, party
from hub.voucher.model import LayerType, Voucher

_DECIDED: Final = frozenset({TaskKind.PAY, TaskKind.CLEAR, TaskKind.GRANT})
_ANSWERS: Final = (LayerType.RECEIPT, LayerType.RETURN)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A task that may have been worked before; with the own answer, if one is on record."""

    task: Task
    answer: bytes


def doubtful(tx: DeskTransaction, tasks: Sequence[Task]) -> list[Doubtful]:
    """Those that were recorded before this node was open again."""
    opened_at = tx.restore().opened_at
    mine = [t for t in tasks if t.kind in _DECIDED and t.since <= opened_at]
    if not mine:
        return []
    names = {f"{t.voucher_id}/{layer}/{t.party}": t.id for t in mine for layer in _ANSWERS}
    rows = [row for row in tx.layers(names.keys()).values() if row.verdict is Verdict.RECORDED]
    octets = tx.messages({row.message_digest for row in rows})
    answers = {names[row.layer_id]: octets[row.message_digest] for row in rows}
    return [Doubtful(task, answers.get(task.id, b"")) for task in mine]


def earlier(
    found: Sequence[Doubtful], opened: Mapping[bytes, Voucher], opener: Opener,
    cores: Mapping[Party, Core],
) -> dict[str, Earlier]:  # fmt: skip
    """What is known of each, by task; asks cores, in no transaction."""
    answered = [one for one in found if one.answer]
    answers = opener([one.answer for one in answered])
    known = {
        one.task.id: Earlier(answer) for one, answer in zip(answered, answers, strict=True)
    }  # fmt: skip
    for one in found:
        core = cores.get(party(one.task.party))
        if one.task.id not in known:
            keys = _keys(one.task, opened)
            known[one.task.id] = _inquired(core, keys) if core and keys else Earlier()
    return known


def _keys(task: Task, opened: Mapping[bytes, Voucher]) -> list[str]:
    """The keys under which the core was asked, if it was."""
    if task.kind is TaskKind.CLEAR:
        return [intent_key(task.voucher_id, 0)]
    if task.kind is TaskKind.PAY:
        rows = opened[task.digest].original.content.details
        return [intent_key(task.voucher_id, n) for n in range(1, len(rows) + 1)]
    return []


def _inquired(core: Core, keys: Sequence[str]) -> Earlier:
    answers = core.inquire(keys)
    asked = any(not isinstance(answer, NotKnown | Unclear) for answer in answers)
    unclear = not asked and any(isinstance(answer, Unclear) for answer in answers)
    return Earlier(asked=asked, unclear=unclear)


def waits(step: Step, now: Instant) -> bool:
    """Whether a task cannot be decided before its core has said what it knows."""
    if step.earlier is None or not step.earlier.unclear:
        return False
    step.back_off(now, "core", "core_unknown")
    return True


def carried_out(tx: DeskTransaction, voucher: Voucher, holder: str) -> bool:
    """Whether the own receipt is on record: before anything else, after a restore."""
    name = f"{voucher.id}/{LayerType.RECEIPT}/{holder}"
    row = tx.layers([name]).get(name)
    return row is not None and row.verdict is Verdict.RECORDED


# --- own originals that come back ----------------------------------------------------------------


def adopt(tx: DeskTransaction, clerk: Clerk, voucher: Voucher) -> None:
    """Enter an own layer into the books as when it was issued; answers are found by their tasks."""
    if len(voucher.layers) > 1:
        return
    kind, fields = voucher.id.kind, voucher.original.content.fields
    issuer = str(voucher.id.issuer)
    if kind in (*PAYMENTS, *NOTICES) and isinstance(clerk, BureauClerk):
        clerk.issued(tx, [voucher])
    elif kind in REQUESTS:
        rows = voucher.original.content.details
        made = lines(voucher, issuer, LineState.NEW, fields["VouDate"])
        traces = [row.get("AgentBusinessNo", "") for row in rows]
        tx.add_lines([replace(m, trace=t) for m, t in zip(made, traces, strict=True)])
    elif kind in REFUND_NOTICES:
        _adopt_notice(tx, voucher)
    elif kind in TOTAL:
        _adopt_statement(tx, voucher)


def _adopt_notice(tx: DeskTransaction, voucher: Voucher) -> None:
    """A 2203 or 2204: no second one is planned for its payment row."""
    fields, (row, *_) = voucher.original.content.fields, voucher.original.content.details
    issuer, day = str(voucher.id.issuer), fields["PayDate"]
    tx.add_lines(lines(voucher, issuer, LineState.NEW, day))
    payment = replace(
        voucher.id, kind="5201" if voucher.id.kind == "2203" else "8202",
        issuer=party(voucher.top.to[0]), number=fields["OriBillNo"],
    )  # fmt: skip
    of = link(str(payment), row["OriDetailId"])
    _sent(tx, voucher, f"refund/{of}", day)


def _adopt_statement(tx: DeskTransaction, voucher: Voucher) -> None:
    """A treasury's statement of a day: no second one is planned."""
    own, content = voucher.id, voucher.original.content
    fields, issuer = content.fields, str(voucher.id.issuer)
    day = fields.get("CheckDate") or fields["BeginDate"]
    check = statement_name(own.issuer, fields["VoucherCheckNo"])
    tx.add_lines(
        [whole_of_body(own, content, issuer, LineState.NEW, day, TOTAL[own.kind], check)]
    )  # fmt: skip
    names = (own.kind, fields.get("EVoucherType", ""), own.division, fields.get(BANK_FIELD, ""))
    _sent(tx, voucher, "/".join((*names, day, voucher.top.to[0], fields["CurPackNo"])), day)


def _sent(tx: DeskTransaction, voucher: Voucher, about: str, day: str) -> None:
    """The task that planned and sent it, done."""
    issuer = str(voucher.id.issuer)
    task = Task(
        task_id(TaskKind.SEND, issuer, about), issuer, TaskKind.SEND, str(voucher.id), b"",
        TaskState.DONE, tx.now, tx.now, day,
    )  # fmt: skip
    tx.add_tasks([task])
