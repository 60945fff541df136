"""The door of the HTTP server: a worker gets a connection when it has something to work at.

Rules, so that slow clients, by fault or will, hold up nobody else:
- A connection waits at the selector, which costs no worker, until its request is whole: header and,
  of a body, what fits beside it into `WHOLE_BYTES`. Behind TLS nobody can look ahead: there it
  waits through the handshake, which is done step by step here, and until something has come.
- Whoever has begun has so long to finish: handshake and header `HEAD_SECONDS`, what is left of a
  body `BODY_SECONDS`, however often a single octet comes. Who says nothing more costs nothing, and
  goes after `IDLE_SECONDS`.
- One address has at most `PER_ADDRESS` that wait: for one more the longest waiting goes, first of
  those that have said nothing. A whole bank, or a proxy, may stand behind one address.
- All addresses together have `PLACES`: for one more the longest waiting that was never admitted
  goes. Where the machine gives no more files one goes, too, and accepting pauses.
- What nobody wanted of a body (no token, no such verb) is not waited for: the connection ends.
  How long it is stands once, in plain digits, as it is read here; anything else is refused.
- At the end requests that nobody works at are not begun, and for a client's octets nobody waits
  longer than `LEAVE_SECONDS`. A verb that is at work is waited for.
"""

import errno
import re
import resource
import socket
import ssl
from contextlib import suppress
from queue import Empty
from time import monotonic, sleep
from typing import Any, Final

from cheroot.connections import ConnectionManager
from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.workers.threadpool import ThreadPool
from cheroot.wsgi import Server

from hub.observer import Fact, Observer

WHOLE_BYTES: Final = 64 * 1024
HEADER_BYTES: Final = WHOLE_BYTES // 2
"""A header that fills what is looked at is refused at once: a worker would wait for its end."""
HEAD_SECONDS: Final = 5.0
BODY_SECONDS: Final = 30.0
LEFT_SECONDS: Final = 0.5
PER_ADDRESS: Final = 128
IDLE_SECONDS: Final = 30
"""For who says nothing at all, between two requests too."""
LEAVE_SECONDS: Final = 2
"""For a request that is worked at when the server stops."""
STRANGER: Final = 401
"""Any other answer of the application is to somebody it has admitted."""
THREADS: Final = 4
PLACES: Final = 512
"""For all that wait or queue together; half the files this process may have, if that is less."""
PAUSE_SECONDS: Final = 0.1
QUEUED: Final = 128
"""Let in by the machine, and not yet by this program: a crowd fills a short queue at once."""
_FULL: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
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
    """The header of one request; the length of a body is what the door has read, or refused."""

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


class Pool(ThreadPool):
    """Workers that can be stopped while clients are slow."""

    def stop(self, timeout: int = LEAVE_SECONDS) -> None:
        """End the workers; who is in the queue is not begun."""
        with suppress(Empty):
            while True:
                self.get(block=False).close()
        super().stop(timeout)

    @staticmethod
    def _force_close(conn: Connection | None) -> None:
        """End a request whose time is over, reading and writing: no half body is a request."""
        if conn is not None:
            _end(conn)


class Gate(ConnectionManager):
    """The selector's loop, which goes on when nobody can be let in."""

    def _from_server_socket(self, server_socket: Any) -> Any:  # noqa: ANN401 - the server's
        """A new connection; none: it was gone, or there is no room."""
        try:
            return super()._from_server_socket(server_socket)  # type: ignore[misc]
        except OSError as error:
            if error.errno in _FULL:
                self.server.make_room()
                sleep(PAUSE_SECONDS)
            return None


class DoorServer(Server):
    """cheroot's server, with this door."""

    ConnectionClass = Connection
    _connections: ConnectionManager

    def __init__(self, address: tuple[str, int], app: Any, observe: Observer) -> None:  # noqa: ANN401 - WSGI
        """Nothing listens yet; `observe` hears of who is sent away."""
        super().__init__(
            address, app, numthreads=THREADS, request_queue_size=QUEUED, timeout=IDLE_SECONDS
        )
        self.requests = Pool(self, min=THREADS)
        self.shutdown_timeout = LEAVE_SECONDS
        self.waiting: dict[Connection, None] = {}
        """The longest waiting first."""
        self._observe = observe
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._places = PLACES if files == resource.RLIM_INFINITY else min(PLACES, files // 2)

    def prepare(self) -> None:
        """Listen, with workers and a gate."""
        super().prepare()
        self._connections.close()
        self._connections = Gate(self)

    def process_conn(self, conn: Connection) -> None:
        """Hand a connection to the workers, or let it wait for more.

        Called when something has come by it, or when it is new.
        """
        self.waiting.pop(conn, None)
        try:
            if self._whole(conn):
                self._queue(conn)
            elif conn.late:
                self._observe(Fact("window_closed", {"code": "too_slow"}))
                conn.close()
            else:
                self._wait(conn)
        except OSError:  # it is gone, or talks no TLS
            conn.close()

    @property
    def _taken(self) -> bool:
        return bool(len(self.waiting) + self.requests.qsize >= self._places)

    def _queue(self, conn: Connection) -> None:
        if self._taken:
            self.make_room()
        if self.requests.qsize < self._places:
            super().process_conn(conn)
        else:
            conn.close()

    def _wait(self, conn: Connection) -> None:
        mine = [one for one in list(self.waiting) if one.remote_addr == conn.remote_addr]
        if len(mine) >= PER_ADDRESS:
            self._one_goes(mine)
        elif self._taken:
            self.make_room()
        self.waiting[conn] = None
        self.put_conn(conn)

    def make_room(self) -> None:
        """Nobody more has a place: one goes."""
        self._one_goes(list(self.waiting))

    def _one_goes(self, among: list[Connection]) -> None:
        self._observe(Fact("window_closed", {"code": "too_many"}))
        if among:
            self._hang_up(min(among, key=lambda one: (one.known, one.seen > 0)))

    def _hang_up(self, conn: Connection) -> None:
        """It is closed where it waits: the selector finds that it has ended."""
        conn.gone = True
        self.waiting.pop(conn, None)
        _end(conn)

    def _whole(self, conn: Connection) -> bool:
        """Whether a worker would not have to wait for the rest.

        Raises:
            OSError: it has ended.
        """
        conn.socket.settimeout(0)
        try:
            if not conn.secure:
                return _looked(conn)
            return conn.shaken or self._shaken(conn)
        finally:
            conn.socket.settimeout(IDLE_SECONDS)

    def _shaken(self, conn: Connection) -> bool:
        """One step of the handshake; whether it is done and something lies behind it."""
        try:
            conn.socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        conn.shaken = True
        conn.ssl_env = self.ssl_adapter.get_environ(conn.socket)
        return bool(conn.socket.pending())


def _end(conn: Connection) -> None:
    """Whoever reads or writes by it sees that it has ended."""
    with suppress(OSError):
        socket.socket.shutdown(conn.socket, socket.SHUT_RDWR)  # TLS or not: its state stays


def _looked(conn: Connection) -> bool:
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
