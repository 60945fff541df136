"""Consuming one class: an amqp_channel with a prefetch of its own, so no class delays another.

Acks go up to the lowest undecided delivery with one `multiple` frame; what lies beyond a gap is
acked singly, at once, so that a message that is held long keeps nothing else from being acked. A
message without the broker-checked user id has no sender: it is rejected to the dead letters.
"""

from collections.abc import Callable, Collection
from typing import Any

from adapters.rabbit.loop import Loop
from adapters.rabbit.mailbox import Mailbox
from adapters.rabbit.topology import queue_name
from hub.exchange.model import MessageClass
from hub.parties import NodeId


class Subscription:
    """The consuming side of one connection, for one class."""

    def __init__(
        self,
        connection: Any,  # noqa: ANN401 -- pika ships no types
        loop: Loop,
        mailbox: Mailbox,
        message_class: MessageClass,
        prefetch: int,
        precedence: int,
        heard: Callable[[], None],
    ) -> None:
        """Open it; `heard` is called for each delivery.

        Of several consumers the broker serves those of the highest `precedence`, while they have
        room below their `prefetch`.
        """
        self._loop = loop
        self._mailbox = mailbox
        self._class = message_class
        self._prefetch = prefetch
        self._precedence = precedence
        self._heard = heard
        self._channel: Any = None
        self._undecided: dict[int, None] = {}
        connection.channel(on_open_callback=loop.guarded(self._opened))

    def ack(self, deliveries: Collection[int]) -> None:
        """Ack these; all of them are undecided, the caller knows its tags."""
        if self._channel is None:
            return
        for delivery in deliveries:
            del self._undecided[delivery]
        lowest = next(iter(self._undecided), None)
        below = [d for d in deliveries if lowest is None or d < lowest]
        if below:
            self._channel.basic_ack(max(below), multiple=True)
        if len(below) < len(deliveries):
            for delivery in deliveries:
                if lowest is not None and delivery > lowest:
                    self._channel.basic_ack(delivery)

    def release(self, deliveries: Collection[int]) -> None:
        """Give these back to the queue."""
        if self._channel is None:
            return
        for delivery in deliveries:
            del self._undecided[delivery]
            self._channel.basic_nack(delivery, requeue=True)

    # --- inside ----------------------------------------------------------------------------------

    def _opened(self, channel: Any) -> None:  # noqa: ANN401
        guarded = self._loop.guarded
        channel.add_on_close_callback(guarded(self._on_close))
        channel.add_on_cancel_callback(guarded(self._on_cancel))
        channel.basic_qos(prefetch_count=self._prefetch)
        queue = queue_name(self._mailbox.node, self._class)
        self._channel = channel
        rank = {"x-priority": self._precedence}
        channel.basic_consume(queue, guarded(self._on_message), arguments=rank)

    def _on_message(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:  # noqa: ANN401
        self._heard()
        if not properties.user_id:
            self._mailbox.tell("channel_unsigned", count=1)
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        self._undecided[method.delivery_tag] = None
        self._mailbox.arrived(
            self._class,
            method.delivery_tag,
            NodeId(properties.user_id),
            body,
            redelivered=method.redelivered,
        )

    def _on_close(self, channel: Any, error: BaseException) -> None:  # noqa: ANN401
        if channel is self._channel:
            self._channel = None
            raise error

    def _on_cancel(self, _frame: Any) -> None:  # noqa: ANN401
        """The queue is gone, or the broker lost patience: connect anew, from the beginning."""
        self._loop.cut()
