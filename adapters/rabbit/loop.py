"""pika's loop for one connection life, with two things added: cutting, and catching.

* `cut` ends the sockets at once. pika can close a connection only by asking the broker, and a
  frozen broker never answers; a socket shut down on our side makes pika clean up as after any loss.
* `guarded` wraps every callback of ours: an exception in one is told and cuts the connection. It
  must never end the thread, and never leave half a callback's work behind in a living connection.
"""

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

from pika.adapters.select_connection import IOLoop

Guard = Callable[[Callable[..., None]], Callable[..., None]]


class Loop(IOLoop):  # type: ignore[misc]  # pika ships no types
    """A selector loop that knows the sockets it watches."""

    def __init__(self, fault: Callable[[Exception], None]) -> None:
        super().__init__()
        self._watched: set[int] = set()
        self._fault = fault
        self._running = True

    def add_handler(self, fd: int, handler: Callable[[int, int], None], events: int) -> None:
        """Watch a socket (pika calls this)."""
        self._watched.add(fd)
        super().add_handler(fd, handler, events)

    def remove_handler(self, fd: int) -> None:
        """Watch it no longer (pika calls this)."""
        self._watched.discard(fd)
        super().remove_handler(fd)

    def cut(self) -> None:
        """Shut every watched socket down, without a word to the other side."""
        for fd in tuple(self._watched):
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as copy:
                copy.shutdown(socket.SHUT_RDWR)

    def guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """The callback, with what it raises told instead of raised."""

        def call(*args: Any) -> None:  # noqa: ANN401 -- whatever pika passes
            try:
                callback(*args)
            except Exception as error:  # noqa: BLE001 -- the top of an I/O callback
                self._fault(error)

        return call

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call guarded, after so many seconds, unless the loop has ended."""
        self.call_later(seconds, self.guarded(callback))
