"""A small signer: seals of a machine that keeps keys, for nodes that do not. Mutual TLS.

Rules of this file:
- It signs nothing but a TBS_Sign of GB/T 38540 for the very seal, environment and position that is
  asked for: what is signed is read first, so a node cannot have other octets signed.
- A node seals for the parties it was given, known by the common name of its TLS certificate.
- Bounded: request size, batch, time per connection. Answers name codes, never content.
- A thread a connection, made by the server of the standard library: keys are only read.
"""

import base64
import binascii
import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from hub.errors import CustodyDown, HubError, Misconfigured, SealUntrusted
from hub.parties import Party, party
from hub.trust.model import matches
from hub.voucher import binding, ses
from hub.voucher.ports import SealMaker
from keys.remote_signer import BATCH_MAX

REQUEST_BYTES_MAX: Final = 32 << 20
CONNECTION_SECONDS: Final = 60.0
HANDSHAKE_SECONDS: Final = 5.0
MakerOf = Callable[[Party, str], SealMaker]
"""The seal of a party for a position; raises Misconfigured where there is none."""


class Signer:
    """Answers questions; whom it answers is decided per node.

    Source: protocol rule 14.2; GB/T 38540-2020, 7.1
    """

    def __init__(self, env: str, maker_of: MakerOf, clients: Mapping[str, Sequence[str]]) -> None:
        """`clients`: node id → patterns of the parties it may seal for."""
        self._env = env
        self._maker_of = maker_of
        self._clients = clients

    def answer(self, node: str, path: str, asked: Mapping[str, Any]) -> dict[str, object]:
        """The answer to one question of an authenticated node.

        Raises:
            SealUntrusted: `signer_not_for_party`, `signer_not_a_seal`, `signer_form`.
            Misconfigured: `no_seal_for_position`, `keyring_missing`.
            Malformed: a party or binding that does not read.
        """
        who, position = party(str(asked.get("party"))), str(asked.get("position"))
        if not any(matches(pattern, str(who)) for pattern in self._clients.get(node, ())):
            raise SealUntrusted("signer_not_for_party")
        maker = self._maker_of(who, position)
        if path == "/seal":
            return {
                "seal": _text(maker.seal),
                "certificate": _text(maker.certificate),
                "suite": maker.suite,
            }
        if path != "/sign":
            raise SealUntrusted("signer_form")
        tbs = _batch(asked.get("tbs"))
        for one in tbs:
            self._look(one, maker, position)
        return {"signatures": [_text(signature) for signature in maker.sign(tbs)]}

    def _look(self, tbs: bytes, maker: SealMaker, position: str) -> None:
        whole = ses.assemble_signature(tbs, maker.certificate, "1.2.3", b"\0")
        signature = ses.read_signature(whole)
        bound = binding.read(signature.property_info)
        told = (signature.tbs, signature.seal, bound.env, bound.pos, bound.suite)
        if told != (tbs, maker.seal, self._env, position, maker.suite):
            raise SealUntrusted("signer_not_a_seal")


class SignerServer(ThreadingHTTPServer):
    """The signer at an address; `serve_forever` runs it, `shutdown` ends it.

    Source: RFC 8446; protocol rule 14.2
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], signer: Signer, tls: Path) -> None:
        """`tls` is a folder with tls.cer, tls-key.pem and tls-ca.cer.

        Raises:
            Misconfigured: `signer_tls_files`, `signer_address`.
        """
        self.signer = signer
        self._context = _context(tls)
        self._open: set[socket.socket] = set()
        try:
            super().__init__(address, _Handler)
        except (OSError, OverflowError) as error:
            raise Misconfigured("signer_address") from error

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        """A connection; the handshake is left to its own thread."""
        plain, peer = self.socket.accept()
        plain.settimeout(HANDSHAKE_SECONDS)
        wrapped = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self._open.add(wrapped)
        return wrapped, peer

    def server_close(self) -> None:
        """Stop listening, and end the connections that are still kept."""
        super().server_close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the library's type
        """Forget a connection that has ended."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is its client's affair; nothing is printed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SignerServer

    def setup(self) -> None:
        assert isinstance(self.request, ssl.SSLSocket)
        self.request.do_handshake()
        self.request.settimeout(CONNECTION_SECONDS)
        super().setup()

    def do_POST(self) -> None:
        try:
            asked = self._asked()
            status, told = 200, self.server.signer.answer(self._node(), self.path, asked)
        except CustodyDown as error:  # a key that cannot be used now: nobody is refused
            status, told = 503, {"code": error.code}
        except HubError as error:
            status, told = 403, {"code": error.code}
        octets = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Requests are not logged: they hold what is sealed."""

    def _asked(self) -> Mapping[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > REQUEST_BYTES_MAX:
            self.close_connection = True
            raise SealUntrusted("signer_form")
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise SealUntrusted("signer_form") from error
        if not isinstance(asked, dict):
            raise SealUntrusted("signer_form")
        return asked

    def _node(self) -> str:
        certificate: Mapping[str, Any] = self.connection.getpeercert() or {}
        names = [v for rdn in certificate.get("subject", ()) for k, v in rdn if k == "commonName"]
        return str(names[0]) if len(names) == 1 else ""


def _batch(value: object) -> list[bytes]:
    if not isinstance(value, list) or not 1 <= len(value) <= BATCH_MAX:
        raise SealUntrusted("signer_form")
    try:
        return [base64.b64decode(str(one), validate=True) for one in value]
    except (binascii.Error, ValueError) as error:
        raise SealUntrusted("signer_form") from error


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _context(tls: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls / "tls.cer", tls / "tls-key.pem")
        context.load_verify_locations(tls / "tls-ca.cer")
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured("signer_tls_files") from error
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
