"""One connection of the HTTP server: how far its request has come, and how long it may take.

Rules:
- Before a worker has it, it is looked ahead whether the request is whole: header and, of a body,
  what fits beside it into `WHOLE_BYTES`. Behind TLS nobody can look ahead.
- Whoever has begun has so long to finish: handshake and header `HEAD_SECONDS`, what is left of a
  body `BODY_SECONDS`, however often a single octet comes.
- How long a body is stands once, in plain digits, as it is read here; anything else, such as a body
  in chunks, is refused. What nobody wanted of it (no token, no such verb) is not waited for: the
  connection ends, so that no half body is taken for a request.
"""

import re
import socket
import ssl
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest

WHOLE_BYTES: Final = 64 * 1024
HEADER_BYTES: Final = WHOLE_BYTES // 2
"""A header that fills what is looked at is refused at once: a worker would wait for its end."""
HEAD_SECONDS: Final = 5.0
BODY_SECONDS: Final = 30.0
LEFT_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 30
"""For who says nothing at all, between two requests too."""
STRANGER: Final = 401
"""Any other answer of the application is to somebody it has admitted."""
_END: Final = b"\r\n\r\n"
_DIGITS: Final = re.compile(rb"[0-9]{1,12}")
_EXPECTS: Final = re.compile(rb"(?im)^expect[ \t]*:")
_LENGTH: Final = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*([0-9]{1,12})[ \t]*\r$")


class Timed:
    """A socket that is read until a moment and no longer, by however many octets at a time."""

    def __init__(self, sock: Any) -> None:  # noqa: ANN401 - plain or TLS
        self._sock = sock
        self.until = monotonic() + HEAD_SECONDS

    def recv_into(self, *args: Any) -> int:  # noqa: ANN401 - a socket's own
        """As a socket's.

        Raises:
            TimeoutError: its time is over.
        """
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")  # the server knows this word
        self._sock.settimeout(left)
        try:
            read: int = self._sock.recv_into(*args)
        finally:
            self._sock.settimeout(IDLE_SECONDS)
        return read

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a socket has
        return getattr(self._sock, name)


class Headers(HeaderReader):
    """The header of one request; the length of a body is what was looked for, or refused."""

    def __init__(self) -> None:
        self._lengths = 0

    def __call__(self, rfile: Any, hdict: Any = None) -> Any:  # noqa: ANN401 - the server's
        """Read it.

        Raises:
            ValueError: it breaks the rules; 400 to the client.
        """
        read = super().__call__(rfile, hdict)
        if self._lengths > 1 or not _DIGITS.fullmatch(read.get(b"Content-Length", b"0")):
            raise ValueError("Content-Length stands once, in plain digits.")
        if b"Transfer-Encoding" in read:  # whoever does not read such a body takes it for requests
            raise ValueError("Content-Length, no Transfer-Encoding.")
        return read

    def _allow_header(self, key_name: bytes) -> bool:
        """Asked for each line: one that goes on below counts again."""
        self._lengths += key_name == b"Content-Length"
        return True


class Request(HTTPRequest):
    """A request whose body has a time of its own."""

    def read_request_headers(self) -> Any:  # noqa: ANN401 - the server's
        """Whether they are good."""
        self.header_reader = Headers()
        return super().read_request_headers()  # type: ignore[no-untyped-call]

    def respond(self) -> None:
        """Answer it."""
        self.conn.timed.until = monotonic() + BODY_SECONDS
        super().respond()

    def send_headers(self) -> None:
        """Begin the answer; what is left of the request then is hardly waited for."""
        left = getattr(self.rfile, "remaining", 0)
        self.close_connection |= left > 0 and not self.conn.complete
        self.conn.known |= int(self.status[:3]) != STRANGER
        self.conn.timed.until = monotonic() + LEFT_SECONDS
        super().send_headers()


class Connection(HTTPConnection):
    """A connection that knows how far its request has come."""

    RequestHandlerClass = Request

    def __init__(self, server: Any, sock: Any, makefile: Any) -> None:  # noqa: ANN401 - the server's
        super().__init__(server, sock, makefile)
        self.timed = Timed(sock)
        self.rfile = makefile(self.timed, "rb", self.rbufsize)
        self.secure = isinstance(sock, ssl.SSLSocket)
        self.shaken = not self.secure
        self.begun = monotonic()
        """When it was let in, or its present request began to come."""
        self.seen = 0
        """Octets of the request that have been looked at."""
        self.complete = False
        """Whether its body, too, was seen to the end."""
        self.known = False
        """Whether a request by it was admitted."""
        self.gone = False
        """Whether it was hung up while it waited."""

    @property
    def late(self) -> bool:
        """Whether it has begun and takes too long."""
        return bool(self.seen or not self.shaken) and monotonic() - self.begun > HEAD_SECONDS

    def communicate(self) -> Any:  # noqa: ANN401 - the server's
        """Work at one request; whoever has sent more before the answer is not kept."""
        self.timed.until = monotonic() + HEAD_SECONDS
        keep = super().communicate()  # type: ignore[no-untyped-call]
        self.seen = 0
        return keep and not self.rfile.has_data()

    def close(self) -> None:
        """End it."""
        self.server.waiting.pop(self, None)
        super().close()


def end(conn: Connection) -> None:
    """Whoever reads or writes by it sees that it has ended."""
    with suppress(OSError):
        socket.socket.shutdown(conn.socket, socket.SHUT_RDWR)  # TLS or not: its state stays


def looked(conn: Connection) -> bool:
    """Look ahead; the selector tells again when there is more than now."""
    try:
        octets = conn.socket.recv(WHOLE_BYTES, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    if not octets or conn.gone:
        raise ConnectionResetError
    whole, conn.complete = _come(octets)
    whole |= len(octets) <= conn.seen  # no room is left for more, or it has ended: reading tells
    if not conn.seen:
        conn.begun = monotonic()
    conn.seen = len(octets)
    wanted = 1 if whole else conn.seen + 1
    conn.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
    return whole


def _come(octets: bytes) -> tuple[bool, bool]:
    """Whether a worker can begin, and whether a body of known length has come to its end.

    A worker begins with header and body, or with as much of them as is looked at; for who wants a
    word before the body, with the header.
    """
    head, end, body = octets.partition(_END)
    length = _LENGTH.search(head + b"\r\n") if end else None
    complete = length is not None and len(body) >= int(length[1])
    full = len(octets) >= WHOLE_BYTES
    begins = end and (complete or length is None or _EXPECTS.search(head) is not None)
    return full or bool(begins), complete
