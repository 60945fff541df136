"""`hubctl alarm`: what a person must do now, who has taken it on, and whether the hook works."""

import getpass
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured
from ops.alarm_messages import Who, trial
from ops.cli import alarm_views
from ops.cli.command import noun, verb
from ops.cli.options import NODE, Config
from ops.cli.output import Report, Said
from ops.clock import SystemClock
from ops.look.alarms import alarms, take_on
from ops.look_wiring import node
from ops.settings import load
from ops.wiring_hook import hook

app: Final = noun("alarm")


@verb(app, "list")
def list_(
    config: Config = NODE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Cleared ones too.")] = False,
) -> Report:
    """List alarms with their consequence, deadline and first command.

    Example: hubctl alarm list --config bureau/hub.toml
    """
    with node(config, within_scope=True) as this:
        at, found = alarms(this.parts, this.scope, everything=everything)
    return alarm_views.listed(at, found)


@verb(app, "ack")
def ack(
    code: Annotated[str, typer.Argument(help="The alarm's code.", metavar="CODE")],
    subject: Annotated[str, typer.Argument(help="What it is about.", metavar="SUBJECT")],
    config: Config = NODE,
    by: Annotated[str, typer.Option("--by", help="Your operator id; else your login.")] = "",
) -> Report:
    """Take an alarm on: it is no longer escalated, and stays until it is over. Journalled.

    Example: hubctl alarm ack channel_down c2 --config bureau/hub.toml
    """
    with node(config, within_scope=True) as this:
        named = by or this.scope.operator or _login()
        taken = take_on(this.parts, code, subject, named)
    return alarm_views.acknowledged(taken)


@verb(app, "test")
def trial_(config: Config = NODE) -> Report:
    """Send one test message through the hook of the settings.

    Example: hubctl alarm test --config bureau/hub.toml
    """
    settings = load(config)
    way = hook(settings.alarms)
    if way is None:
        raise Misconfigured("hook_not_set")
    who = Who(settings.env, settings.node, settings.instance)
    way.deliver(trial(who, SystemClock().now()))
    return Report(
        "alarm.test",
        {"delivered": True},
        [Said("the hook has taken a test message", "告警出口已收到测试消息")],
    )


def _login() -> str:
    """The name of whoever runs this; empty where the account has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
