"""What `hubctl channel test` shows."""

from collections.abc import Sequence
from typing import Final

from ops.cli.output import Block, Exit, Report, Said, Table, counted
from ops.link_test import Answer, slowest_ms

UNHEARD: Final = Said(
    "nobody is active at this node, so no answer could be heard: `hubctl run`",
    "本节点无活动实例，无法接收应答：请先执行 hubctl run",
)


def tested(answers: Sequence[Answer], active: str) -> Report:
    """A line an answer that was waited for; `active`: who hears them at this node, if anybody."""
    rows = [(a.asked, a.answers, a.channel, a.line, _ms(a), _state(a)) for a in answers]
    columns = ("party", "answered by", "channel", "line", ">ms", "state")
    came = sum(answer.ms is not None for answer in answers)
    slowest = slowest_ms(answers)
    data = {
        "answers": [
            {
                "party": a.asked, "answers": a.answers, "channel": a.channel, "line": a.line,
                "ms": a.ms, "state": _state(a), "reason": a.reason,
            }
            for a in answers
        ],
        "asked": len(answers),
        "answered": came,
        "slowest_ms": slowest,
        "active": active,
    }  # fmt: skip
    took = "-" if slowest is None else f"{slowest} ms"
    told = Said(
        f"{came} of {counted(len(answers), 'answer')} came, the slowest after {took}",
        f"{len(answers)} 个应答中收到 {came} 个，最慢 {took}",
    )
    missing = came < len(answers)
    unheard = [UNHEARD] if missing and not active else []
    blocks: list[Block] = [Table("Link test", columns, rows), *unheard, told]
    return Report("channel.test", data, blocks, Exit.UNAVAILABLE if missing else Exit.DONE)


def _ms(answer: Answer) -> object:
    return "" if answer.ms is None else answer.ms


def _state(answer: Answer) -> str:
    if answer.ms is not None:
        return "answered"
    return "not sent" if answer.reason else "no answer"
