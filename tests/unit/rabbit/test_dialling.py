"""A peer that is gone before pika looks whom it has reached is a dial that failed."""

import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from adapters.rabbit.dialling import Dialling
from adapters.rabbit.loop import Loop


def loop() -> Loop:
    return Loop(lambda error: pytest.fail(repr(error)))


def nothing(_told: object) -> None:
    """Nobody is told."""


def dial(services: Dialling, on_done: Callable[[Any], None]) -> Any:
    """Go on with a socket whose other side is gone, which is one without any."""
    return services.create_streaming_connection(object, socket.socket(), on_done)


def test_a_peer_that_is_gone_at_once_is_told_and_ends_no_loop() -> None:
    with closing(loop()) as turning:
        told: list[object] = []

        def done(answer: object) -> None:
            told.append(answer)
            turning.stop()

        dial(Dialling(turning), done)
        assert [] == told, "an answer comes out of the loop, never out of the question"
        turning.start()
    (answer,) = told
    assert isinstance(answer, OSError)


def test_a_dial_that_was_given_up_tells_nothing() -> None:
    with closing(loop()) as turning:
        told: list[object] = []
        dial(Dialling(turning), told.append).cancel()
        turning.call_later(0.01, turning.stop)
        turning.start()
    assert [] == told


def test_a_wrong_question_stays_a_fault() -> None:
    with closing(loop()) as turning, pytest.raises(ValueError, match="server_hostname"):
        Dialling(turning).create_streaming_connection(
            object, socket.socket(), nothing, None, "a name without TLS"
        )
