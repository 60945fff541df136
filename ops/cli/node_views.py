"""What a node says of itself as reports: tables for people, the same values for scripts."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from hub.clearing.breaks import Break, BreakState
from hub.clock import iso
from hub.exchange.model import ChannelHealth, ChannelState
from hub.lease.ports import LeaseState
from hub.money import yuan
from ops.advice import advice
from ops.cli.output import At, Block, Exit, Pairs, Report, Said, Table, counted
from ops.cli.spoken import BREAKS_ZH, CHECKS_ZH, MOVES_ZH, layer, spoken
from ops.look.channel_words import CHANNEL_WORDS
from ops.look.checks import Finding, Result
from ops.look.status import Counted, Status, active, mover
from ops.look.trace import Event, Trace
from ops.look.trace_words import (
    DESKS_ZH,
    EVENTS_ZH,
    NEXT_ZH,
    ROWS_ZH,
    TASK_STATES_ZH,
    TASKS_ZH,
    WAITS_ZH,
)

COUNT_COLUMNS: Final = ("party", "kind", "state", ">count")
CHANNEL_COLUMNS: Final = ("channel", "state", "standby line", ">unconfirmed", "disk", "reason")


def status(found: Status) -> Report:
    """What waits for whom."""
    name = _who(active(found.lease))
    waiting = sum(group.count for group in found.moves)
    to_send = sum(group.count for group in found.hops)
    away = sum(not peer.present for peer in found.peers)
    head = [
        (
            "node",
            Said(
                f"{found.node} ({found.desk}, {found.env})",
                f"{found.node}（{DESKS_ZH[found.desk]}，{found.env}）",
            ),
        ),
        ("at", At(found.at)),
        ("active", name),
        ("store's life", found.incarnation),
    ]
    shown: list[Block] = [table for table in _status_tables(found) if table.rows]
    summary = Said(
        f"{counted(waiting, 'task')} open, {to_send} to send, "
        f"{counted(away, 'neighbour')} away, active: {name.english}",
        f"未结任务 {waiting}，待发 {to_send}，离线节点 {away}，主机：{name.chinese}",
    )
    return Report("status", _status_data(found), [Pairs("", head), *shown, summary])


def _status_tables(found: Status) -> list[Table]:
    return [
        Table(
            "Whose move",
            ("waits for", "task of", "task", "state", ">count", "since", "due", "next", "说明"),
            [
                (spoken(mover(g), WAITS_ZH), g.party, spoken(g.kind, TASKS_ZH),
                 spoken(g.state, TASK_STATES_ZH), g.count, At(g.since), At(g.due_at),
                 spoken(g.next_action, NEXT_ZH), _why(g.next_action))
                for g in found.moves
            ],
        ),
        Table(
            "Longest waiting",
            ("voucher", "waits for", "task", "since", "due", "next"),
            [
                (m.voucher_id, spoken(m.waits_for, WAITS_ZH), spoken(m.task, MOVES_ZH),
                 At(m.since), At(m.due_at), spoken(m.next_action, NEXT_ZH))
                for m in found.oldest
            ],
        ),
        Table(
            "To send",
            ("to", "state", ">count", "since"),
            [(h.peer, spoken(h.state, ROWS_ZH), h.count, At(h.since)) for h in found.hops],
        ),
        Table(
            "Neighbours",
            ("node", "present", "last heard", "state", ">trust list", ">catalogue"),
            [
                (p.row.peer, p.present, At(p.row.seen_at),
                 PEER_WORDS.get(p.row.state, p.row.state), p.row.trust_number,
                 p.row.catalogue_release)
                for p in found.peers
            ],
        ),
        Table("Channels", CHANNEL_COLUMNS, [_channel(health) for health in found.channels]),
        Table("Unfinished", COUNT_COLUMNS, list(found.unfinished)),
        Table("On record today", COUNT_COLUMNS, list(found.counts)),
        Table(
            "On record for the next business day", COUNT_COLUMNS, list(found.next_counts),
        ),
    ]  # fmt: skip


def _status_data(found: Status) -> dict[str, object]:
    return {
        "env": found.env,
        "node": found.node,
        "desk": found.desk,
        "at": iso(found.at),
        "incarnation": found.incarnation,
        "active": active(found.lease),
        "moves": [
            {
                "waits_for": mover(g), "party": g.party, "task": g.kind, "state": g.state,
                "count": g.count, "since": iso(g.since), "due_at": iso(g.due_at),
                "next_action": g.next_action,
            }
            for g in found.moves
        ],
        "oldest": [
            {
                "voucher_id": m.voucher_id, "waits_for": m.waits_for, "party": m.party,
                "task": m.task, "state": m.state, "since": iso(m.since),
                "due_at": iso(m.due_at), "next_action": m.next_action,
            }
            for m in found.oldest
        ],
        "to_send": [
            {"peer": h.peer, "state": h.state, "count": h.count, "since": iso(h.since)}
            for h in found.hops
        ],
        "peers": [
            {
                "node": p.row.peer, "present": p.present, "seen_at": iso(p.row.seen_at),
                "state": p.row.state, "trust_number": p.row.trust_number,
                "catalogue_release": p.row.catalogue_release,
            }
            for p in found.peers
        ],
        "channels": [_channel_data(health) for health in found.channels],
        "day": found.day,
        "unfinished": _counted(found.unfinished),
        "counts": _counted(found.counts),
        "next_day": found.next_day,
        "next_counts": _counted(found.next_counts),
    }  # fmt: skip


def _counted(rows: Sequence[Counted]) -> list[dict[str, object]]:
    names = ("party", "kind", "state", "count")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _why(code: str) -> str:
    known = advice(code)
    return known.why_zh if known else ""


def checks(found: Sequence[Finding]) -> Report:
    """One line a check; a FAIL ends with the exit code for trying later."""
    rows = [
        (
            Said(one.level, LEVELS_ZH[one.level]),
            _check_name(one.name),
            one.said,
            "" if one.level is Result.OK else one.do,
        )
        for one in found
    ]
    counts = Counter(str(one.level) for one in found)
    summary = Said(
        ", ".join(f"{counts[level]} {level}" for level in Result),
        "，".join(f"{word} {counts[level]}" for level, word in LEVELS_ZH.items()),
    )
    failed = counts[Result.FAIL] > 0
    return Report(
        "check",
        {
            "ok": not failed,
            "checks": [
                {
                    "name": one.name,
                    "level": one.level,
                    "said": one.said.english,
                    "do": "" if one.level is Result.OK else one.do.english,
                }
                for one in found
            ],
        },
        [Table("", ("", "check", "found", "what to do"), rows), summary],
        Exit.UNAVAILABLE if failed else Exit.DONE,
    )


LEVELS_ZH: Final = {Result.OK: "正常", Result.WARN: "警告", Result.FAIL: "失败"}


def _check_name(name: str) -> Said:
    word, _, rest = name.partition(" ")
    return Said(name, f"{CHECKS_ZH.get(word, word)} {rest}".rstrip())


def trace(found: Trace) -> Report:
    """One voucher's way, in the order of time."""
    numbers = ", ".join(f"{name} {number}" for name, number in found.numbers)
    numbers_zh = "，".join(f"{layer(name).chinese} {number}" for name, number in found.numbers)
    return Report(
        "voucher.trace",
        {
            "voucher_id": found.voucher_id,
            "status_numbers": dict(found.numbers),
            "events": [
                {"at": iso(e.at), "what": e.what, "layer": e.layer, "who": e.who,
                 "detail": e.detail.english}
                for e in found.events
            ],
            "lines": [
                {"party": party, "row": row, "state": state, "code": code}
                for party, row, state, code in found.lines
            ],
        },
        [
            Table(
                found.voucher_id,
                ("at", "what", "layer", "who", "detail"),
                [_event(one) for one in found.events],
            ),
            *(
                [Table("In the books", ("party", ">row", "state", "code"), found.lines)]
                if found.lines
                else []
            ),
            Said(f"status number: {numbers or '-'}", f"状态号：{numbers_zh or '-'}"),
        ],
    )  # fmt: skip


def _event(one: Event) -> tuple[object, ...]:
    what = spoken(one.what, EVENTS_ZH)
    return At(one.at, exact=True), what, layer(one.layer), one.who, one.detail


def lease(state: LeaseState | None) -> Report:
    """Who is active."""
    if state is None:
        said = Said("cannot tell now", "目前无法确定")
        return Report("lease.show", {"known": False}, [said], Exit.UNAVAILABLE)
    name = active(state)
    pairs = [
        ("holder", state.holder or "-"),
        ("active", _who(name)),
        ("token", state.token),
        ("runs out", At(state.expires_at)),
        ("store's clock", At(state.now)),
    ]
    data = {
        "known": True,
        "holder": state.holder,
        "active": name,
        "token": state.token,
        "expires_at": iso(state.expires_at),
        "now": iso(state.now),
    }
    return Report(
        "lease.show",
        data,
        [Pairs("", pairs), Said(f"active: {_who(name).english}", f"主机：{_who(name).chinese}")],
    )


def _who(active: str) -> Said:
    return Said(active or "nobody", active or "无")


def channels(found: Sequence[ChannelHealth]) -> Report:
    """State of each channel; with none up, the exit code says to try later."""
    up = sum(health.state is ChannelState.UP for health in found)
    return Report(
        "channel.list",
        {"up": up, "channels": [_channel_data(health) for health in found]},
        [
            Table("", CHANNEL_COLUMNS, [_channel(health) for health in found]),
            Said(
                f"{up} of {counted(len(found), 'channel')} up",
                f"通道 {len(found)} 条，正常 {up} 条",
            ),
        ],
        Exit.DONE if up else Exit.UNAVAILABLE,
    )


PEER_WORDS: Final = {
    "open": Said("compared", "已核对"),
    "set_aside": Said("set aside", "已搁置"),
}


def _channel(health: ChannelHealth) -> tuple[object, ...]:
    state = CHANNEL_WORDS[health.state]
    disk = health.incarnation or "-"
    return health.name, state, health.standby or "-", health.outstanding, disk, health.reason


def _channel_data(health: ChannelHealth) -> dict[str, object]:
    return {
        "name": health.name,
        "state": health.state,
        "standby": health.standby,
        "outstanding": health.outstanding,
        "incarnation": health.incarnation,
        "reason": health.reason,
    }


def breaks(found: Sequence[Break], *, everything: bool) -> Report:
    """Differences; open ones have an exit code of their own."""
    shown = [one for one in found if everything or one.state is not BreakState.CLOSED]
    unsettled = sum(one.state is BreakState.OPEN for one in found)
    rows = [
        (one.day, one.party, one.other, spoken(one.kind, BREAKS_ZH), one.subject,
         yuan(one.ours_fen), yuan(one.theirs_fen), one.state, one.reason, one.id)
        for one in shown
    ]  # fmt: skip
    columns = ("day", "found by", "with", "kind", "what", ">ours 元", ">theirs 元", "state",
               "reason", "id")  # fmt: skip
    return Report(
        "breaks.list",
        {
            "open": unsettled,
            "breaks": [
                {
                    "id": one.id, "day": one.day, "party": one.party, "other": one.other,
                    "kind": one.kind, "subject": one.subject, "ours_fen": one.ours_fen,
                    "theirs_fen": one.theirs_fen, "state": one.state, "reason": one.reason,
                }
                for one in shown
            ],
        },
        [
            *([Table("", columns, rows)] if rows else []),
            Said(f"{counted(unsettled, 'break')} open", f"未结差异 {unsettled} 笔"),
        ],
        Exit.BREAKS_OPEN if unsettled else Exit.DONE,
    )  # fmt: skip
