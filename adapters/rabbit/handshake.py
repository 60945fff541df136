"""What is made sure of before a connection is used: that everything stands, and whose disk it is.

Passive looks only; each name that is not found closes the amqp_channel it was looked for on, so
the next look takes a new one, and in the end everything missing is known at once. Then the token
of the disk's incarnation is read and given back. This is the first question that only a queue's
leader can answer: a queue without one stays silent on a broker that is otherwise well. Another
process of the node may hold the token just then, so an empty queue is asked again; the founder at
last puts a token, the others wait for it.
"""

import random
import re
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import pika
from pika import spec

from adapters.rabbit.errors import MISSING, code_of
from adapters.rabbit.loop import Loop
from adapters.rabbit.topology import (
    EXCHANGE,
    expected_queues,
    founding_key,
    incarnation_queue_name,
)
from hub.parties import NodeId

_EMPTY_SECONDS: Final = (0.02, 0.1)
_EMPTY_TIMES: Final = 6
_WAIT_SECONDS: Final = 0.5
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
        self._empties = 0
        self.asked = ""
        """The queue that was asked for the token and has not answered."""
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
        guarded = self._loop.guarded
        self.asked = incarnation_queue_name(self._node)
        self._channel.add_callback(guarded(self._empty), [spec.Basic.GetEmpty])
        self._channel.basic_get(self.asked, guarded(self._answer))

    def _empty(self, _frame: Any) -> None:  # noqa: ANN401
        """Nothing there now: somebody reads it, or nobody has put one yet."""
        self.asked = ""
        self._empties += 1
        pause = random.uniform(*_EMPTY_SECONDS)
        if self._empties >= _EMPTY_TIMES and self._founds:
            self._put(secrets.token_hex(8).encode())
            self._empties = 0
        elif self._empties >= _EMPTY_TIMES:
            self._waits()
            pause = _WAIT_SECONDS
        self._loop.later(pause, self._again)

    def _again(self) -> None:
        if self._connection.is_open and self._channel.is_open:
            self._ask()

    def _put(self, token: bytes) -> None:
        """One token for every node's queue; what stood there gives way."""
        properties = pika.BasicProperties(delivery_mode=2, user_id=self._node)
        self._channel.basic_publish(EXCHANGE, founding_key(self._node), token, properties)

    def _answer(self, channel: Any, method: Any, _properties: Any, token: bytes) -> None:  # noqa: ANN401
        self.asked = ""
        channel.basic_nack(method.delivery_tag, requeue=True)
        if not _TOKEN.match(token):
            self._missing([incarnation_queue_name(self._node)])
            return
        if self._founds:
            self._put(token)
        self._done(channel, token.decode())
