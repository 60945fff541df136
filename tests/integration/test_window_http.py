"""The window over HTTP: who is let in, what a caller is told, over real sockets."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from adapters.served.app import Admission, App
from adapters.served.server import TIMEOUT_SECONDS, Tls, WindowServer
from hub.errors import Conflict, Fenced, Malformed, Misconfigured, StoreDown
from hub.observer import silent
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


@contextmanager
def serving(tls: Tls | None = None, clients: frozenset[str] = frozenset()) -> Iterator[Any]:
    ended: list[Fenced] = []

    def fail(name: str) -> Any:
        def verb(_asked: Mapping[str, Any]) -> object:
            raise ERRORS[name]

        return verb

    verbs = {"echo": lambda asked: {"said": dict(asked)}, **{name: fail(name) for name in ERRORS}}
    admission = Admission(TOKEN.encode(), clients)
    app = App(verbs, admission, advice, silent, threading.Lock(), ended.append)
    server = WindowServer("127.0.0.1", 0, app, tls, silent)
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
        with socket.create_connection(("localhost", port)):  # and says nothing
            begun = monotonic()
            assert 200 == through(own)
            assert monotonic() - begun < TIMEOUT_SECONDS / 2
        with pytest.raises((OSError, urllib.error.URLError)):
            through(None)
        context = ssl.create_default_context(cafile=str(authority.path))
        context.load_cert_chain(*map(str, own))
        node = sample("bank_http").Node(f"https://localhost:{port}", TOKEN, context)
        assert {"said": {"a": 1}} == node.call("echo", {"a": 1})
