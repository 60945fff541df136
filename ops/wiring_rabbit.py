"""Channels on RabbitMQ from a node's settings. Only a node that has such channels loads this."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.dead import DeadQueue
from adapters.rabbit.lines import Certificates, Line, Login, Password
from adapters.rabbit.link import Tuning
from adapters.rabbit.topology import NodeUser, definitions
from hub.errors import Misconfigured
from hub.exchange.model import MessageClass
from hub.observer import Observer
from hub.parties import NodeId
from ops.secret_files import secret_text
from ops.settings import FIRST, ChannelSettings, NodeSettings

FIRST_ROOM: Final = 10
"""Messages the first worker holds, a channel and class: the packets of two short batches."""


def rabbit_channel(
    channel: ChannelSettings,
    settings: NodeSettings,
    wake: Callable[[], None],
    failed: Callable[[], None],
    observe: Observer,
    slot: str,
) -> RabbitChannel:
    """One channel of a node's process.

    Raises:
        Misconfigured: `settings_invalid` where the channel has no login, `key_file_missing`.
    """
    lines = [
        Line(f"{channel.name}-{n}", line.host, line.port) for n, line in enumerate(channel.lines, 1)
    ]
    return RabbitChannel(
        channel.name,
        NodeId(settings.node),
        lines,
        _login(channel, settings.node),
        founds=settings.application.desk == "hub",
        wake=wake,
        failed=failed,
        observer=observe,
        tuning=_tuning(slot, settings.workers),
    )


def _tuning(slot: str, workers: int) -> Tuning:
    """How a process consumes: the first worker alone, as long as it keeps up.

    A batch costs as much as some vouchers, so two workers with half a batch each cost more than
    one; what the first has no room for goes to the others. A worker alone has all the room.
    """
    if slot != FIRST or workers == 1:
        return Tuning()
    return Tuning(prefetch=dict.fromkeys(MessageClass, FIRST_ROOM), precedence=1)


def graveyard(channel: ChannelSettings, settings: NodeSettings) -> DeadQueue:
    """A channel's dead letters.

    Raises:
        Misconfigured: as `rabbit_channel`.
    """
    line = Line(f"{channel.name}-1", channel.lines[0].host, channel.lines[0].port)
    login = _login(channel, settings.node)
    return DeadQueue(channel.name, NodeId(settings.node), line, login)


def _login(channel: ChannelSettings, node: str) -> Login:
    if channel.certificate_file and channel.key_file and channel.ca_file:
        return Certificates(
            channel.ca_file, channel.certificate_file, channel.key_file, channel.lines[0].host
        )
    if channel.password_file is None:
        raise Misconfigured("settings_invalid", reason=f"channels.{channel.name}: no login")
    return Password(channel.user or node, secret_text(channel.password_file))


def broker_definitions(nodes: Sequence[NodeId], founder: NodeId) -> dict[str, Any]:
    """What every broker of these nodes loads at boot; its users come with certificates."""
    return definitions([NodeUser(node) for node in nodes], founder)
