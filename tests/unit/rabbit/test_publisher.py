"""What an amqp_channel says is about its own messages, for as long as they are waited for."""

from collections.abc import Callable
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

from pika import spec

from adapters.rabbit.errors import NACKED
from adapters.rabbit.loop import Loop
from adapters.rabbit.mailbox import Mailbox
from adapters.rabbit.publisher import Publisher
from hub.exchange.model import Publish
from hub.observer import silent
from tests.support.channel_harness import BANK, a_message

ACK, NACK = spec.Basic.Ack, spec.Basic.Nack


class Timers(Loop):
    """A loop without a socket, whose time passes when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        return callback

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.waiting.append((seconds, callback))

    def next(self) -> None:
        self.waiting.sort(key=itemgetter(0))
        self.waiting.pop(0)[1]()


class AmqpChannel:
    """One that is open at once, and still speaks after it was closed."""

    is_open = True

    def __init__(self) -> None:
        self._confirm: Callable[[Any], None]
        self._returned: Callable[[Any, Any, Any, bytes], None]

    def add_on_return_callback(self, callback: Callable[..., None]) -> None:
        self._returned = callback

    def add_on_close_callback(self, callback: Callable[..., None]) -> None:
        """Nobody closes it but its owner."""

    def confirm_delivery(
        self, confirm: Callable[[Any], None], callback: Callable[[Any], None]
    ) -> None:
        self._confirm = confirm
        callback(None)

    def basic_publish(self, *_: object, mandatory: bool) -> None:
        assert mandatory

    def close(self) -> None:
        self.is_open = False

    def say(self, method: object) -> None:
        self._confirm(SimpleNamespace(method=method))

    def give_back(self, tag: int) -> None:
        self._returned(self, None, SimpleNamespace(message_id=str(tag)), b"")


class Line:
    """A connection with a publisher, which hears what the publisher says of it."""

    is_open = True

    def __init__(self) -> None:
        self.amqp_channels: list[AmqpChannel] = []
        self.suspected: list[str] = []
        self.confirms = 0
        self.timers = Timers()
        self._mailbox = Mailbox("one", BANK, silent)
        self._mailbox.opened(lambda: None, "i1", "line-1")
        self._publisher = Publisher(self, self.timers, self._mailbox, self, (9, 1 << 20))
        self._publisher.open()

    def channel(self, on_open_callback: Callable[[Any], None]) -> None:
        self.amqp_channels.append(AmqpChannel())
        on_open_callback(self.amqp_channels[-1])

    def send(self, *tokens: int) -> None:
        self._mailbox.hand_over([a_message(token) for token in tokens])
        self._publisher.pump()

    def outcomes(self) -> dict[int, tuple[Publish, str]]:
        return {one.token: (one.publish, one.code) for one in self._mailbox.take_outcomes()}

    def suspect(self, reason: str) -> None:
        self.suspected.append(reason)

    def confirmed(self) -> None:
        self.confirms += 1

    def can_publish(self) -> None:
        """It was asked for."""


def renewed() -> tuple[Line, AmqpChannel, AmqpChannel]:
    """A line whose first amqp_channel was retired with a message unconfirmed; both of them."""
    line = Line()
    line.send(1, 2)
    old = line.amqp_channels[0]
    old.say(NACK(1))
    line.timers.next()
    line.timers.next()
    assert {1: (Publish.REFUSED, NACKED), 2: (Publish.UNKNOWN, "confirm_lost")} == line.outcomes()
    line.suspected.clear()
    line.send(3, 4)
    return line, old, line.amqp_channels[1]


def test_a_late_confirm_of_a_retired_amqp_channel_confirms_nothing_of_the_new_one() -> None:
    line, old, new = renewed()
    old.say(ACK(2, multiple=True))
    assert ({}, 0) == (line.outcomes(), line.confirms)
    new.say(ACK(2, multiple=True))
    sent = (Publish.CONFIRMED, "")
    assert ({3: sent, 4: sent}, 1) == (line.outcomes(), line.confirms)


def test_a_late_nack_of_a_retired_amqp_channel_does_not_retire_the_new_one() -> None:
    line, old, _ = renewed()
    old.say(NACK(2))
    assert ({}, [], []) == (line.outcomes(), line.suspected, line.timers.waiting)


def test_a_late_return_of_a_retired_amqp_channel_refuses_nothing_of_the_new_one() -> None:
    line, old, new = renewed()
    old.give_back(2)
    new.say(ACK(2))
    assert ({4: (Publish.CONFIRMED, "")}, []) == (line.outcomes(), line.suspected)


def test_a_retired_amqp_channel_is_listened_to_until_it_is_closed() -> None:
    line = Line()
    line.send(1, 2, 3)
    old = line.amqp_channels[0]
    old.say(NACK(1))
    old.say(ACK(2))
    line.timers.next()
    old.say(ACK(3))
    refused, sent = (Publish.REFUSED, NACKED), (Publish.CONFIRMED, "")
    unknown = (Publish.UNKNOWN, "confirm_lost")
    assert {1: refused, 2: sent, 3: unknown} == line.outcomes()
    assert 1 == line.confirms
