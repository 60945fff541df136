"""Signatures of time-stamp authorities and their issuers, in whatever algorithm they use.

Our own seals are of one suite each; a public authority is not ours to choose. Rules:
- Allowed: RSA (PKCS #1 v1.5, 2,048 bits and more) and ECDSA with SHA-256, -384 or -512; SM2 with
  SM3 by the suite. No SHA-1, no MD5, no DSA.
- ECDSA is taken with either s: the one writing of our own seals is no rule of theirs.
- It looks like a `Suite`, so that the one finder of chains serves here too.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from asn1crypto import x509 as tolerant
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from hub.voucher import certificates
from hub.voucher.certificates import Certificate
from hub.voucher.ports import Suite

RSA_BITS_MIN: Final = 2048
SM2_SM3: Final = "1.2.156.10197.1.501"
_RSA_PLAIN: Final = "1.2.840.113549.1.1.1"
_EC_PLAIN: Final = "1.2.840.10045.2.1"
_SM2_PLAIN: Final = "1.2.156.10197.1.301.1"
_RSA: Final = "rsa"
_EC: Final = "ec"
_BY_DIGEST: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_ALGORITHMS: Final[Mapping[str, tuple[str, hashes.HashAlgorithm]]] = {
    "1.2.840.113549.1.1.11": (_RSA, hashes.SHA256()),
    "1.2.840.113549.1.1.12": (_RSA, hashes.SHA384()),
    "1.2.840.113549.1.1.13": (_RSA, hashes.SHA512()),
    "1.2.840.10045.4.3.2": (_EC, hashes.SHA256()),
    "1.2.840.10045.4.3.3": (_EC, hashes.SHA384()),
    "1.2.840.10045.4.3.4": (_EC, hashes.SHA512()),
}


@dataclass(frozen=True, slots=True)
class AnyAlgorithm:
    """A `Suite` of all allowed algorithms, for certificates of time-stamp authorities.

    Required: `suites` holds `sm2-sm3` where SM2 authorities are to be judged; without it their
    signatures do not hold. It signs nothing and stands in no trust list.

    Source: RFC 3161, 2.3; RFC 5280, 4.1; protocol rule 8.1
    """

    suites: Mapping[str, Suite]

    @property
    def name(self) -> str:
        """No suite of any list."""
        return "any"

    @property
    def signature_oid(self) -> str:
        """What `certificate` puts in the place of every allowed algorithm."""
        return "any"

    def digest(self, data: bytes, shared: int = 0) -> bytes:  # noqa: ARG002 - a hint
        """SHA-256; nothing asks for it."""
        return hashlib.sha256(data).digest()

    def certificate(self, octets: bytes) -> Certificate | None:
        """The facts of a certificate whose algorithm is allowed, under the common name of all."""
        facts = certificates.parse(octets)
        if facts is None or (facts.algorithm not in _ALGORITHMS and facts.algorithm != SM2_SM3):
            return None
        return replace(facts, algorithm=self.signature_oid)

    def verify(self, certificate: bytes, signature: bytes, data: bytes) -> bool:
        """Whether the signature holds over a TBSCertificate, which names its own algorithm."""
        try:
            inner = tolerant.TbsCertificate.load(data, strict=True)["signature"]["algorithm"]
        except (ValueError, TypeError):
            return False
        return self.holds(certificate, inner.dotted, "", signature, data)

    def holds(
        self, certificate: bytes, algorithm: str, hashed: str, signature: bytes, data: bytes
    ) -> bool:
        """Whether a signature over data holds under the certificate's key.

        `hashed` is the digest algorithm beside it, for signers that name their key's algorithm
        alone; empty: none is named.
        """
        if algorithm in {SM2_SM3, _SM2_PLAIN}:
            suite = self.suites.get("sm2-sm3")
            return suite is not None and suite.verify(certificate, signature, data)
        named = _ALGORITHMS.get(algorithm)
        if algorithm in {_RSA_PLAIN, _EC_PLAIN} and hashed in _BY_DIGEST:
            named = (_RSA if algorithm == _RSA_PLAIN else _EC, _BY_DIGEST[hashed])
        return named is not None and _classic(certificate, *named, signature, data)


def _classic(
    certificate: bytes, kind: str, hashed: hashes.HashAlgorithm, signature: bytes, data: bytes
) -> bool:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except Exception:  # noqa: BLE001 - any failure of a foreign parser means: no key
        return False
    try:
        if kind == _RSA and isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS_MIN:
            key.verify(signature, data, padding.PKCS1v15(), hashed)
            return True
        if kind == _EC and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashed))
            return True
    except InvalidSignature:
        return False
    return False
