"""Signatures of others, whose writing is not ours to choose: either s, and in files r ‖ s, too.

Our own seals have one writing (strict DER, low s), so that one seal has one digest. Certificates,
revocation lists and other makers' files are fixed by their own octets: there an ECDSA signature
with the upper s is as good, and half of all that other libraries write are such.
"""

from typing import Final

from hub.voucher import der
from hub.voucher.ports import Suite

ECDSA_SHA256: Final = "1.2.840.10045.4.3.2"
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RAW_BYTES: Final = 64


def holds(suite: Suite, certificate: bytes, signature: bytes, data: bytes) -> bool:
    """As `suite.verify`, for DER signatures of others: with ECDSA either s is good.

    Source: FIPS 186-5, 6.4.2; RFC 5280, 4.1
    """
    pair = der.pair(signature) if suite.signature_oid == ECDSA_SHA256 else None
    if pair is not None and P256_ORDER // 2 < pair[1] < P256_ORDER:
        signature = _written(pair[0], P256_ORDER - pair[1])
    return suite.verify(certificate, signature, data)


def as_der(signature: bytes) -> bytes:
    """A signature written as r ‖ s of 32 octets each, as DER; any other comes back as it is.

    Source: GB/T 35276-2017; protocol rule 12.4
    """
    if len(signature) != RAW_BYTES or der.pair(signature) is not None:
        return signature
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    return _written(r, s)


def _written(r: int, s: int) -> bytes:
    return der.build(der.SEQUENCE, der.integer(r), der.integer(s))
