"""`hubctl run`: a node in the foreground, until SIGTERM or Ctrl-C.

Standard error is the node's log. Standard output says, for whoever looks on, what changes: one line
each, of the keeper's own facts.
"""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hub.observer import Fact
from ops.advice import advice
from ops.cli.output import Report, Said, Screen
from ops.cli.streams import file_of
from ops.node import keep
from ops.settings import NodeSettings, load


def run(
    context: typer.Context,
    config: Annotated[Path, typer.Option(help="The node's settings.")] = Path("hub.toml"),
    override: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting as key=value, instead of the file's; often."),
    ] = None,
) -> Report:
    """Run a node: keeper, dispatcher and workers; stop it with SIGTERM or Ctrl-C.

    Standard output says in which state it is; standard error is its log, a JSON object a line.

    Example: hubctl run --config hub.toml

    Example: hubctl run --config hub.toml 2>> node.log
    """
    screen: Screen = context.obj
    for line in beginning(load(config, overrides=override or ()), config, file_of(sys.stderr)):
        screen.tell(line)
    keep(config, override or (), tell=telling(screen.tell))
    return Report(
        "run", {"stopped": True}, [Said("the node has stopped in order", "节点已正常停止")]
    )


def beginning(settings: NodeSettings, config: Path, log: Path | None) -> list[Said]:
    """What is started, where its log is, how to look at it and how to stop it."""
    me, env, desk = settings.instance, settings.env, settings.application.desk
    look = f"hubctl status --config {shlex.quote(str(config))}"
    pid = os.getpid()
    return [
        Said(
            f"{me} starts: environment {env}, desk {desk}, {settings.data}",
            f"{me} 正在启动：环境 {env}，业务台 {desk}，数据目录 {settings.data}",
        ),
        Said(f"log: {log}", f"日志：{log}")
        if log
        else Said(
            "log: standard error, a JSON object a line; 2>> FILE keeps it",
            "日志：标准错误输出，每行一个 JSON 对象；用 2>> 文件 保存",
        ),
        Said(
            f"look: {look}; stop: Ctrl-C or kill {pid}",
            f"查看：{look}；停止：Ctrl-C 或 kill {pid}",
        ),
    ]


def telling(say: Callable[[Said], None]) -> Callable[[Fact], None]:
    """An observer that says each change of state once; a state that goes on is said no more."""
    said: list[Said] = []

    def hear(fact: Fact) -> None:
        line = _line(fact)
        if line is not None and said[-1:] != [line]:
            said[:] = [line]
            say(line)

    return hear


def _line(fact: Fact) -> Said | None:
    me = fact.fields.get("node", "")
    if fact.name == "node_started":
        return Said(
            f"{me} runs; it stands by until it holds the lease",
            f"{me} 已启动；取得租约前为备机",
        )
    if fact.name == "standing":
        return _standing(str(me), str(fact.fields["state"]))
    if fact.name == "node_waits":
        return _waiting(str(me), str(fact.fields["code"]))
    if fact.name == "child_fails":
        task = fact.fields["task"]
        return Said(
            f"{me}: process {task} ends again and again; the log says why",
            f"{me}：进程 {task} 反复退出，原因见日志",
        )
    if fact.name == "node_stopping":
        return Said(
            f"{me} is stopping: its processes finish what they hold, which may take 20 seconds",
            f"{me} 正在停止：各进程完成手头工作，最多约 20 秒",
        )
    return None


def _standing(me: str, state: str) -> Said | None:
    if state == "active":
        return Said(
            f"{me} is active: it receives, sends and keeps the day's schedule",
            f"{me} 为主机：收发凭证并执行当日日程",
        )
    return Said(
        f"{me} stands by: it does not hold the lease any more",
        f"{me} 转为备机：不再持有租约",
    )


def _waiting(me: str, code: str) -> Said:
    known = advice(code)
    if known is None:
        return Said(f"{me} waits: {code}", f"{me} 等待中：{code}")
    return Said(
        f"{me} waits: {known.why} ({code}) {known.do}",
        f"{me} 等待中：{known.why_zh}（{code}）{known.do_zh}",
    )
