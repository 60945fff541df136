"""The way out: a real command and a real HTTP server, tried again while they fail."""

import http.server
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.hooks.hook import ATTEMPTS, CommandHook, HttpHook, Retried
from hub.errors import Misconfigured, TargetDown

MESSAGE = b'{"event":"test"}\n'


@dataclass
class Receiver:
    """An HTTP server that answers what it is told to."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    took: list[tuple[str | None, bytes]] = field(default_factory=list)


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[Receiver]:
    known = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.took.append((self.headers["Authorization"], body))
            self.send_response(known.answers.pop(0) if known.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            assert format
            assert args

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield known
        server.shutdown()
        thread.join()


def test_a_message_is_posted_with_its_token(receiver: Receiver) -> None:
    HttpHook(receiver.url, b"secret").deliver(MESSAGE)
    assert [("Bearer secret", MESSAGE)] == receiver.took


def test_a_server_that_fails_is_asked_again_and_then_given_up(receiver: Receiver) -> None:
    pauses: list[float] = []
    receiver.answers = [500, 503]
    Retried(HttpHook(receiver.url), pauses.append).deliver(MESSAGE)
    assert ATTEMPTS == len(receiver.took)
    assert ATTEMPTS - 1 == len(pauses)
    receiver.answers = [500] * ATTEMPTS
    with pytest.raises(TargetDown, match=r"^hook_failed state=500$"):
        Retried(HttpHook(receiver.url), pauses.append).deliver(MESSAGE)
    assert 2 * ATTEMPTS == len(receiver.took)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [302]
    with pytest.raises(TargetDown, match=r"^hook_failed state=302$"):
        HttpHook(receiver.url).deliver(MESSAGE)
    assert 1 == len(receiver.took)


def test_a_server_that_is_not_there_is_a_target_that_is_down() -> None:
    with pytest.raises(TargetDown, match=r"^hook_failed reason="):
        HttpHook("http://127.0.0.1:9/hook").deliver(MESSAGE)


def test_a_command_gets_the_message_on_its_standard_input(tmp_path: Path) -> None:
    place = tmp_path / "took"
    program = f"import sys; open({str(place)!r}, 'wb').write(sys.stdin.buffer.read())"
    CommandHook([sys.executable, "-c", program]).deliver(MESSAGE)
    assert MESSAGE == place.read_bytes()


def test_a_command_that_fails_or_is_missing_is_told_apart() -> None:
    with pytest.raises(TargetDown, match=r"^hook_failed state=3$"):
        CommandHook([sys.executable, "-c", "raise SystemExit(3)"]).deliver(MESSAGE)
    with pytest.raises(Misconfigured, match=r"^hook_missing "):
        CommandHook(["/nowhere/tell-ops"]).deliver(MESSAGE)
