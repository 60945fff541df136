"""What is made sure of before a connection is used: that everything stands, and whose disk it is.

Passive looks only; each name that is not found closes the amqp_channel it was looked for on, so
the next look takes a new one, and in the end everything missing is known at once. Then the first
message of the stream `evx.incarnation` is read. The founder puts one when there is none.
"""

import re
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import pika

from adapters.rabbit.errors import MISSING, code_of
from adapters.rabbit.loop import Loop
from adapters.rabbit.topology import EXCHANGE, INCARNATION, expected_queues, founding_key
from hub.parties import NodeId

_EMPTY_SECONDS: Final = 0.3
_TOKEN: Final = re.compile(rb"[0-9a-f]{16}\Z")


class Handshake:
    """The first steps on a connection; calls exactly one of `done` and `failed`, or is cut off."""

    def __init__(
        self,
        connection: Any,  # noqa: ANN401 -- pika ships no types
        loop: Loop,
        node: NodeId,
        founds: bool,  # noqa: FBT001
        done: Callable[[Any, str], None],
        missing: Callable[[list[str]], None],
        waits: Callable[[], None],
    ) -> None:
        """`done` gets the amqp_channel used and the incarnation; `waits`: there is none yet."""
        self._connection = connection
        self._loop = loop
        self._node = node
        self._founds = founds
        self._done = done
        self._missing = missing
        self._waits = waits
        self._looked_for = deque([EXCHANGE, *expected_queues(node)])
        self._absent: list[str] = []
        self._channel: Any = None
        self._over = False
        self._open()

    def _open(self) -> None:
        self._connection.channel(on_open_callback=self._loop.guarded(self._opened))

    def _opened(self, channel: Any) -> None:  # noqa: ANN401
        self._channel = channel
        channel.add_on_close_callback(self._loop.guarded(self._closed))
        self._look()

    def _look(self) -> None:
        """Look for the next name; what was found last leaves the list."""
        if not self._looked_for:
            if self._absent:
                self._missing(self._absent)
            else:
                self._ask()
            return
        name = self._looked_for[0]
        found = self._loop.guarded(self._found)
        if name == EXCHANGE:
            self._channel.exchange_declare(name, passive=True, callback=found)
        else:
            self._channel.queue_declare(name, passive=True, callback=found)

    def _found(self, _ok: Any) -> None:  # noqa: ANN401
        self._looked_for.popleft()
        self._look()

    def _closed(self, _channel: Any, error: BaseException) -> None:  # noqa: ANN401
        if self._looked_for and code_of(error) == MISSING:
            self._absent.append(self._looked_for.popleft())
            self._open()
        elif self._connection.is_open:
            raise error

    def _ask(self) -> None:
        self._channel.basic_qos(prefetch_count=1)
        self._channel.basic_consume(
            INCARNATION,
            self._loop.guarded(self._answer),
            consumer_tag=INCARNATION,
            arguments={"x-stream-offset": "first"},
        )
        self._loop.later(_EMPTY_SECONDS, self._empty)

    def _empty(self) -> None:
        if self._over or not self._connection.is_open:
            return
        if self._founds:
            self._channel.basic_publish(
                EXCHANGE,
                founding_key(self._node),
                secrets.token_hex(8).encode(),
                pika.BasicProperties(delivery_mode=2, user_id=self._node),
            )
        else:
            self._waits()

    def _answer(self, channel: Any, method: Any, _properties: Any, body: bytes) -> None:  # noqa: ANN401
        if self._over:
            return
        self._over = True
        channel.basic_ack(method.delivery_tag)
        channel.basic_cancel(INCARNATION)
        if not _TOKEN.match(body):
            self._missing([INCARNATION])
            return
        self._done(channel, body.decode())
