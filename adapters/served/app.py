"""Verbs over HTTP: `POST /v1/<verb>` with a JSON object, answered by a JSON object.

Rules: nothing is read of a request before it is admitted and its length is known; every error of
ours is its code with its advice, and a status by what the caller must do; a fault of the program
says only that it is one. One verb at a time: verbs are short, and parts behind them are not shared.
"""

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

from hub.desks.paper import read_json
from hub.errors import (
    Advice,
    Conflict,
    Fenced,
    Held,
    HubError,
    Malformed,
    NotOurs,
    Rejection,
    Unavailable,
    Unknown,
)
from hub.observer import Fact, Observer

PREFIX: Final = "/v1/"
BODY_BYTES_MAX: Final = 8 * 1024 * 1024
STATUS: Final[tuple[tuple[type[HubError], str], ...]] = (
    (Conflict, "409 Conflict"),
    (Rejection, "422 Unprocessable Content"),
    (Held, "503 Service Unavailable"),
    (Unavailable, "503 Service Unavailable"),
    (Unknown, "503 Service Unavailable"),
    (NotOurs, "503 Service Unavailable"),
)
"""What the caller must do: 4xx is final for these octets, 503 is tried again as it is."""
FAULT: Final = "500 Internal Server Error"

Verb = Callable[[Mapping[str, Any]], object]
Environ = dict[str, Any]


class StartResponse(Protocol):
    """WSGI's way to begin an answer."""

    def __call__(self, status: str, headers: list[tuple[str, str]]) -> object:
        """Status line and headers."""
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may come in."""

    token: bytes
    """Every request carries it: `Authorization: Bearer …`."""
    clients: frozenset[str] = frozenset()
    """SHA-256 of client certificates, hex; empty: no TLS, loopback only."""

    def admits(self, environ: Environ) -> bool:
        """Whether this request comes from the party's own system."""
        said = str(environ.get("HTTP_AUTHORIZATION", "")).encode("latin-1", "replace")
        known = hmac.compare_digest(said, b"Bearer " + self.token)
        if not self.clients:
            return known
        try:
            der = ssl.PEM_cert_to_DER_cert(str(environ.get("SSL_CLIENT_CERT", "")))
        except ValueError:
            return False
        return known and hashlib.sha256(der).hexdigest() in self.clients


class App:
    """A WSGI application over verbs."""

    def __init__(
        self,
        verbs: Mapping[str, Verb],
        admission: Admission,
        advise: Callable[[str], Advice | None],
        observe: Observer,
        lock: threading.Lock,
        fenced: Callable[[Fenced], None],
    ) -> None:
        """`lock` is held by whoever is behind the verbs; `fenced`: this process has to end."""
        self._verbs = verbs
        self._admission = admission
        self._advise = advise
        self._observe = observe
        self._one = lock
        self._fenced = fenced

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, body = self._answer(environ)
        octets = json.dumps(body, ensure_ascii=False).encode() + b"\n"
        start(
            status,
            [("Content-Type", "application/json"), ("Content-Length", str(len(octets)))],
        )
        return [octets]

    def _answer(self, environ: Environ) -> tuple[str, object]:
        if not self._admission.admits(environ):
            self._observe(Fact("window_closed", {"code": "not_admitted"}))
            return "401 Unauthorized", {"error": "not_admitted"}  # a stranger learns no more
        path = str(environ.get("PATH_INFO", ""))
        verb = self._verbs.get(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        if verb is None:
            return "404 Not Found", {**self._words("verb_unknown"), "verbs": sorted(self._verbs)}
        if environ.get("REQUEST_METHOD") != "POST":
            return "405 Method Not Allowed", self._words("post_only")
        asked = _asked(environ)
        if asked is None:
            return "400 Bad Request", self._words("not_a_json_object")
        return self._done(verb, asked)

    def _done(self, verb: Verb, asked: Mapping[str, Any]) -> tuple[str, object]:
        try:
            with self._one:
                return "200 OK", verb(asked)
        except HubError as error:
            self._observe(Fact("window_refuses", {"code": error.code}))
            status = next((text for kind, text in STATUS if isinstance(error, kind)), FAULT)
            if isinstance(error, Fenced):
                self._fenced(error)
            return status, self._told(error)
        except Exception as error:  # noqa: BLE001 - the top of a request
            self._observe(Fact("window_fault", {"reason": type(error).__name__}))
            return FAULT, self._words("program_fault")

    def _told(self, error: HubError) -> Mapping[str, object]:
        return {**self._words(error.code), "context": dict(error.context)}

    def _words(self, code: str) -> dict[str, object]:
        """The code with its advice in both languages: clerks read it on their own screens."""
        known = self._advise(code)
        return {"error": code, **(asdict(known) if known else {})}


def _asked(environ: Environ) -> Mapping[str, Any] | None:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 <= length <= BODY_BYTES_MAX:
            return None
        octets = environ["wsgi.input"].read(length) if length else b"{}"
        asked = read_json(octets)
    except (ValueError, OSError, Malformed):
        return None
    return asked if isinstance(asked, dict) else None
