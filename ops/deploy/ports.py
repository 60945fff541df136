"""Free loopback ports for servers we start ourselves.

They lie below 32768: the range above is where the system takes ports for outgoing connections, and
such a connection may sit on a server's port just when it restarts.
"""

import random
import socket
from typing import Final

from hub.errors import Misconfigured

LOOPBACK: Final = "127.0.0.1"
LOWEST: Final = 20_000
HIGHEST: Final = 31_999


def free_port(source: random.Random | None = None) -> int:
    """A loopback port nobody listens on now; between asking and using, another may take it.

    Raises:
        Misconfigured: `no_free_port`.
    """
    draw = source or random.SystemRandom()
    for _ in range(200):
        port = draw.randint(LOWEST, HIGHEST)
        if is_free(port):
            return port
    raise Misconfigured("no_free_port")


def is_free(port: int) -> bool:
    """Whether nobody listens on the loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
