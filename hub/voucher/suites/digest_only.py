"""Suite `digest-only`: a keyed digest for the simulator, deterministic and fast.

It protects nothing; wiring never gives it to a node with real parties.

Rules: a certificate is any octets (a key id) and is its own anchor; signature = SHA-256 over
`digest-only`, the length of the key id, the key id and the data.
"""

import hashlib
from typing import Final

from hub.clock import Instant
from hub.voucher.certificates import Certificate


class DigestOnly:
    """The suite: no security whatever, for the simulator alone.

    Source: protocol rule 11.1; FIPS 180-4
    """

    name: Final = "digest-only"
    signature_oid: Final = "2.999.1"  # the arc for examples

    def digest(self, data: bytes, shared: int = 0) -> bytes:  # noqa: ARG002 - a hint
        """SHA-256."""
        return hashlib.sha256(data).digest()

    def verify(self, certificate: bytes, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is what `sign` gives."""
        return signature == self.sign(certificate, data)

    def certificate(self, octets: bytes) -> Certificate | None:
        """A certificate that is good for everything, always: trusted iff it is an anchor itself."""
        return Certificate(
            octets=octets,
            subject=octets,
            issuer=octets,
            serial=0,
            spki=octets,
            tbs=octets,
            algorithm=self.signature_oid,
            signature=b"",
            not_before=Instant(-(1 << 60)),
            not_after=Instant(1 << 60),
            may_sign=True,
            is_authority=False,
            understood=True,
            path_length=None,
        )

    def sign(self, key_id: bytes, data: bytes) -> bytes:
        """Keyed digest of data."""
        head = b"digest-only" + len(key_id).to_bytes(4, "big")
        return hashlib.sha256(head + key_id + data).digest()
