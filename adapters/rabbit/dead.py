"""A node's dead letters on one broker, read now and then over a connection of its own.

A blocking connection is enough: it lives for one look. It is made in a thread of its own, so that
the worker that looks goes on meanwhile: a line that says nothing takes a second, and one whose main
line stays cut takes it every time. A broker that falls silent between that and the end of the look
does hold the worker up, until pika misses its heartbeats: up to 20 s. What is not acknowledged when
it closes lies in the queue again.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
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
        self._made: Future[Any] | None = None
        """The amqp_channel, or why there is none."""

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self._name

    def reach(self) -> bool:
        """Dial, in another thread; whether that has come to an end, good or bad."""
        return self._dialled().done()

    def _dialled(self) -> Future[Any]:
        if self._made is None:
            self._made = Future()
            name = f"dead-{self._name}"
            Thread(target=self._dial, args=(self._made,), name=name, daemon=True).start()
        return self._made

    def _dial(self, made: Future[Any]) -> None:
        """Make the connection; nobody else ends it when it was given up meanwhile."""
        connection = None
        try:
            dial = parameters(self._line, self._login, LOOK_SECONDS)
            connection = pika.BlockingConnection(dial)
            made.set_result(connection.channel())
        except Exception as error:  # noqa: BLE001 - for whoever takes
            if connection is not None:
                _hang_up(connection)
            with suppress(InvalidStateError):
                made.set_exception(error)

    def take(self, limit: int) -> list[Found]:
        """Letters that lie there."""
        with self._border():
            amqp_channel = self._dialled().result()
            found: list[Found] = []
            while len(found) < limit:
                method, properties, octets = amqp_channel.basic_get(self._queue)
                if method is None:
                    break
                found.append(_found(method, properties, octets))
            return found

    def forget(self, tags: Sequence[int]) -> None:
        """These are in the store."""
        assert self._made is not None, "taken before"
        with self._border():
            for tag in tags:
                self._made.result().basic_ack(tag)

    def close(self) -> None:
        """Give back what was not forgotten; a dial that goes on ends what it makes."""
        made, self._made = self._made, None
        if made is not None and not made.cancel() and made.exception() is None:
            _hang_up(made.result().connection)

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not foreign(error):
                raise
            self.close()
            raise translate(error, self._name) from error


def _hang_up(connection: Any) -> None:  # noqa: ANN401 -- untyped
    with suppress(pika.exceptions.AMQPError, OSError):
        connection.close()


def _found(method: Any, properties: Any, octets: bytes) -> Found:  # noqa: ANN401 -- untyped
    """The class is the last word of the key it was published under."""
    deaths = (properties.headers or {}).get("x-death") or [{}]
    reason = str(deaths[0].get("reason", "unknown"))
    message_class = str(method.routing_key).rpartition(".")[2]
    return Found(method.delivery_tag, properties.user_id or "", message_class, reason, octets)
