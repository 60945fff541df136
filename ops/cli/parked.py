"""`hubctl parked`: rows and tasks that do not go on by themselves, one by one."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import Instant, iso
from hub.desks.parked import MOST, Parked
from ops import core_outcome, outside, parked
from ops.advice import advice
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config
from ops.cli.output import At, Block, Pairs, Report, Said, Table, counted
from ops.look_wiring import day_of, node

app: Final = noun("parked")
SORTS: Final = {"row": Said("row", "发送行"), "task": Said("task", "任务")}

Name = Annotated[str, typer.Argument(help="The id that `parked list` shows.", metavar="ID")]


@verb(app, "list")
def list_(
    config: Config = NODE,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Of each sort, the oldest.")] = 1000,
) -> Report:
    """List what does not go on by itself: rows with damaged octets, tasks that cannot be worked.

    Example: hubctl parked list --config icbc/hub.toml
    """
    with node(config, within_scope=True) as this:
        found, more = parked.oldest(this.parts, this.scope, limit)
    rows = [(o.id, SORTS[_sort(o)], o.voucher_id, _whose(o), o.code, At(_since(o))) for o in found]
    columns = ("id", "what", "voucher", "for", "code", "since")
    blocks: list[Block] = [Table("Parked", columns, rows)] if rows else []
    rest = (" and more: --limit shows them", "，另有更多，可用 --limit 查看") if more else ("", "")
    said = Said(f"parked: {len(found)}{rest[0]}", f"搁置 {len(found)} 项{rest[1]}")
    data = {"parked": [_data(o) for o in found], "more": more}
    return Report("parked.list", data, [*blocks, said])


@verb(app, "show")
def show(parked_id: Name, config: Config = NODE) -> Report:
    """Show one: why it is parked, what to do about it, and whether it may be given up.

    Example: hubctl parked show 3f2a90c1d2e4b5a697887766 --config icbc/hub.toml
    """
    with node(config, within_scope=True) as this:
        seen = parked.look(this.parts, parked_id, this.scope)
        asked = [intent.row for intent in core_outcome.waiting(this.parts, parked_id)]
    one = seen.parked
    data = {
        **_data(one), "octets_whole": seen.whole, "needed": seen.needed or None,
        "rows_asked": asked,
    }  # fmt: skip
    pairs = [
        ("id", one.id),
        ("what", SORTS[_sort(one)]),
        ("voucher", one.voucher_id),
        ("for", _whose(one)),
        ("since", At(_since(one))),
        ("code", one.code),
        ("why", _told(one.code, do=False)),
        ("what to do", _told(one.code, do=True)),
        (
            "octets",
            Said("whole", "完好") if seen.whole else Said("damaged or missing", "损坏或缺失"),
        ),
        *([("rows open", ", ".join(map(str, asked)))] if asked else []),
        ("may be given up", _told(seen.needed, do=False) if seen.needed else Said("yes", "是")),
    ]
    return Report("parked.show", data, [Pairs("Parked", pairs)])


@verb(app, "retry")
def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="As `parked list` shows them.")] = None,
    config: Config = NODE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that is parked.")] = False,
) -> Report:
    """Send rows, or work tasks, once more from what is on record; nothing is ever done twice.

    Example: hubctl parked retry 3f2a90c1d2e4b5a697887766 --config icbc/hub.toml
    """
    if bool(ids) == everything:
        raise typer.BadParameter("name ids, or give --all")
    with node(config, within_scope=True) as this:
        found = parked.retry(this.parts, ids or (), this.scope)
    said = Said(f"tried again: {len(found)}", f"已重试 {len(found)} 项")
    return Report("parked.retry", {"retried": [_data(one) for one in found]}, [said])


@verb(app, "discard")
def discard(
    parked_id: Name,
    reason: Annotated[str, typer.Option(help="One word of your own, for the journal.")],
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Give up a row or task that nobody needs any more; refused while a voucher could be lost.

    Two operators sign, or a development node's name is typed.

    Example: hubctl parked discard 3f2a90c1d2e4b5a697887766 --reason recalled
    --config hub/hub-a.toml --proposal p.json --approval a.json --yes
    """
    with node(config, within_scope=True) as this:
        parked.look(this.parts, parked_id, this.scope)
        act = parked.act_of(this.parts, parked_id, reason)
        if (written := guard.written(act)) is not None:
            return written
        one = parked.discard(this.parts, act, guard.consent())
    data = {**_data(one), "state": "discarded", "reason": reason, "act": act.digest.hex()}
    said = Said(f"given up: {one.about}", f"已放弃：{one.about}")
    return Report("parked.discard", data, [said])


@verb(app, "outcome")
def outcome(  # noqa: PLR0913, PLR0917 - options of a command
    parked_id: Name,
    reason: Annotated[str, typer.Option(help="One word of your own, for the journal.")],
    evidence: Annotated[Path, typer.Option(help="The core's own line, scanned; kept by digest.")],
    config: Config = NODE,
    done: Annotated[str | None, typer.Option(help="It moved: the core's number of it.")] = None,
    refused: Annotated[str | None, typer.Option(help="It never moved: a code of yours.")] = None,
    day: Annotated[str | None, typer.Option(help="Day it moved, yyyyMMdd; else today.")] = None,
    row: Annotated[int | None, typer.Option(help="Detail row, where several are open.")] = None,
    *,
    guard: Guard,
) -> Report:
    """Record what the core's own book says of a payment that its core cannot tell of. Guarded.

    Only for tasks parked as core_ask_operator; with its last row told, the task goes on by itself.

    Example: hubctl parked outcome 3f2a90c1d2e4b5a697887766 --done 000317 --reason statement
    --evidence line.pdf --config icbc/hub.toml --proposal p.json --approval a.json --yes
    """
    octets = outside.evidence(evidence)
    with node(config, within_scope=True) as this:
        known = core_outcome.known_of(done, day_of(day, this.parts.clock), refused)
        parked.look(this.parts, parked_id, this.scope)
        act = core_outcome.act_of(this.parts, parked_id, row, known, reason, octets)
        if (written := guard.written(act)) is not None:
            return written
        left = core_outcome.record(this.parts, act, known, octets, guard.consent())
    data = {
        "parked": parked_id, "row": int(act.arguments["row"]), **known.arguments,
        "rows_left": left, "act": act.digest.hex(),
    }  # fmt: skip
    said = Said(
        f"recorded; {counted(left, 'row')} still to be told" if left
        else "recorded; the task goes on by itself",
        f"已登记；还有 {left} 笔待登记" if left else "已登记；任务将自动继续",
    )  # fmt: skip
    return Report("parked.outcome", data, [said])


def _sort(one: Parked) -> str:
    return "row" if one.row is not None else "task"


def _whose(one: Parked) -> str:
    if one.row is not None:
        return str(one.row.peer)
    return one.task.party if one.task is not None else ""


def _since(one: Parked) -> Instant:
    if one.row is not None:
        return one.row.created_at
    assert one.task is not None, "one of the two"
    return one.task.since


def _told(code: str, *, do: bool) -> Said:
    known = advice(code)
    if known is None:
        return Said("-", "-")
    return Said(known.do, known.do_zh) if do else Said(known.why, known.why_zh)


def _data(one: Parked) -> dict[str, object]:
    common: dict[str, object] = {
        "id": one.id, "what": _sort(one), "voucher_id": one.voucher_id, "code": one.code,
        "since": iso(_since(one)),
    }  # fmt: skip
    if one.row is not None:
        return {**common, "delivery_id": one.row.delivery_id, "peer": str(one.row.peer),
                "digest": one.row.message_digest.hex(), "attempt": one.row.attempt}  # fmt: skip
    assert one.task is not None, "one of the two"
    return {**common, "task": one.task.id, "party": one.task.party, "kind": one.task.kind.value,
            "attempt": one.task.attempt}  # fmt: skip
