"""A node's dead letters on one broker, read now and then over a connection of its own.

A blocking connection is enough: it lives for one look. It is made in a thread of its own, so that
the worker that looks goes on meanwhile: a line that says nothing takes a second, and one whose main
line stays cut takes it every time. What is not acknowledged when it closes lies in the queue again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, Final

import pika

from adapters.rabbit.errors import foreign, translate
from adapters.rabbit.lines import Line, Login, parameters
from adapters.rabbit.topology import dead_queue_name
from hub.exchange.dead import Found
from hub.parties import NodeId

LOOK_SECONDS: Final = 1
"""So long may it take to reach the broker."""


class DeadQueue:
    """`hub.exchange.dead.Graveyard` over RabbitMQ; looked at by its main line."""

    def __init__(self, name: str, node: NodeId, line: Line, login: Login) -> None:
        self._name = name
        self._queue = dead_queue_name(node)
        self._line = line
        self._login = login
        self._dialling: Thread | None = None
        self._trouble: Exception | None = None
        self._connection: Any = None
        self._channel: Any = None

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self._name

    def reach(self) -> bool:
        """Dial, in another thread; whether that has come to an end, good or bad."""
        if self._dialling is None:
            self._dialling = Thread(target=self._dial, name=f"dead-{self._name}", daemon=True)
            self._dialling.start()
        return not self._dialling.is_alive()

    def _dial(self) -> None:
        try:
            dial = parameters(self._line, self._login, LOOK_SECONDS)
            self._connection = pika.BlockingConnection(dial)
            self._channel = self._connection.channel()
        except Exception as error:  # noqa: BLE001 - for whoever takes
            self._trouble = error

    def _reached(self) -> None:
        """Wait until it is, or raise what came of it."""
        while not self.reach():
            assert self._dialling is not None
            self._dialling.join()
        if self._trouble is not None:
            raise self._trouble

    def take(self, limit: int) -> list[Found]:
        """Letters that lie there."""
        with self._border():
            self._reached()
            found: list[Found] = []
            while len(found) < limit:
                method, properties, octets = self._channel.basic_get(self._queue)
                if method is None:
                    break
                found.append(_found(method, properties, octets))
            return found

    def forget(self, tags: Sequence[int]) -> None:
        """These are in the store."""
        with self._border():
            for tag in tags:
                self._channel.basic_ack(tag)

    def close(self) -> None:
        """Give back what was not forgotten."""
        connection, self._connection, self._channel = self._connection, None, None
        self._dialling = self._trouble = None
        if connection is not None:
            with suppress(pika.exceptions.AMQPError, OSError):
                connection.close()

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not foreign(error):
                raise
            self.close()
            raise translate(error, self._name) from error


def _found(method: Any, properties: Any, octets: bytes) -> Found:  # noqa: ANN401 -- untyped
    """The class is the last word of the key it was published under."""
    deaths = (properties.headers or {}).get("x-death") or [{}]
    reason = str(deaths[0].get("reason", "unknown"))
    message_class = str(method.routing_key).rpartition(".")[2]
    return Found(method.delivery_tag, properties.user_id or "", message_class, reason, octets)
