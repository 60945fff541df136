"""Suite `p256-sha256`: ECDSA on P-256 with SHA-256, for tests, HSMs and foreign peers.

Rules: strict DER and low s (s ≤ n/2), so that one signature has one writing.
"""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hub.voucher import certificates, der
from hub.voucher.certificates import Certificate

KEYS_MAX: Final = 4096
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class P256Sha256:
    """The suite: ECDSA over P-256 with SHA-256, one writing of each signature.

    Source: FIPS 186-5, 6.4.1; FIPS 186-5, 6.4.2; FIPS 180-4; protocol rule 2.5
    """

    name: Final = "p256-sha256"
    signature_oid: Final = "1.2.840.10045.4.3.2"

    def __init__(self) -> None:
        self._keys: dict[bytes, ec.EllipticCurvePublicKey | None] = {}
        self._algorithm = ec.ECDSA(hashes.SHA256())

    def digest(self, data: bytes, shared: int = 0) -> bytes:  # noqa: ARG002 - a hint
        """SHA-256."""
        return hashlib.sha256(data).digest()

    def verify(self, certificate: bytes, signature: bytes, data: bytes) -> bool:
        """Whether the low-s signature over data holds under the certificate's P-256 key."""
        try:
            key = self._keys[certificate]
        except KeyError:
            key = self._load(certificate)
        pair = der.pair(signature)
        if key is None or pair is None or pair[1] > ORDER // 2:
            return False
        try:
            key.verify(signature, data, self._algorithm)
        except InvalidSignature:
            return False
        return True

    def certificate(self, octets: bytes) -> Certificate | None:
        """The facts of an X.509 certificate; None when it is none."""
        return certificates.parse(octets)

    def sign(self, key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        """Low-s signature over data, DER."""
        return low_s(key.sign(data, self._algorithm))

    def _load(self, certificate: bytes) -> ec.EllipticCurvePublicKey | None:
        key: ec.EllipticCurvePublicKey | None = None
        try:
            loaded = x509.load_der_x509_certificate(certificate).public_key()
        except Exception:  # noqa: BLE001 - any failure of a foreign parser means: no key of ours
            loaded = None
        if isinstance(loaded, ec.EllipticCurvePublicKey) and isinstance(loaded.curve, ec.SECP256R1):
            key = loaded
        if len(self._keys) >= KEYS_MAX:
            self._keys.pop(next(iter(self._keys)))
        self._keys[certificate] = key
        return key


def low_s(signature: bytes) -> bytes:
    """The same ECDSA signature with s ≤ n/2; other keepers of keys use it too.

    Required: a signature in DER that was just made; it holds under the same key as before.

    Source: protocol rule 2.5; wire form 3
    """
    pair = der.pair(signature)
    assert pair is not None, "a signature we made is DER"
    r, s = pair
    return encode_dss_signature(r, min(s, ORDER - s))
