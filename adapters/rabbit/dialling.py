"""pika's dialling, with one of its exceptions turned into an answer.

A peer that takes a connection and is gone again before pika looks whom it has reached: pika raises
that, out of a callback of its own, through the loop. It would end the loop, and with it whatever
else lives there: a standby line while the main one is probed. Here it is a dial that failed.
"""

import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from pika.adapters.utils.selector_ioloop_adapter import SelectorIOServicesAdapter


class Dialling(SelectorIOServicesAdapter):  # type: ignore[misc]  # pika ships no types
    """A loop as pika's connections use it."""

    def create_streaming_connection(
        self,
        protocol_factory: Callable[[], Any],
        sock: socket.socket,
        on_done: Callable[[Any], None],
        ssl_context: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
    ) -> Any:  # noqa: ANN401 -- pika ships no types
        """Set up TLS and the connection over a socket; `on_done` hears also that it is gone."""
        try:
            return super().create_streaming_connection(
                protocol_factory, sock, on_done, ssl_context, server_hostname
            )
        except ValueError as error:
            gone = error.__context__
            if not isinstance(gone, OSError):
                raise
            return self.call_later(0, partial(on_done, gone))
