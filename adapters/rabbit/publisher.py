"""Publishing: one amqp_channel in confirm mode, a window, and the rule for nacks.

Every message is persistent, mandatory, and carries the user id that the broker checks. Confirms
are matched by delivery tag. A nack retires the amqp_channel: nothing more goes into it, what is
still unconfirmed gets a moment, and after a back-off a new one is opened. A broker that elects a
leader would nack everything on the old one for ever. Each counts its delivery tags from one, and
may speak until the broker has seen it closed: what it says then is about none of the new one's.

A confirm that is overdue is *doubted*: its token becomes unknown, so that it goes another way, and
the confirm, should it still come, is a sign of life and nothing else.
"""

import random
import time
from typing import Any, Final, Protocol

import pika
from pika import spec

from adapters.rabbit.errors import NACKED, UNROUTABLE
from adapters.rabbit.loop import Loop
from adapters.rabbit.mailbox import Mailbox
from adapters.rabbit.topology import EXCHANGE, routing_key
from hub.exchange.model import MessageClass, Outcome, Publish
from hub.parties import NodeId

_GRACE_SECONDS: Final = 0.25
_BACK_OFF_SECONDS: Final = (0.1, 0.25)
_BACK_OFF_MAX_SECONDS: Final = 5.0
_PERSISTENT: Final = 2


class Listener(Protocol):
    """Whoever judges the connection by what happens here."""

    def suspect(self, reason: str) -> None:
        """A nack, or a mandatory return."""
        ...

    def confirmed(self) -> None:
        """A confirm came."""
        ...

    def can_publish(self) -> None:
        """An amqp_channel is open: the first, or a new one after a nack."""
        ...


class Publisher:
    """The publishing side of one connection."""

    def __init__(
        self,
        connection: Any,  # noqa: ANN401 -- pika ships no types
        loop: Loop,
        mailbox: Mailbox,
        listener: Listener,
        window: tuple[int, int],
    ) -> None:
        """`window`: messages and octets unconfirmed at most."""
        self._connection = connection
        self._loop = loop
        self._mailbox = mailbox
        self._listener = listener
        self._window, self._window_bytes = window
        self._channel: Any = None
        """The one that is published on."""
        self._tagged: Any = None
        """The one whose delivery tags are known: the same, or just retired."""
        self._flying: dict[int, tuple[int | None, int]] = {}
        """Delivery tag → token and size; ascending. No token: doubted, its outcome is told."""
        self._bytes = 0
        self._keys: dict[tuple[NodeId, MessageClass], str] = {}
        self._returned: set[int] = set()
        self._next_tag = 1
        self._nacked_in_a_row = 0
        self._heard_at = 0.0

    @property
    def flying(self) -> int:
        """Published and not confirmed."""
        return len(self._flying)

    def silent_seconds(self) -> float:
        """For how long something has been unconfirmed without a word from the broker."""
        return time.monotonic() - self._heard_at if self._flying else 0.0

    def open(self) -> None:
        """Open an amqp_channel; `can_publish` follows."""
        self._connection.channel(on_open_callback=self._loop.guarded(self._opened))

    def pump(self) -> None:
        """Publish what waits, as far as the window allows."""
        while self._channel is not None:
            room = self._window - len(self._flying)
            if room <= 0 or self._bytes >= self._window_bytes:
                return
            items = self._mailbox.next_out(min(room, 32))
            if not items:
                return
            if not self._flying:
                self._heard_at = time.monotonic()
            for item in items:
                to = (item.receiver, item.message_class)
                key = self._keys.get(to)
                if key is None:
                    key = self._keys[to] = routing_key(self._mailbox.node, *to)
                self._publish(item.token, key, item.octets)

    def doubt(self) -> None:
        """Tell that everything unconfirmed is unknown; go on listening for the confirms."""
        flying = [(tag, token, size) for tag, (token, size) in self._flying.items()]
        self._flying.update((tag, (None, size)) for tag, _, size in flying)
        self._mailbox.unknown([token for _, token, _ in flying if token is not None])

    def abandon(self) -> None:
        """The connection is gone: everything unconfirmed is unknown."""
        self._channel = None
        self._forget()

    # --- inside ----------------------------------------------------------------------------------

    def _opened(self, channel: Any) -> None:  # noqa: ANN401
        guarded = self._loop.guarded
        self._tagged, self._next_tag = channel, 1
        channel.add_on_return_callback(guarded(self._on_return))
        channel.add_on_close_callback(guarded(self._on_close))
        channel.confirm_delivery(
            guarded(lambda frame: self._on_confirm(channel, frame)),
            callback=guarded(lambda _ok: self._usable(channel)),
        )

    def _usable(self, channel: Any) -> None:  # noqa: ANN401
        self._channel = channel
        self._listener.can_publish()
        self.pump()

    def _publish(self, token: int, key: str, octets: bytes) -> None:
        tag = self._next_tag
        properties = pika.BasicProperties(
            delivery_mode=_PERSISTENT, user_id=self._mailbox.node, message_id=str(tag)
        )
        try:
            self._channel.basic_publish(EXCHANGE, key, octets, properties, mandatory=True)
        except (pika.exceptions.AMQPConnectionError, pika.exceptions.AMQPChannelError):
            self._mailbox.unknown([token])
            return
        except Exception as error:  # noqa: BLE001 -- one message must not stop the others
            self._mailbox.tell("channel_fault", reason=type(error).__name__)
            self._mailbox.told([Outcome(token, Publish.REFUSED, "unpublishable")])
            return
        self._next_tag += 1
        self._flying[tag] = (token, len(octets))
        self._bytes += len(octets)

    def _on_confirm(self, channel: Any, frame: Any) -> None:  # noqa: ANN401
        if channel is not self._tagged:
            return
        method = frame.method
        self._heard_at = time.monotonic()
        nack = isinstance(method, spec.Basic.Nack)
        told = [self._outcome(tag, nack=nack) for tag in self._named(method)]
        if not nack:  # before it is told: who knows of the confirm finds the channel up
            self._nacked_in_a_row = 0
            self._listener.confirmed()
        self._mailbox.told([outcome for outcome in told if outcome is not None])
        if nack:
            self._retire()
        else:
            self.pump()

    def _named(self, method: Any) -> list[int]:  # noqa: ANN401
        """Delivery tags a confirm speaks of."""
        last: int = method.delivery_tag
        if not method.multiple:
            return [last] if last in self._flying else []
        tags = []
        for tag in self._flying:
            if last and tag > last:
                break
            tags.append(tag)
        return tags

    def _outcome(self, tag: int, *, nack: bool) -> Outcome | None:
        token, size = self._flying.pop(tag)
        self._bytes -= size
        returned = tag in self._returned
        self._returned.discard(tag)
        if token is None:
            return None
        if nack:
            return Outcome(token, Publish.REFUSED, NACKED)
        if returned:
            return Outcome(token, Publish.REFUSED, UNROUTABLE)
        return Outcome(token, Publish.CONFIRMED)

    def _on_return(self, channel: Any, _method: Any, properties: Any, _body: bytes) -> None:  # noqa: ANN401
        """A mandatory message without a queue; its confirm follows."""
        if channel is not self._tagged:
            return
        self._returned.add(int(properties.message_id))
        self._listener.suspect(UNROUTABLE)

    def _retire(self) -> None:
        """After a nack: no more on this amqp_channel, a new one after a pause."""
        if self._channel is None:
            return
        channel, self._channel = self._channel, None
        self._nacked_in_a_row += 1
        self._listener.suspect(NACKED)
        self._mailbox.tell("channel_nacked", count=self._nacked_in_a_row)
        self._mailbox.refuse_waiting("channel_suspect")
        pause = random.uniform(*_BACK_OFF_SECONDS) * 2 ** min(self._nacked_in_a_row - 1, 6)
        grace = _GRACE_SECONDS if self._flying else 0.0
        self._loop.later(grace, lambda: self._close(channel))
        self._loop.later(grace + min(pause, _BACK_OFF_MAX_SECONDS), self._open_again)

    def _close(self, channel: Any) -> None:  # noqa: ANN401
        self._forget()
        if channel.is_open:
            channel.close()

    def _open_again(self) -> None:
        if self._connection.is_open:
            self.open()

    def _on_close(self, channel: Any, error: BaseException) -> None:  # noqa: ANN401
        """Closed by the broker while in use: the link decides; closed by us: nothing."""
        if channel is self._channel:
            self._channel = None
            self._forget()
            raise error

    def _forget(self) -> None:
        self._tagged = None
        tokens = [token for token, _ in self._flying.values() if token is not None]
        self._flying.clear()
        self._returned.clear()
        self._bytes = 0
        self._mailbox.unknown(tokens)
