"""The HTTP server of a node's window: cheroot, on loopback or with mutual TLS, in its own threads.

Rules: without TLS it listens on loopback only. With TLS a client shows a certificate of the given
authority, at least TLS 1.2, and the certificate itself is one of those named (`Admission.clients`):
the authority may have signed others. A bank reaches its node outbound; the node calls nobody.
How slow clients are kept from holding up others stands in `adapters.served.door` and `connection`.
"""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from cheroot.ssl.builtin import BuiltinSSLAdapter

from adapters.served.app import App
from adapters.served.connection import HEADER_BYTES
from adapters.served.door import DoorServer
from hub.errors import Misconfigured, TargetDown
from hub.observer import Fact, Observer

STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Tls:
    """Mutual TLS: files in PEM."""

    certificate: Path
    key: Path
    clients_ca: Path


class WindowServer:
    """Serves an application until it is stopped."""

    def __init__(self, host: str, port: int, app: App, tls: Tls | None, observe: Observer) -> None:
        """Nothing listens yet.

        Raises:
            Misconfigured: `serve_needs_tls`: not a loopback address; `serve_tls_files`.
        """
        if tls is None and not _loopback(host):
            raise Misconfigured("serve_needs_tls", reason=host)
        self._server: Any = DoorServer((host, port), app, observe)
        self._server.server_name = ""
        self._server.max_request_header_size = HEADER_BYTES
        setattr(self._server, "error_log", _log(observe))  # noqa: B010 - a method by class
        if tls is not None:
            self._server.ssl_adapter = _adapter(tls)
        self._thread = threading.Thread(target=self._server.serve, name="window", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens; 0 was any free port."""
        return int(self._server.bind_addr[1])

    def start(self) -> None:
        """Listen and serve.

        Raises:
            TargetDown: `serve_port_taken`.
        """
        try:
            self._server.prepare()
        except OSError as error:
            raise TargetDown("serve_port_taken", reason=type(error).__name__) from error
        self._thread.start()

    def stop(self) -> None:
        """Serve what was begun, then listen no more."""
        self._server.stop()
        self._thread.join(STOP_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()


def _log(observe: Observer) -> Callable[..., None]:
    """The server's own words are facts without text: a message could carry what a client sent."""

    def told(msg: str = "", level: int = 20, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - the server's signature
        if traceback or level > ERROR:
            observe(Fact("window_trouble", {"bytes": len(msg)}))

    return told


ERROR: Final = 30


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Adapter(BuiltinSSLAdapter):
    """Shakes no hands: the door does, step by step, so that nobody waits for another's."""

    def wrap(self, sock: Any) -> Any:  # noqa: ANN401 - the server's signature
        kept = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return kept, {}


def _adapter(tls: Tls) -> BuiltinSSLAdapter:
    try:
        adapter = _Adapter(str(tls.certificate), str(tls.key))
        adapter.context.load_verify_locations(str(tls.clients_ca))
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured("serve_tls_files", reason=type(error).__name__) from error
    adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    adapter.context.verify_mode = ssl.CERT_REQUIRED
    return adapter
