"""The lines of the bench `throttled` are as narrow as they say, each by itself."""

import socket
import threading
import time
from contextlib import closing

import pytest

from ops.deploy.ports import LOOPBACK
from tests.bench.throttled import OCTETS_A_SECOND, Narrow

SENT = OCTETS_A_SECOND // 2


class Sink:
    """A server that counts what arrives."""

    def __init__(self) -> None:
        self.arrived = 0
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        taken, _ = self._listener.accept()
        with closing(taken), closing(self._listener):
            while octets := taken.recv(65536):
                self.arrived += len(octets)

    def wait(self) -> None:
        """Until the sender has ended."""
        self._thread.join(20)


@pytest.fixture(name="sinks")
def _sinks() -> list[Sink]:
    return [Sink(), Sink()]


def seconds(ports: list[int], sinks: list[Sink]) -> float:
    """Until what was sent by each of these lines at once is there."""
    begun = time.monotonic()
    ends = [socket.create_connection((LOOPBACK, port)) for port in ports]
    senders = [threading.Thread(target=end.sendall, args=(bytes(SENT),)) for end in ends]
    for sender in senders:
        sender.start()
    for sender, end, sink in zip(senders, ends, sinks, strict=False):
        sender.join(20)
        end.close()
        sink.wait()
        assert SENT == sink.arrived
    return time.monotonic() - begun


def test_a_line_lets_so_much_a_second_and_two_let_twice_as_much() -> None:
    """Half a second's octets by each: one line would take a second for both."""
    taken: list[float] = []
    while not taken or (min(taken) >= 0.95 and len(taken) < 10):  # somebody may hold us up
        sinks = [Sink(), Sink()]
        narrow = Narrow([sink.port for sink in sinks])
        taken.append(seconds(narrow.ports, sinks))
        narrow.close()
    assert 0.5 <= min(taken) < 0.95


def test_lines_that_are_still_open_end_without_a_word(
    sinks: list[Sink], caplog: pytest.LogCaptureFixture
) -> None:
    narrow = Narrow([sink.port for sink in sinks])
    end = socket.create_connection((LOOPBACK, narrow.ports[0]))
    end.sendall(bytes(100))
    while sinks[0].arrived < 100:
        time.sleep(0.01)
    narrow.close()
    sinks[0].wait()
    end.close()
    assert [] == caplog.records
