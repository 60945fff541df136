"""The window over HTTP: who is let in, what a caller is told, over real sockets."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import socket
import ssl
import threading
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest

from adapters.served.app import Admission, App
from adapters.served.connection import HEAD_SECONDS, WHOLE_BYTES
from adapters.served.door import LEAVE_SECONDS, PER_ADDRESS, THREADS, DoorServer
from adapters.served.server import Tls, WindowServer
from hub.errors import Conflict, Fenced, Malformed, Misconfigured, StoreDown
from hub.observer import Fact, Observer, silent
from ops.advice import advice
from tests.support.attached import TOKEN, sample
from tests.support.tls import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ERRORS = {
    "refused": Malformed("window_request", member="ids"),
    "clash": Conflict("number_used"),
    "away": StoreDown("store_away"),
    "fenced": Fenced("lane_taken"),
    "bug": ZeroDivisionError("secret text"),
}


def application(ended: list[Fenced], clients: frozenset[str] = frozenset()) -> App:
    def fail(name: str) -> Any:
        def verb(_asked: Mapping[str, Any]) -> object:
            raise ERRORS[name]

        return verb

    verbs = {"echo": lambda asked: {"said": dict(asked)}, **{name: fail(name) for name in ERRORS}}
    admission = Admission(TOKEN.encode(), clients)
    return App(verbs, admission, advice, silent, threading.Lock(), ended.append)


@contextmanager
def serving(
    tls: Tls | None = None, clients: frozenset[str] = frozenset(), observe: Observer = silent
) -> Iterator[Any]:
    ended: list[Fenced] = []
    app = application(ended, clients)
    server = WindowServer("127.0.0.1", 0, app, tls, observe)
    server.start()
    try:
        yield server.port, ended
    finally:
        server.stop()


def call(port: int, path: str, body: bytes = b"{}", **more: Any) -> tuple[int, dict[str, Any]]:
    token, method = more.get("token", TOKEN), more.get("method", "POST")
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{'https' if 'context' in more else 'http'}://localhost:{port}{path}", data=body,
        headers={"Authorization": f"Bearer {token}"}, method=method,
    )  # fmt: skip
    try:
        context = more.get("context")
        answer = urllib.request.urlopen(request, timeout=20, context=context)  # noqa: S310
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.load(answer)


def test_requests_without_the_token_learn_nothing() -> None:
    with serving() as (port, _):
        for path in ("/v1/echo", "/v1/nothing", "/"):
            assert (401, {"error": "not_admitted"}) == call(port, path, token="wrong")
        assert (200, {"said": {"a": "收款"}}) == call(port, "/v1/echo", '{"a": "收款"}'.encode())


def test_a_caller_is_told_what_to_do() -> None:
    with serving() as (port, ended):
        for path, body, status, code in (
            ("/v1/refused", b"{}", 422, "window_request"),
            ("/v1/clash", b"{}", 409, "number_used"),
            ("/v1/away", b"{}", 503, "store_away"),
            ("/v1/fenced", b"{}", 503, "lane_taken"),
            ("/v1/bug", b"{}", 500, "program_fault"),
            ("/v1/nothing", b"{}", 404, "verb_unknown"),
            ("/v1/echo", b"[]", 400, "not_a_json_object"),
            ("/v1/echo", b'{"half', 400, "not_a_json_object"),
            ("/v1/echo", b'{"a": ["half a pair \\ud800"]}', 400, "not_a_json_object"),
            ("/v1/echo", b'{"a\\u0000": 1}', 400, "not_a_json_object"),
            ("/v1/echo", b'{"a": "\xed\xa0\x80"}', 400, "not_a_json_object"),
            ("/v1/echo", '{"a\\u0000": 1}'.encode("utf-16"), 400, "not_a_json_object"),
        ):
            got, said = call(port, path, body)
            assert (status, code) == (got, said["error"])
            assert "secret" not in str(said)
            assert {"why", "do", "why_zh", "do_zh"} <= said.keys(), code
        assert ["lane_taken"] == [error.code for error in ended]
        got, said = call(port, "/v1/echo", b"", method="GET")
        assert (405, "post_only", True) == (got, said["error"], "do" in said)


HALF = f"POST /v1/echo HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
FULL = HALF + b"Content-Length: 2\r\n\r\n{}"
LENGTHS = {
    "is folded": b"\r\n 60000",
    "goes on below": b" 2\r\n 60000",
    "has a sign": b" +60000",
    "has another sign": b" -2",
    "has a line between": b" 6_0000",
    "stands twice": b" 2\r\nContent-Length: 60000",
}
SLOW = {
    "a request and a half": FULL + HALF,
    "silent": b"",
    "half a header": HALF,
    "a header without end": HALF.ljust(WHOLE_BYTES - 2, b"x") + b": ",
    "half a body": HALF + b"Content-Length: 500\r\n\r\n{",
    "a stranger's half body": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n"
    + b"x" * 70_000,
    "a stranger's expectation": b"POST / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n"
    b"Content-Length: 60000\r\n\r\n",
    **{
        f"a length that {name}": HALF + b"Content-Length:" + length + b"\r\n\r\n"
        for name, length in LENGTHS.items()
    },
}


@contextmanager
def crowd(port: int, *beginnings: bytes, count: int = 60, own: str = "127.0.0.1") -> Iterator[Any]:
    """So many clients that begin and do not go on."""
    with ExitStack() as stack:
        made = []
        for n in range(count):
            one = socket.create_connection(("127.0.0.1", port), 5, (own, 0))
            stack.enter_context(one)
            with suppress(ConnectionError):  # sent away already
                one.sendall(beginnings[n % len(beginnings)])
            made.append(one)
        yield made


@pytest.mark.parametrize("beginning", SLOW.values(), ids=SLOW.keys())
def test_sixty_slow_clients_hold_nobody_up(beginning: bytes) -> None:
    with serving() as (port, _), crowd(port, beginning):
        for _ in range(2 * THREADS):
            begun = monotonic()
            assert (200, {"said": {}}) == call(port, "/v1/echo")
            assert monotonic() - begun < HEAD_SECONDS / 2


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS.keys())
def test_a_length_that_can_be_read_in_two_ways_is_refused(length: bytes) -> None:
    sent = HALF + b"Content-Length:" + length + b"\r\n\r\n{}"
    with serving() as (port, _), crowd(port, sent, count=1) as (one,):
        assert one.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("token", [TOKEN, "wrong"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("more", ["", "Content-Length: 0\r\n", "Expect: 100-continue\r\n"])
def test_no_body_in_chunks_is_taken_for_requests(version: str, token: str, more: str) -> None:
    head = HALF.replace(b"1.1", version.encode()).replace(TOKEN.encode(), token.encode())
    chunked = head + f"Connection: Keep-Alive\r\n{more}Transfer-Encoding: chunked\r\n\r\n".encode()
    with serving() as (port, _), crowd(port, chunked, count=1) as (one,):
        said = one.recv(1000)
        with suppress(ConnectionError):
            one.sendall(FULL)
            while got := one.recv(1000):
                said += got
    assert said.startswith(b"HTTP/1.1 400 ")
    assert 1 == said.count(b"HTTP/1.1 ")


def test_slow_clients_do_not_keep_a_node_from_stopping() -> None:
    half = HALF + b"Content-Length: 500000\r\n\r\n" + b"x" * 70_000
    with ExitStack() as window:
        port, _ = window.enter_context(serving())
        with crowd(port, half, count=24):
            sleep(0.5)  # the workers read
            begun = monotonic()
            window.close()
            assert monotonic() - begun < LEAVE_SECONDS + 2


def test_who_drips_is_sent_away_in_time() -> None:
    with serving() as (port, _), crowd(port, HALF, count=1) as (one,):
        begun, said = monotonic(), b"?"
        one.settimeout(0.2)
        while said and monotonic() - begun < 3 * HEAD_SECONDS:
            with suppress(TimeoutError):
                try:
                    one.sendall(b"x")
                    said = one.recv(100)
                except ConnectionError:
                    said = b""
        assert b"" == said
        assert HEAD_SECONDS / 2 < monotonic() - begun < 2 * HEAD_SECONDS


def test_an_address_has_only_so_many_that_wait_and_takes_no_other_s_place() -> None:
    with (
        serving() as (port, _),
        crowd(port, HALF, count=3, own="127.0.0.3") as others,
        crowd(port, HALF, count=2 * PER_ADDRESS, own="127.0.0.2") as many,
    ):
        assert (200, {"said": {}}) == call(port, "/v1/echo")
        gone, deadline = 0, monotonic() + HEAD_SECONDS / 2
        while gone < PER_ADDRESS and monotonic() < deadline:
            gone = sum(map(ended, many))
        assert (PER_ADDRESS, 0) == (gone, sum(map(ended, others)))
        others[0].sendall(b"Content-Length: 2\r\n\r\n{}")
        assert others[0].recv(100).startswith(b"HTTP/1.1 200")


def test_who_has_said_nothing_goes_first() -> None:
    with (
        serving() as (port, _),
        crowd(port, HALF, count=3) as begun,
        crowd(port, b"", count=PER_ADDRESS) as silent_ones,
    ):
        deadline = monotonic() + HEAD_SECONDS / 2
        while sum(map(ended, silent_ones)) < 3 and monotonic() < deadline:
            sleep(0.01)
        assert (0, 3) == (sum(map(ended, begun)), sum(map(ended, silent_ones)))


@contextmanager
def files(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_all_addresses_have_only_so_many_and_the_admitted_stays() -> None:
    with ExitStack() as stack:
        with files(200):
            port, _ = stack.enter_context(serving())
        (known,) = stack.enter_context(crowd(port, FULL, count=1))
        said = known.recv(1)
        known.sendall(HALF)
        sleep(0.1)
        crowds = [crowd(port, HALF, count=40, own=f"127.0.0.{n}") for n in range(2, 6)]
        many = [one for each in crowds for one in stack.enter_context(each)]
        gone, deadline = 0, monotonic() + HEAD_SECONDS / 2
        while gone < 61 and monotonic() < deadline:
            gone = sum(map(ended, many))
        assert 61 == gone
        known.sendall(b"Content-Length: 2\r\n\r\n{}")
        while said.count(b"HTTP/1.1 200") < 2:
            more = known.recv(1000)
            assert more, "it is kept"
            said += more


def test_whole_requests_too_have_only_so_many_places() -> None:
    go_on = threading.Event()

    def answer(_environ: Any, start: Any) -> list[bytes]:
        go_on.wait(30)
        start("200 OK", [("Content-Length", "0")])
        return []

    with ExitStack() as stack:
        with files(200):
            server: Any = DoorServer(("127.0.0.1", 0), answer, silent)
        server.prepare()
        thread = threading.Thread(target=server.serve)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.stop)
        stack.callback(go_on.set)
        many = stack.enter_context(crowd(server.bind_addr[1], FULL, count=150))
        gone, deadline = 0, monotonic() + HEAD_SECONDS / 2
        while gone < 50 - THREADS and monotonic() < deadline:
            gone = sum(map(ended, many))
        assert 50 - THREADS == gone


@pytest.mark.parametrize("slow", [0, 3])
def test_a_machine_without_files_is_no_end(slow: int) -> None:
    facts: list[Fact] = []
    with (
        serving(observe=facts.append) as (port, _),
        crowd(port, HALF, count=slow),
        socket.socket() as late,
    ):
        late.settimeout(5)
        sleep(0.2)
        free = os.dup(late.fileno())
        os.close(free)
        with files(free):
            late.connect(("127.0.0.1", port))
            late.sendall(FULL)
            sleep(0.5)
            said = late.recv(100) if slow else b""
        assert (said or late.recv(100)).startswith(b"HTTP/1.1 200")
        assert 0 < len(facts) < 20


def ended(client: socket.socket) -> bool:
    client.settimeout(0)
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        client.settimeout(5)


def test_what_comes_in_pieces_is_answered_whole() -> None:
    body = json.dumps({"a": "x" * 200_000}).encode()
    for whole in (FULL, HALF + b"content-length:%d\r\n\r\n%b"):
        sent = whole % (len(body), body) if b"%d" in whole else whole
        with serving() as (port, _), crowd(port, b"", count=1) as (one,):
            for at in range(0, len(sent), 9_001 if len(sent) > 1000 else 7):
                one.sendall(sent[at : at + (9_001 if len(sent) > 1000 else 7)])
                sleep(0.002)
            said = one.recv(100)
            assert said.startswith(b"HTTP/1.1 200")
            one.sendall(b"GET /v1/echo HTTP/1.1\r\nHost: h\r\n\r\n")
            while b"HTTP/1.1 401" not in said:
                more = one.recv(1 << 20)
                assert more, "the connection is kept"
                said += more


def test_a_request_larger_than_the_machine_keeps_for_it_is_answered() -> None:
    server: Any = DoorServer(("127.0.0.1", 0), application([]), silent)
    server.prepare()
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        said = {"a": "x" * (WHOLE_BYTES // 2)}
        for _ in range(3):
            body = json.dumps(said).encode()
            assert (200, {"said": said}) == call(server.bind_addr[1], "/v1/echo", body)
    finally:
        server.stop()
        thread.join()


def test_a_network_address_needs_tls() -> None:
    app = App({}, Admission(b"x"), advice, silent, threading.Lock(), lambda _: None)
    with pytest.raises(Misconfigured, match="serve_needs_tls"):
        WindowServer("0.0.0.0", 0, app, None, silent)  # noqa: S104 - it must be refused


def test_only_the_named_certificate_is_let_in(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("window", server=True)
    own, other = authority.issue("bank"), authority.issue("somebody")
    der = ssl.PEM_cert_to_DER_cert(own[0].read_text())
    named = frozenset({hashlib.sha256(der).hexdigest()})
    with serving(Tls(certificate, key, authority.path), named) as (port, _):

        def through(files: tuple[Path, Path] | None, token: str = TOKEN) -> int:
            context = ssl.create_default_context(cafile=str(authority.path))
            if files is not None:
                context.load_cert_chain(*map(str, files))
            return call(port, "/v1/echo", context=context, token=token)[0]

        assert [200, 401, 401] == [through(own), through(own, "wrong"), through(other)]
        with crowd(port, b"", b"\x16\x03\x01\x02\x00\x01"):
            begun = monotonic()
            assert 200 == through(own)
            assert monotonic() - begun < HEAD_SECONDS / 2
        with pytest.raises((OSError, urllib.error.URLError)):
            through(None)
        context = ssl.create_default_context(cafile=str(authority.path))
        context.load_cert_chain(*map(str, own))
        node = sample("bank_http").Node(f"https://localhost:{port}", TOKEN, context)
        assert {"said": {"a": 1}} == node.call("echo", {"a": 1})
