"""X.509 certificates for both suites (RFC 5280, GB/T 20518), built as DER and signed by a key.

Rules of this file:
- A certificate's serial number is derived from its issuer and contents: never drawn, never twice.
- Every certificate says what it is for: key usage always, extended key usage for TLS.
- Time is an argument.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address

from hub.clock import Instant
from keys import der
from keys.custody import PrivateKey

SIGNATURE_OID = {"sm2-sm3": "1.2.156.10197.1.501", "p256-sha256": "1.2.840.10045.4.3.2"}


class Use(Enum):
    """What a certificate may be used for: key usage bits from digitalSignature on, EKU arcs."""

    ROOT = (0b0000_0110, ())
    SEAL = (0b1100_0000, ())
    """A seal maker's or a signer's: digitalSignature and nonRepudiation."""
    NODE = (0b1000_0000, ())
    TLS_CLIENT = (0b1000_0000, ("1.3.6.1.5.5.7.3.2",))
    TLS_SERVER = (0b1000_0000, ("1.3.6.1.5.5.7.3.1",))


@dataclass(frozen=True, slots=True)
class Subject:
    """A name as our certificates carry it.

    Source: RFC 5280, 4.1.2.4; GB/T 20518
    """

    organisation: str
    common_name: str
    unit: str = ""

    @property
    def der(self) -> bytes:
        """The Name, in the order C, O, OU, CN."""
        parts = [("2.5.4.6", der.PRINTABLE, "CN"), ("2.5.4.10", der.UTF8, self.organisation)]
        if self.unit:
            parts.append(("2.5.4.11", der.UTF8, self.unit))
        parts.append(("2.5.4.3", der.UTF8, self.common_name))
        return der.sequence(
            *(
                der.set_of([der.sequence(der.oid(arc), der.element(tag, text.encode()))])
                for arc, tag, text in parts
            )
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be certified."""

    subject: Subject
    public_key_info: bytes
    use: Use
    not_before: Instant
    not_after: Instant
    hosts: tuple[str, ...] = ()
    """DNS names or IP addresses for the subjectAltName."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who certifies: a name and a key.

    Source: RFC 5280, 4.1; GB/T 20518
    """

    subject: Subject
    key: PrivateKey

    def issue(self, requests: Sequence[Request]) -> list[bytes]:
        """One certificate for each request, in order, DER."""
        bodies = [_body(self, request) for request in requests]
        return [
            signed(body, self.key.suite, signature)
            for body, signature in zip(bodies, self.key.sign(bodies), strict=True)
        ]


def signed(body: bytes, suite: str, signature: bytes) -> bytes:
    """A to-be-signed structure with its algorithm and signature: certificate or CRL.

    `body` and `signature` are DER, the signature over `body` by a key of the suite.

    Source: RFC 5280, 4.1; RFC 5280, 5.1
    """
    return der.sequence(body, algorithm(suite), der.bits(signature))


def algorithm(suite: str) -> bytes:
    """AlgorithmIdentifier of the suite's signature, without parameters.

    Required: the suite is `sm2-sm3` or `p256-sha256`.

    Source: RFC 5280, 4.1; GB/T 20518
    """
    return der.sequence(der.oid(SIGNATURE_OID[suite]))


def key_id(public_key_info: bytes) -> bytes:
    """Key identifier: SHA-1 of the public key's bits (method 1), 20 octets; a name only.

    Raises:
        Malformed: `der_form`: no SubjectPublicKeyInfo.

    Source: RFC 5280, 4.2.1.2
    """
    key = der.inside(public_key_info)[1][1][1:]
    return hashlib.sha1(key, usedforsecurity=False).digest()


def _body(issuer: Issuer, request: Request) -> bytes:
    validity = der.sequence(der.time(request.not_before), der.time(request.not_after))
    rest = (
        algorithm(issuer.key.suite)
        + issuer.subject.der
        + validity
        + request.subject.der
        + request.public_key_info
        + der.explicit(3, der.sequence(*_extensions(issuer, request)))
    )
    serial = int.from_bytes(hashlib.sha256(rest).digest()[:16], "big") >> 1
    return der.sequence(der.explicit(0, der.integer(2)), der.integer(serial), rest)


def _extensions(issuer: Issuer, request: Request) -> list[bytes]:
    bits, arcs = request.use.value
    root = request.use is Use.ROOT
    unused = (bits & -bits).bit_length() - 1
    found = [
        _extension(
            "2.5.29.19", der.sequence(der.true()) if root else der.sequence(), critical=True
        ),
        _extension("2.5.29.15", der.bits(bytes((bits,)), unused), critical=True),
        _extension("2.5.29.14", der.octets(key_id(request.public_key_info))),
        _extension(
            "2.5.29.35", der.sequence(der.element(0x80, key_id(issuer.key.public_key_info)))
        ),
    ]
    if arcs:
        found.append(_extension("2.5.29.37", der.sequence(*map(der.oid, arcs))))
    if request.hosts:
        found.append(_extension("2.5.29.17", der.sequence(*map(_host, request.hosts))))
    return found


def _extension(arc: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(arc), der.true() if critical else b"", der.octets(value))


def _host(host: str) -> bytes:
    try:
        return der.element(0x87, ip_address(host).packed)
    except ValueError:
        return der.element(0x82, host.encode("ascii"))
