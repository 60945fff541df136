"""A line that can be broken: a TCP proxy in front of a server, one thread, loopback only.

Modes: `pass_on`; `refuse` (nobody listens; what is open stays); `silence` (everything stays open,
nothing goes through, as on a cut line); `reset` (what is open gets RST); `half_close` (the server
seems to have finished speaking); `half_open` (the server's side is gone, the client is told
nothing; new connections are good); `delay` (seconds, each way); `cut_after` (RST when so many
octets have gone towards the server).
"""

import collections
import contextlib
import queue
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

LOOPBACK = "127.0.0.1"
CHUNK = 65536


class _Pipe:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket, *, towards_server: bool) -> None:
        self.source = source
        self.sink = sink
        self.towards_server = towards_server
        self.waiting: collections.deque[tuple[float, bytes]] = collections.deque()
        self.ended = False


class TcpProxy:
    """Listens on `port`, any free one unless named; a context manager."""

    def __init__(self, target_port: int, port: int = 0) -> None:
        self._target = (LOOPBACK, target_port)
        self._orphans: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = None
        self._pipes: dict[socket.socket, _Pipe] = {}
        self._commands: queue.SimpleQueue[tuple[Callable[[], None], threading.Event]]
        self._commands = queue.SimpleQueue()
        self._delay = 0.0
        self._silent = False
        self._cut_after: int | None = None
        self._running = True
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._listen(port)
        assert self._listener is not None
        self.port: int = self._listener.getsockname()[1]
        self._thread: threading.Thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pass_on(self) -> None:
        """Be a good line again, for new connections and for silent ones."""
        self._do(self._pass_on)

    def refuse(self) -> None:
        self._do(self._unlisten)

    def silence(self) -> None:
        self._do(self._mute)

    def reset(self) -> None:
        self._do(self._reset_all)

    def half_close(self) -> None:
        self._do(self._half_close)

    def half_open(self) -> None:
        self._do(self._half_open)

    def delay(self, seconds: float) -> None:
        self._do(lambda: setattr(self, "_delay", seconds))

    def cut_after(self, octets: int) -> None:
        self._do(lambda: setattr(self, "_cut_after", octets))

    @property
    def connections(self) -> int:
        return len(self._pipes) // 2

    def close(self) -> None:
        if self._running:
            self._do(self._stop)
            self._thread.join()

    # --- the thread ------------------------------------------------------------------------------

    def _do(self, command: Callable[[], None]) -> None:
        done = threading.Event()
        self._commands.put((command, done))
        self._rope.send(b"!")
        assert done.wait(5)

    def _run(self) -> None:
        while self._running:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._bell:
                    self._obey()
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._read(self._pipes.get(key.fileobj))
            self._flush()
        for last in (self._bell, self._rope):
            last.close()
        self._selector.close()

    def _patience(self) -> float:
        due = [pipe.waiting[0][0] for pipe in self._pipes.values() if pipe.waiting]
        return 0.5 if not due or self._silent else max(0.0005, min(due) - time.monotonic())

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(100)
        while not self._commands.empty():
            command, done = self._commands.get()
            command()
            done.set()

    def _listen(self, port: int) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(50)
        listener.setblocking(False)
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)

    def _unlisten(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self) -> None:
        assert self._listener is not None
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            server.connect(self._target)
        except OSError:
            server.close()
            _rst(client)
            return
        for end in (client, server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipes[client] = _Pipe(client, server, towards_server=True)
        self._pipes[server] = _Pipe(server, client, towards_server=False)
        if not self._silent:
            self._watch(client)
            self._watch(server)

    def _watch(self, end: socket.socket) -> None:
        with contextlib.suppress(KeyError):
            self._selector.register(end, selectors.EVENT_READ)

    def _unwatch(self, end: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(end)

    def _read(self, pipe: _Pipe | None) -> None:
        if pipe is None or len(pipe.waiting) > 64:
            return
        try:
            octets = pipe.source.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self._drop(pipe, _rst)
            return
        if pipe.towards_server and self._cut_after is not None:
            self._cut_after -= len(octets)
            if self._cut_after <= 0:
                self._cut_after = None
                self._drop(pipe, _rst)
                return
        if not octets:
            self._unwatch(pipe.source)
            pipe.ended = True
        pipe.waiting.append((time.monotonic() + self._delay, octets))

    def _flush(self) -> None:
        now = time.monotonic()
        for pipe in list(self._pipes.values()):
            while pipe.waiting and pipe.waiting[0][0] <= now and not self._silent:
                due, octets = pipe.waiting.popleft()
                if not octets:
                    self._drop(pipe, socket.socket.close)
                    break
                try:
                    sent = pipe.sink.send(octets)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    self._drop(pipe, _rst)
                    break
                if sent < len(octets):
                    pipe.waiting.appendleft((due, octets[sent:]))
                    break

    def _drop(self, pipe: _Pipe, how: Callable[[socket.socket], None]) -> None:
        for end in (pipe.source, pipe.sink):
            self._pipes.pop(end, None)
            self._unwatch(end)
            how(end)

    def _pass_on(self) -> None:
        self._silent, self._delay, self._cut_after = False, 0.0, None
        if self._listener is None:
            self._listen(self.port)
        for pipe in self._pipes.values():
            if not pipe.ended:
                self._watch(pipe.source)

    def _mute(self) -> None:
        self._silent = True
        for end in self._pipes:
            self._unwatch(end)

    def _reset_all(self) -> None:
        for pipe in list(self._pipes.values()):
            if pipe.towards_server:
                self._drop(pipe, _rst)

    def _half_close(self) -> None:
        for pipe in self._pipes.values():
            if not pipe.towards_server:
                self._unwatch(pipe.source)
                pipe.sink.shutdown(socket.SHUT_WR)

    def _half_open(self) -> None:
        for pipe in list(self._pipes.values()):
            if pipe.towards_server:
                for end in (pipe.source, pipe.sink):
                    self._pipes.pop(end, None)
                    self._unwatch(end)
                _rst(pipe.sink)
                self._orphans.append(pipe.source)

    def _stop(self) -> None:
        self._unlisten()
        self._reset_all()
        for orphan in self._orphans:
            orphan.close()
        self._running = False


def _rst(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
