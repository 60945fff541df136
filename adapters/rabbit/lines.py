"""Lines: the network ways to one broker, how they are dialled, and in which order.

The first line is the main one. After a loss the next line is tried, the lost one last; back on
the main line only after it has answered several probes in a row (see `link.FailBack`).
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pika

from adapters.rabbit.topology import VHOST

HEARTBEAT_SECONDS: Final = 5
# pika's own heartbeat needs 10 to 20 s; these three find a dead line or a frozen broker sooner.
TCP_USER_TIMEOUT_MS: Final = 3000
SOCKET_SECONDS: Final = 3
BLOCKED_SECONDS: Final = 3


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files (PEM) for EXTERNAL: ours, and the authority that vouches for the broker."""

    ca: Path
    certificate: Path
    key: Path
    server_name: str


@dataclass(frozen=True, slots=True)
class Password:
    """PLAIN, for development brokers on loopback."""

    user: str
    password: str


Login = Certificates | Password


@dataclass(frozen=True, slots=True)
class Line:
    """One way to the broker."""

    name: str
    host: str
    port: int


def parameters(
    line: Line, login: Login, seconds: float = SOCKET_SECONDS
) -> pika.ConnectionParameters:
    """How to dial this line; `seconds`: until a silent one is given up.

    Raises:
        OSError, ssl.SSLError: a certificate file is missing or no certificate.
    """
    if isinstance(login, Password):
        assert line.host in {"127.0.0.1", "localhost", "::1"}, "passwords on loopback only"
        credentials, options = pika.PlainCredentials(login.user, login.password), None
    else:
        context = ssl.create_default_context(cafile=str(login.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(str(login.certificate), str(login.key))
        credentials = pika.credentials.ExternalCredentials()
        options = pika.SSLOptions(context, login.server_name)
    return pika.ConnectionParameters(
        host=line.host,
        port=line.port,
        virtual_host=VHOST,
        credentials=credentials,
        ssl_options=options,
        heartbeat=HEARTBEAT_SECONDS,
        blocked_connection_timeout=BLOCKED_SECONDS,
        socket_timeout=seconds,
        stack_timeout=seconds,
        connection_attempts=1,
        tcp_options={"TCP_USER_TIMEOUT": TCP_USER_TIMEOUT_MS},
    )


class LineOrder:
    """Which line is next."""

    def __init__(self, lines: Sequence[Line]) -> None:
        assert lines
        self._lines = tuple(lines)
        self._at = 0

    @property
    def main(self) -> Line:
        """The preferred one."""
        return self._lines[0]

    @property
    def current(self) -> Line:
        """The one in use, or to be dialled now."""
        return self._lines[self._at]

    def lost(self) -> bool:
        """Go on to the next; True when all have been tried once and it is time to wait."""
        self._at = (self._at + 1) % len(self._lines)
        return self._at == 0

    def go_back(self) -> None:
        """Dial the main line next."""
        self._at = 0
