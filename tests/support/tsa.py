"""A time-stamp authority for tests: `openssl ts` behind a small HTTP server on loopback."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from keys.pem import from_pem

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = yes
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[signing]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping, codeSigning
[req]
distinguished_name = name
[name]
"""
KEYS = {
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}


@dataclass
class Authority:
    """An authority's folder; `answer` runs `openssl ts -reply`."""

    folder: Path
    key: str = "p256"
    purpose: str = "stamping"
    ess: str = "sha256"
    days: int = 30
    asked: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(folder=self.folder, ess=self.ess)
        (self.folder / "tsa.cnf").write_text(text)
        (self.folder / "serial").write_text("01\n")
        for name in ("root", "tsa"):
            self._openssl("genpkey", *KEYS[self.key], "-out", f"{name}.key")
        self._openssl(
            "req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=Test stamps root",
            "-days", "40", "-config", "tsa.cnf", "-extensions", "root", "-out", "root.pem",
        )  # fmt: skip
        self._openssl(
            "req", "-new", "-key", "tsa.key", "-subj", "/CN=Test stamps",
            "-config", "tsa.cnf", "-out", "tsa.csr",
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-set_serial", "7", "-days", str(self.days), "-extfile", "tsa.cnf",
            "-extensions", self.purpose, "-out", "tsa.pem",
        )  # fmt: skip

    @property
    def root(self) -> bytes:
        """The root certificate, DER."""
        return from_pem((self.folder / "root.pem").read_bytes())

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, DER."""
        return from_pem((self.folder / "tsa.pem").read_bytes())

    def answer(self, asked: bytes) -> bytes:
        """The TimeStampResp to a request."""
        self.asked.append(asked)
        (self.folder / "asked.tsq").write_bytes(asked)
        self._openssl(
            "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "asked.tsq", "-out", "answer.tsr"
        )
        return (self.folder / "answer.tsr").read_bytes()

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


@dataclass
class Behaviour:
    """How the server behaves: what it answers to the next requests, in order; then properly."""

    statuses: list[int] = field(default_factory=list)
    served: int = 0


@contextmanager
def serving(authority: Authority, behaviour: Behaviour | None = None) -> Iterator[str]:
    """The authority at a URL on loopback."""
    how = behaviour or Behaviour()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            how.served += 1
            status = how.statuses.pop(0) if how.statuses else 200
            body = authority.answer(asked) if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Confused(Authority):
    """An authority that stamps something else than it was asked to."""

    def answer(self, asked: bytes) -> bytes:
        at = asked.index(b"\x04\x20") + 2  # the imprint
        return super().answer(asked[:at] + bytes(32) + asked[at + 32 :])
