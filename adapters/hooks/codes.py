"""Advice for what the way out to people's own tools can say."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "hook_failed": Advice(
        why="The alarm hook did not take what it was given, or took too long.",
        do="Run `hubctl alarm test`; look at the command's own output or at the receiver's log.",
        why_zh="告警钩子没有接收消息，或超时。",
        do_zh="请执行 hubctl alarm test，并查看该命令或接收端的日志。",
    ),
    "hook_missing": Advice(
        why="The alarm hook's command is not there or cannot be run.",
        do="Correct `alarms.command`, its path and its mode.",
        why_zh="告警钩子命令不存在或不可执行。",
        do_zh="请更正 alarms.command 的路径和权限。",
    ),
}
