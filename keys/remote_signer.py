"""A seal maker whose key is on another machine: the client of `signer_server`, by mutual TLS.

    POST /seal  {"party", "position"}          → {"seal", "certificate", "suite"}      (base64, DER)
    POST /sign  {"party", "position", "tbs"}   → {"signatures"}                in the order of tbs

Rules of this file:
- Sealing is prepare and attach: the octets to be signed go out, signatures come back, and whoever
  attaches verifies them. A seal is taken off again by `hub.voucher.undo`, here, before sending.
- A batch is one request of at most `BATCH_MAX`; a connection is kept and opened again once when it
  has gone away in between: to sign twice does no harm.
- TLS 1.3 only; the signer's name is checked, and the node's certificate is its login.
"""

import base64
import binascii
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from hub.errors import CustodyDown, Misconfigured, SealUntrusted
from hub.parties import Party

BATCH_MAX: Final = 500
ANSWER_BYTES_MAX: Final = 1 << 20
TIMEOUT_SECONDS: Final = 10.0
ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True)
class SignerAddress:
    """Where a signer is, and the node's login there: PEM files."""

    host: str
    port: int
    certificate_file: Path
    key_file: Path
    ca_file: Path


class _Gone(Exception):
    """The connection ended before an answer: ask once more."""


class RemoteSigner:
    """A connection to a signer; several makers share it. One thread.

    Source: RFC 8446; protocol rule 14.2
    """

    def __init__(self, address: SignerAddress, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Nothing is connected yet.

        Raises:
            Misconfigured: `signer_tls_files`.
        """
        self._connection = http.client.HTTPSConnection(
            address.host, address.port, timeout=timeout_seconds, context=_context(address)
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(_Gone), stop=stop_after_attempt(ATTEMPTS), reraise=True
        )

    def maker(self, party: Party, position: str) -> "RemoteSealMaker":
        """The seal that stands at a party's position.

        Raises:
            CustodyDown: `signer_down`: it does not answer.
            SealUntrusted: `signer_refused`: it does not seal this for this node.
        """
        found = self.ask("/seal", {"party": str(party), "position": position})
        return RemoteSealMaker(
            self, str(party), position, _octets(found, "seal"), _octets(found, "certificate"),
            str(found.get("suite", "")),
        )  # fmt: skip

    def ask(self, path: str, asked: Mapping[str, object]) -> dict[str, Any]:
        """One question to a path (`/seal`, `/sign`); the answer's members, at most 1 MB.

        Raises:
            CustodyDown: `signer_down`.
            SealUntrusted: `signer_refused`, with the signer's code.
        """
        try:
            status, octets = self._retrying(self._post, path, json.dumps(asked).encode())
            answer = json.loads(octets)
        except (_Gone, OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise CustodyDown("signer_down") from error
        if not isinstance(answer, dict) or status not in {200, 400, 403}:
            raise CustodyDown("signer_down")
        if status != 200:
            raise SealUntrusted("signer_refused", reason=str(answer.get("code", ""))[:60])
        return answer

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        connection = self._connection
        fresh = connection.sock is None
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            with connection.getresponse() as answer:
                octets = answer.read(ANSWER_BYTES_MAX + 1)
        except (ConnectionError, http.client.HTTPException, ssl.SSLError) as error:
            connection.close()
            if fresh:
                raise
            raise _Gone from error
        if len(octets) > ANSWER_BYTES_MAX:
            connection.close()
            raise ValueError
        return answer.status, octets


@dataclass(frozen=True, slots=True)
class RemoteSealMaker:
    """A `SealMaker` whose key a signer keeps.

    Source: GB/T 38540-2020, 7.2; protocol rule 14.2
    """

    signer: RemoteSigner
    party: str
    position: str
    seal: bytes
    certificate: bytes
    suite: str

    def sign(self, tbs: Sequence[bytes]) -> list[bytes]:
        """DER signatures over each of `tbs`, in order; whoever attaches them verifies them.

        Raises:
            CustodyDown: `signer_down`.
            SealUntrusted: `signer_refused`.
        """
        made: list[bytes] = []
        for start in range(0, len(tbs), BATCH_MAX):
            batch = [base64.b64encode(one).decode() for one in tbs[start : start + BATCH_MAX]]
            asked = {"party": self.party, "position": self.position, "tbs": batch}
            signatures = self.signer.ask("/sign", asked).get("signatures")
            if not isinstance(signatures, list) or len(signatures) != len(batch):
                raise CustodyDown("signer_down")
            made += [_decoded(one) for one in signatures]
        return made


def _octets(answer: dict[str, Any], name: str) -> bytes:
    return _decoded(answer.get(name))


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise CustodyDown("signer_down") from None


def _context(address: SignerAddress) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.ca_file)
        context.load_cert_chain(address.certificate_file, address.key_file)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured("signer_tls_files") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
