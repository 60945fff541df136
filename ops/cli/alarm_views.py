"""Alarms as reports: tables for people, the same values for scripts."""

from collections.abc import Sequence

from hub.clock import Instant, iso
from hub.exchange.alarm_kinds import KINDS, runbook
from hub.exchange.alarms import NEVER, Alarm, AlarmState
from hub.money import yuan
from ops.alarm_messages import described
from ops.cli.output import At, Block, Pairs, Report, Said, Table
from ops.cli.spoken import OWNERS_ZH, spoken
from ops.look.alarms import Consequence, Shown

COLUMNS = (
    "code", "subject", "state", ">vouchers", ">yuan 元", "since", "answer by", "owner",
    "begin with", "why",
)  # fmt: skip


def listed(at: Instant, found: Sequence[Shown]) -> Report:
    """The most urgent first."""
    escalated = sum(_late(one.alarm) for one in found)
    waiting = sum(one.alarm.state is AlarmState.OPEN for one in found)
    blocks: list[Block] = [Table("", COLUMNS, [_row(one) for one in found])] if found else []
    summary = Said(
        f"{waiting} unanswered, {escalated} past their deadline",
        f"待答复 {waiting}，已超期 {escalated}",
    )
    data = {
        "at": iso(at),
        "unanswered": waiting,
        "escalated": escalated,
        "alarms": [
            {**described(one.alarm, one.about), **_consequence(one.consequence)} for one in found
        ],
    }
    return Report("alarm.list", data, [*blocks, summary])


def acknowledged(alarm: Alarm) -> Report:
    """Who has it now."""
    pairs = [
        ("alarm", f"{alarm.code} {alarm.subject}"),
        ("state", alarm.state),
        ("taken on by", alarm.acknowledged_by),
        ("runbook", runbook(alarm.code)),
    ]
    return Report("alarm.ack", described(alarm), [Pairs("", pairs)])


def _late(alarm: Alarm) -> bool:
    return alarm.state is AlarmState.OPEN and alarm.escalated_at != NEVER


def _row(one: Shown) -> tuple[object, ...]:
    alarm, kind = one.alarm, KINDS[one.alarm.code]
    texts = described(alarm, one.about)
    over = alarm.state is AlarmState.CLEARED
    state = "escalated" if _late(alarm) else "over" if over else alarm.state
    told = one.consequence
    money = "" if told is None else f"{'' if told.whole else '≥ '}{yuan(told.amount_fen)}"
    return (
        alarm.code, alarm.subject, state, "" if told is None else told.vouchers, money,
        At(alarm.since), At(alarm.due_at), spoken(kind.owner, OWNERS_ZH), texts["command"],
        Said(str(texts["why"]), str(texts["why_zh"])),
    )  # fmt: skip


def _consequence(told: Consequence | None) -> dict[str, object]:
    if told is None:
        return {"vouchers": None, "amount_fen": None, "whole": None}
    return {"vouchers": told.vouchers, "amount_fen": told.amount_fen, "whole": told.whole}
