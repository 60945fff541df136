"""How much room each process's consumers have on RabbitMQ."""

from adapters.rabbit.link import Tuning
from hub.exchange.model import MessageClass
from ops.wiring_rabbit import FIRST_ROOM, _tuning


def test_the_first_of_several_workers_has_precedence_and_little_room_in_every_class() -> None:
    first, second = _tuning("w0", 2), _tuning("w1", 2)
    assert first.precedence > second.precedence
    assert dict.fromkeys(MessageClass, FIRST_ROOM) == first.prefetch
    assert Tuning() == second


def test_a_worker_alone_and_the_dispatcher_have_all_the_room() -> None:
    assert [Tuning()] * 2 == [_tuning("w0", 1), _tuning("d", 2)]
