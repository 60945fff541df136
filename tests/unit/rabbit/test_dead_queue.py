"""A look for dead letters that is given up while its line is dialled leaves nothing open."""

from queue import Queue
from threading import Event
from typing import Any

import pytest

from adapters.rabbit.dead import DeadQueue
from adapters.rabbit.lines import Line, Password
from hub.parties import NodeId

BANK = NodeId("bank-a")


class Slow:
    """A connection, and the one amqp_channel of it, that comes about when it is let."""

    def __init__(self, dialled: "Queue[Slow]") -> None:
        self.let, self.closed = Event(), Event()
        self.connection = self
        dialled.put(self)
        assert self.let.wait(60)

    def channel(self) -> Any:
        return self

    def basic_get(self, _: str) -> tuple[None, None, None]:
        assert not self.closed.is_set()
        return None, None, None

    def close(self) -> None:
        self.closed.set()


def test_a_dial_that_was_given_up_closes_what_it_makes_and_harms_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialled: Queue[Slow] = Queue()
    monkeypatch.setattr("pika.BlockingConnection", lambda _: Slow(dialled))
    dead = DeadQueue("one", BANK, Line("one-1", "127.0.0.1", 1), Password(BANK, BANK))
    assert not dead.reach()
    given_up = dialled.get(timeout=60)
    dead.close()
    assert not dead.reach()
    other = dialled.get(timeout=60)
    other.let.set()
    assert [] == dead.take(1)
    given_up.let.set()
    assert given_up.closed.wait(60)
    assert [] == dead.take(1)
    dead.close()
    assert other.closed.wait(60)
