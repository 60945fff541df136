"""`hubctl channel`: look at a node's channels, order them out and back, print what brokers load."""

import json
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured
from hub.exchange.model import ChannelState
from hub.exchange.orders import OPEN
from ops import link_test
from ops.cli import channel_views, node_views
from ops.cli.command import noun, verb
from ops.cli.files import write
from ops.cli.options import NODE, Config, Reason
from ops.cli.output import At, Report, Said
from ops.cli.placing import writes
from ops.cli.spoken import DEFINED_ZH, spoken
from ops.cli.words import STATES
from ops.look.channels import healths
from ops.look.status import active
from ops.look_wiring import HUB, node
from ops.orders import left, order_channel

app: Final = noun("channel")

Name = Annotated[str, typer.Argument(help="The channel's name.", metavar="CHANNEL")]


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """Connect to every channel and show its state.

    Example: hubctl channel list --config bureau/hub.toml
    """
    with node(config, within_scope=True) as this:
        return node_views.channels(healths(this.parts, time.sleep))


@verb(app, "drain")
def drain(channel: Name, reason: Reason, config: Config = NODE) -> Report:
    """Send nothing more by a channel of this node; what comes by it is still received.

    Example: hubctl channel drain c1 --reason upgrade --config hub/hub.toml
    """
    return _ordered(config, channel, ChannelState.DRAINING.value, reason)


@verb(app, "disable")
def disable(channel: Name, reason: Reason, config: Config = NODE) -> Report:
    """Neither send nor receive by a channel of this node; what it holds stays in it.

    Example: hubctl channel disable c1 --reason broken-disk --config hub/hub.toml
    """
    return _ordered(config, channel, ChannelState.DISABLED.value, reason)


@verb(app, "resume")
def resume(channel: Name, reason: Reason, config: Config = NODE) -> Report:
    """Use a drained or disabled channel again.

    Example: hubctl channel resume c1 --reason upgraded --config hub/hub.toml
    """
    return _ordered(config, channel, OPEN, reason)


@verb(app, "test")
def ask(
    channels: Annotated[
        list[str] | None, typer.Argument(help="Channels; all unless named.", metavar="CHANNEL")
    ] = None,
    config: Config = NODE,
    party: Annotated[
        list[str] | None, typer.Option(help="Whom to ask; one of each other node unless named.")
    ] = None,
    deadline: Annotated[
        float, typer.Option(min=0.1, max=600, help="Seconds to wait for all answers.")
    ] = link_test.DEADLINE_SECONDS,
) -> Report:
    """Send probes that carry no money by every line, and show how long each answer took.

    The node must run: its workers hear the answers. Exit 8 when an answer is missing.

    Example: hubctl channel test c1 --party 102.370100 --config hub/hub.toml
    """
    with node(config) as this:
        asked = link_test.parties(this.parts, party or ())
        answers = link_test.ask_all(this.parts, channels or (), asked, deadline, time.sleep)
        hearer = active(this.lease.read())
    return channel_views.tested(answers, hearer)


@verb(app, "definitions")
def definitions(
    out: Annotated[Path, writes("File to write, for the brokers to load", ".json", option="--out")],
    config: Config = NODE,
) -> Report:
    """Write what each broker loads: users, vhost, permissions, quorum queues, dead letters.

    Users come with certificates and have no password. Only the hub's settings name all nodes.

    Example: hubctl channel definitions --config hub/hub.toml --out definitions.json
    """
    from ops.wiring_rabbit import broker_definitions  # noqa: PLC0415 - others need no pika

    with node(config) as this:
        if this.parts.settings.application.desk != HUB:
            raise Misconfigured("definitions_of_hub_only")
        made = broker_definitions(sorted(this.parts.directory.nodes), this.parts.place.node)
    write(out, json.dumps(made, indent=1).encode())
    counts = {name: len(rows) for name, rows in made.items()}
    names = {name: spoken(name.replace("_", " "), DEFINED_ZH) for name in counts}
    told = ", ".join(f"{count} {names[name].english}" for name, count in counts.items())
    told_zh = "，".join(f"{names[name].chinese} {count}" for name, count in counts.items())
    return Report(
        "channel.definitions",
        {"file": str(out), **counts},
        [Said(f"{out}: {told}", f"{out}：{told_zh}")],
    )


def _ordered(config: Path, channel: str, state: str, reason: str) -> Report:
    with node(config) as this:
        order = order_channel(this.parts, channel, state, reason)
        usable = left(this.parts)
    data = {"channel": channel, "state": state or "resumed", "reason": reason, "usable": usable}
    word = spoken(str(data["state"]), STATES)
    told = [
        Said(
            f"{channel}: {word.english} since {At(order.at)} ({reason})",
            f"{channel}：自 {At(order.at)} 起{word.chinese}（{reason}）",
        )
    ]
    if not usable:
        told.append(
            Said(
                "no channel is left to send by: rows wait until one is resumed",
                "已无可发送的通道：凭证等待某一通道恢复",
            )
        )
    return Report("channel.order", data, told)
