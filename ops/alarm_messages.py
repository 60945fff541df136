"""What the hook is given: one JSON object a message, ids, codes, counts and texts only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant, iso
from hub.exchange.alarm_kinds import KINDS, runbook
from hub.exchange.alarms import NEVER, Alarm, AlarmState
from ops.look.conflicts import Conflict, command

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Who:
    """Whose alarms they are."""

    env: str
    node: str
    instance: str


def message(who: Who, alarm: Alarm, about: Conflict | None = None) -> bytes:
    """The newest news of an alarm; `about`: of a conflict, which."""
    return _object(who, alarm.news.value, described(alarm, about))


def heartbeat(who: Who, alarms: Sequence[Alarm], now: Instant) -> bytes:
    """That somebody is active and the hook works, with how much is open."""
    live = [alarm for alarm in alarms if alarm.state is not AlarmState.CLEARED]
    return _object(
        who,
        "heartbeat",
        {
            "at": iso(now),
            "open": len(live),
            "unanswered": sum(alarm.state is AlarmState.OPEN for alarm in live),
            "escalated": sum(alarm.escalated_at != NEVER for alarm in live),
        },
    )


def trial(who: Who, now: Instant) -> bytes:
    """What `hubctl alarm test` sends."""
    return _object(who, "test", {"at": iso(now)})


def described(alarm: Alarm, about: Conflict | None = None) -> dict[str, object]:
    """An alarm with its texts, as the hook and `hubctl alarm list --json` show it.

    `about`: of a conflict, which: its voucher, who sent it, and both digests.
    """
    kind = KINDS[alarm.code]
    filled = {"subject": alarm.subject, "count": alarm.count}
    why, why_zh = kind.why.format(**filled), kind.why_zh.format(**filled)
    more: dict[str, object] = {}
    if about is not None:
        why, why_zh = f"{why} {about.said.english}", f"{why_zh}{about.said.chinese}"
        more["conflict"] = {
            "voucher_id": about.voucher_id, "layer_id": about.layer_id, "from": about.sender,
            "code": about.code, "at": iso(about.at), "on_record": about.on_record.hex(),
            "refused": about.refused.hex(),
        }  # fmt: skip
    return {
        "code": alarm.code,
        "subject": alarm.subject,
        "state": alarm.state.value,
        "count": alarm.count,
        "since": iso(alarm.since),
        "raised_at": iso(alarm.raised_at),
        "due_at": iso(alarm.due_at),
        "escalated_at": _at(alarm.escalated_at),
        "acknowledged_at": _at(alarm.acknowledged_at),
        "acknowledged_by": alarm.acknowledged_by,
        "cleared_at": _at(alarm.cleared_at),
        "owner": kind.owner.value,
        "why": why,
        "do": kind.do,
        "why_zh": why_zh,
        "do_zh": kind.do_zh,
        "command": kind.command if about is None else command(about),
        "runbook": runbook(alarm.code),
        **more,
    }


def _at(moment: Instant) -> str | None:
    return iso(moment) if moment != NEVER else None


def _object(who: Who, event: str, told: dict[str, object]) -> bytes:
    head = {"schema": SCHEMA, "event": event, "env": who.env, "node": who.node}
    whole = {**head, "instance": who.instance, **told}
    return json.dumps(whole, ensure_ascii=False).encode() + b"\n"
