"""Probing the main line while the channel lives on another one. I/O thread only."""

from collections.abc import Callable
from typing import Any, Final

import pika

from adapters.rabbit.dialling import Dialling
from adapters.rabbit.loop import Loop

_PROBES: Final = 3


class FailBack:
    """Connects to the main line now and then; calls `back` after three answers in a row."""

    def __init__(
        self,
        loop: Loop,
        parameters: Any,  # noqa: ANN401 -- pika ships no types
        healthy_seconds: float,
        back: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._parameters = parameters
        self._pause = healthy_seconds / _PROBES
        self._back = back
        self._answers = 0
        self._stopped = False
        loop.later(self._pause, self._probe)

    def stop(self) -> None:
        """Probe no more."""
        self._stopped = True

    def _probe(self) -> None:
        if self._stopped:
            return
        guarded = self._loop.guarded
        pika.SelectConnection(
            self._parameters,
            on_open_callback=guarded(self._answered),
            on_open_error_callback=guarded(self._failed),
            on_close_callback=guarded(lambda *_: None),
            custom_ioloop=Dialling(self._loop),
        )

    def _answered(self, connection: Any) -> None:  # noqa: ANN401
        connection.close()
        self._answers += 1
        if self._stopped:
            return
        if self._answers == _PROBES:
            self._stopped = True
            self._back()
        else:
            self._loop.later(self._pause, self._probe)

    def _failed(self, _connection: Any, _error: BaseException) -> None:  # noqa: ANN401
        self._answers = 0
        self._loop.later(self._pause, self._probe)
