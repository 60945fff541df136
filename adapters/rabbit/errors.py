"""What pika raises, said in the house's words. Nothing of pika's passes this border."""

import ssl
from collections.abc import Mapping
from typing import Final

from pika import exceptions as amqp
from pika.adapters.utils import connection_workflow as workflow

from hub.errors import ChannelDown

AWAY: Final = "channel_away"
SILENT: Final = "channel_silent"
BLOCKED: Final = "channel_blocked"
LOGIN: Final = "channel_login_refused"
PERMIT: Final = "channel_not_permitted"
TLS: Final = "channel_tls_refused"
PROTOCOL: Final = "channel_protocol"
MISSING: Final = "topology_missing"
LEADERLESS: Final = "queue_silent"
NACKED: Final = "nacked"
UNROUTABLE: Final = "unroutable"

MEANINGS: Final[Mapping[type[Exception], str]] = {
    amqp.AMQPError: AWAY,
    amqp.AMQPConnectionError: AWAY,
    amqp.ConnectionOpenAborted: AWAY,
    amqp.StreamLostError: AWAY,
    amqp.ConnectionWrongStateError: AWAY,
    amqp.ConnectionClosed: AWAY,
    amqp.ConnectionClosedByBroker: AWAY,
    amqp.ConnectionClosedByClient: AWAY,
    amqp.ChannelWrongStateError: AWAY,
    amqp.ChannelClosed: AWAY,
    amqp.ChannelClosedByBroker: AWAY,
    amqp.ChannelClosedByClient: AWAY,
    amqp.AMQPChannelError: AWAY,
    amqp.ConsumerCancelled: AWAY,
    amqp.AMQPHeartbeatTimeout: SILENT,
    amqp.ConnectionBlockedTimeout: BLOCKED,
    amqp.AuthenticationError: LOGIN,
    amqp.ProbableAuthenticationError: LOGIN,
    amqp.ProbableAccessDeniedError: PERMIT,
    amqp.IncompatibleProtocolError: TLS,
    amqp.UnroutableError: UNROUTABLE,
    amqp.NackError: NACKED,
    amqp.NoFreeChannels: PROTOCOL,
    amqp.DuplicateConsumerTag: PROTOCOL,
    amqp.InvalidChannelNumber: PROTOCOL,
    amqp.ProtocolSyntaxError: PROTOCOL,
    amqp.UnexpectedFrameError: PROTOCOL,
    amqp.ProtocolVersionMismatch: PROTOCOL,
    amqp.BodyTooLongError: PROTOCOL,
    amqp.InvalidFrameError: PROTOCOL,
    amqp.InvalidFieldTypeException: PROTOCOL,
    amqp.UnsupportedAMQPFieldException: PROTOCOL,
    amqp.MethodNotImplemented: PROTOCOL,
    amqp.ChannelError: PROTOCOL,
    amqp.ReentrancyError: PROTOCOL,
    amqp.ShortStringTooLong: PROTOCOL,
    amqp.DuplicateGetOkCallback: PROTOCOL,
    workflow.AMQPConnectorException: AWAY,
    workflow.AMQPConnectorStackTimeout: SILENT,
}

_REPLIES: Final[Mapping[int, str]] = {
    403: PERMIT,
    404: MISSING,
    406: PROTOCOL,
    530: PERMIT,  # also: no such virtual host
}


def code_of(error: BaseException | None) -> str:
    """The stable code of whatever ended a connection or an amqp_channel."""
    if isinstance(error, amqp.ConnectionClosed | amqp.ChannelClosed):
        return _REPLIES.get(error.reply_code, AWAY)
    for kind in type(error).__mro__:
        if kind in MEANINGS:
            meaning = MEANINGS[kind]
            return TLS if meaning == AWAY and _by_tls(error) else meaning
    return TLS if _by_tls(error) else AWAY


def foreign(error: BaseException) -> bool:
    """Whether this is how pika tells that a connection cannot be had, or is gone.

    Of a dial that failed it also raises what is no `AMQPError`, and ValueError where the peer was
    gone before pika looked whom it had reached.
    """
    kinds = (amqp.AMQPError, workflow.AMQPConnectorException, OSError)
    gone = isinstance(error, ValueError) and isinstance(error.__context__, OSError)
    return gone or isinstance(error, kinds)


def translate(error: BaseException | None, channel: str) -> ChannelDown:
    """The house's error for it."""
    return ChannelDown(code_of(error), channel=channel)


def _by_tls(error: BaseException | None) -> bool:
    """Whether TLS lies at the bottom: pika wraps its alerts several times, as arguments."""
    depth = 0
    while error is not None and depth < 8:
        if isinstance(error, ssl.SSLError):
            return True
        held = (*getattr(error, "exceptions", ()), getattr(error, "exception", None), *error.args)
        inner = [each for each in held if isinstance(each, BaseException)]
        error = inner[0] if inner else error.__cause__
        depth += 1
    return False
