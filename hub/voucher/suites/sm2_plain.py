"""Suite `sm2-sm3` for verifying alone, in plain Python: a second opinion, and for archives.

Where no libcrypto with SM2 is at hand (a verifier of evidence, many years later) this one still
answers, a hundred times slower. Rules: same verdicts as `sm2_sm3`, strict DER, ranges checked; no
private key ever comes here, so nothing need be constant-time. SM3 is `cryptography`'s.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SM3, Hash

from hub.voucher import certificates, der
from hub.voucher.certificates import Certificate
from hub.voucher.suites.curve import BASE, ORDER, PRIME, A, Affine, B, on_curve
from hub.voucher.suites.libcrypto import ID

SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""SubjectPublicKeyInfo of an uncompressed SM2 point, up to its coordinates."""
Jacobian = tuple[int, int, int]


class Sm2Plain:
    """The suite, verifying only: same verdicts as libcrypto's, some hundred times slower.

    Source: GB/T 32918.2-2016, 7.1; GB/T 32905-2016; GB/T 35276-2017, 10; decision 7
    """

    name: Final = "sm2-sm3"
    signature_oid: Final = "1.2.156.10197.1.501"

    def digest(self, data: bytes, shared: int = 0) -> bytes:  # noqa: ARG002 - a hint
        """SM3."""
        made = Hash(SM3())
        made.update(data)
        return made.finalize()

    def verify(self, certificate: bytes, signature: bytes, data: bytes) -> bool:
        """Whether the signature over data holds under the certificate's SM2 key."""
        facts, pair = certificates.parse(certificate), der.pair(signature)
        if facts is None or pair is None or not facts.spki.startswith(SPKI):
            return False
        point = facts.spki[len(SPKI) :]
        key = (int.from_bytes(point[:32]), int.from_bytes(point[32:]))
        (r, s), t = pair, (pair[0] + pair[1]) % ORDER
        if len(point) != 64 or not on_curve(key) or not t or r >= ORDER or s >= ORDER:
            return False
        x = _sum_x(s, t, key)
        return x is not None and (self._hashed(key, data) + x) % ORDER == r

    def certificate(self, octets: bytes) -> Certificate | None:
        """The facts of an X.509 certificate; None when it is none."""
        return certificates.parse(octets)

    def _hashed(self, key: Affine, data: bytes) -> int:
        parts = b"".join(n.to_bytes(32) for n in (A, B, *BASE, *key))
        z = self.digest((len(ID) * 8).to_bytes(2) + ID + parts)
        return int.from_bytes(self.digest(z + data))


def _sum_x(s: int, t: int, key: Affine) -> int | None:
    """The x coordinate of s·G + t·P; None at infinity."""
    both = _added((*BASE, 1), (*key, 1))
    table = {(1, 0): (*BASE, 1), (0, 1): (*key, 1), (1, 1): both}
    found: Jacobian = (1, 1, 0)
    for at in range(255, -1, -1):
        found = _doubled(found)
        bits = (s >> at & 1, t >> at & 1)
        if bits != (0, 0):
            found = _added(found, table[bits])
    x, _, z = found
    return x * pow(z, -2, PRIME) % PRIME if z else None


def _doubled(point: Jacobian) -> Jacobian:
    x, y, z = point
    if not z or not y:
        return (1, 1, 0)
    square = z * z % PRIME
    slope = 3 * (x - square) * (x + square) % PRIME  # a = -3
    y2 = y * y % PRIME
    beta = 4 * x * y2 % PRIME
    x3 = (slope * slope - 2 * beta) % PRIME
    return x3, (slope * (beta - x3) - 8 * y2 * y2) % PRIME, 2 * y * z % PRIME


def _added(one: Jacobian, other: Jacobian) -> Jacobian:
    (x1, y1, z1), (x2, y2, z2) = one, other
    if not z1 or not z2:
        return other if not z1 else one
    square1, square2 = z1 * z1 % PRIME, z2 * z2 % PRIME
    u1, u2 = x1 * square2 % PRIME, x2 * square1 % PRIME
    s1, s2 = y1 * square2 * z2 % PRIME, y2 * square1 * z1 % PRIME
    if u1 == u2:
        return _doubled(one) if s1 == s2 else (1, 1, 0)
    h, r = (u2 - u1) % PRIME, (s2 - s1) % PRIME
    h2 = h * h % PRIME
    h3, v = h * h2 % PRIME, u1 * h2 % PRIME
    x3 = (r * r - h3 - 2 * v) % PRIME
    return x3, (r * (v - x3) - s1 * h3) % PRIME, h * z1 * z2 % PRIME
