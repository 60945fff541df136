"""The door of the HTTP server: a worker gets a connection when it has something to work at.

Rules, so that slow clients, by fault or will, hold up nobody else:
- A connection waits at the selector, which costs no worker, until its request is whole. Behind TLS
  it waits through the handshake, which is done step by step here, and until something has come.
  Who takes too long goes (`adapters.served.connection`).
- Who says nothing more costs nothing, and goes after `IDLE_SECONDS`.
- One address has at most `PER_ADDRESS` that wait: for one more the longest waiting goes, first of
  those that have said nothing. A whole bank, or a proxy, may stand behind one address.
- All addresses together have `PLACES`: for one more the longest waiting that was never admitted
  goes. Where the machine gives no more files one goes, too, and accepting pauses.
- At the end requests that nobody works at are not begun, and for a client's octets nobody waits
  longer than `LEAVE_SECONDS`. A verb that is at work is waited for.
"""

import errno
import resource
import ssl
from contextlib import suppress
from queue import Empty
from time import sleep
from typing import Any, Final

from cheroot.connections import ConnectionManager
from cheroot.workers.threadpool import ThreadPool
from cheroot.wsgi import Server

from adapters.served.connection import IDLE_SECONDS, Connection, end, looked
from hub.observer import Fact, Observer

PER_ADDRESS: Final = 128
LEAVE_SECONDS: Final = 2
"""For a request that is worked at when the server stops."""
THREADS: Final = 4
PLACES: Final = 512
"""For all that wait or queue together; half the files this process may have, if that is less."""
PAUSE_SECONDS: Final = 0.1
QUEUED: Final = 128
"""Let in by the machine, and not yet by this program: a crowd fills a short queue at once."""
_FULL: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


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
            end(conn)


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
        end(conn)

    def _whole(self, conn: Connection) -> bool:
        """Whether a worker would not have to wait for the rest.

        Raises:
            OSError: it has ended.
        """
        conn.socket.settimeout(0)
        try:
            if not conn.secure:
                return looked(conn)
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
