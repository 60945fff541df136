"""Suite `sm2-sm3`: SM2-with-SM3 by the system's libcrypto (GM/T 0003, GM/T 0009).

Rules: opened by wiring with a library path; a known-answer test must pass before anything else;
signatures in strict DER; each public key is loaded once and kept, at most `KEYS_MAX` of them. With
`tables`, signers that are met often are verified by tables of their keys (sm2_tables), which grow
when `grow` is called; one thread.
"""

from functools import partial
from typing import Final

from hub.errors import Misconfigured
from hub.voucher import certificates, der
from hub.voucher.certificates import Certificate
from hub.voucher.suites.beginnings import Beginnings
from hub.voucher.suites.curve import Curve
from hub.voucher.suites.libcrypto import Key, Libcrypto
from hub.voucher.suites.sm2_tables import Tables

KEYS_MAX: Final = 4096
NAMED: Final = 96
"""Octets at the beginning of a SES_Signature that tell seals apart."""

_KAT_KEY: Final = bytes.fromhex(
    "3059301306072a8648ce3d020106082a811ccf5501822d034200"
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_KAT_R: Final = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
_KAT_S: Final = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
_KAT_SM3: Final = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # of "abc"


class Sm2Sm3:
    """The suite; also what keepers of SM2 keys need: generate, store encrypted, sign.

    Source: GB/T 32918.2-2016, 6.1; GB/T 32918.2-2016, 7.1; GB/T 32905-2016; protocol rule 2.16
    """

    name: Final = "sm2-sm3"
    signature_oid: Final = "1.2.156.10197.1.501"

    def __init__(self, library: Libcrypto, tables: Tables | None = None) -> None:
        self.library = library
        self.tables = tables
        self._keys: dict[bytes, tuple[Key, bytes] | None] = {}
        self._begun = Beginnings()
        self._last = (b"", library.sm3(b""))

    def digest(self, data: bytes, shared: int = 0) -> bytes:
        """SM3. The same octets, asked for again and again for each seal, are hashed once."""
        if shared:
            return self._begun.digest((data[:NAMED], shared), data, shared)
        last = self._last
        if data is not last[0]:
            last = self._last = data, self.library.sm3(data)
        return last[1]

    def verify(self, certificate: bytes, signature: bytes, data: bytes) -> bool:
        """Whether the signature over data holds under the certificate's SM2 key."""
        try:
            found = self._keys[certificate]
        except KeyError:
            found = self._load(certificate)
        pair = der.pair(signature)
        if found is None or pair is None:
            return False
        key, spki = found
        if self.tables is None:
            return self.library.verify(key, signature, data)
        judge = partial(self.library.verify, key, signature, data)
        return self.tables.verify(spki, pair, data, judge)

    def certificate(self, octets: bytes) -> Certificate | None:
        """The facts of an X.509 certificate; None when it is none."""
        return certificates.parse(octets)

    def sign(self, key: Key, data: bytes) -> bytes:
        """Signature over data (a TBS_Sign, SES_SealInfo, TBSCertificate or CRL), DER."""
        return self.library.sign(key, data)

    def grow(self) -> bool:
        """A moment for the tables, 0.5 to 2 ms, between batches; False: none is growing.

        Whoever opened the suite with tables calls it; without it libcrypto verifies everything.
        """
        return self.tables is not None and self.tables.grow()

    def _load(self, certificate: bytes) -> tuple[Key, bytes] | None:
        facts = certificates.parse(certificate)
        key = None if facts is None else self.library.public_key(facts.spki)
        found = None if facts is None or key is None else (key, self.library.spki(key))
        if len(self._keys) >= KEYS_MAX:
            self._keys.pop(next(iter(self._keys)))
        self._keys[certificate] = found
        return found


def open_suite(path: str = "libcrypto.so.3", tables: int = 0) -> Sm2Sm3:
    """The suite on the libcrypto at `path`, after its known answers were right.

    `tables`: how many signers may have a table, 2.7 MB each and 9 MB for all; 0: EVP alone. They
    grow by `Sm2Sm3.grow`.

    Raises:
        Misconfigured: `libcrypto_missing`, `libcrypto_too_old`, `sm2_missing`, `sm2_known_answer`.

    Source: protocol rule 2.16; GB/T 32918.2-2016, 7.1; GB/T 32905-2016
    """
    library = Libcrypto(path)
    key = library.public_key(_KAT_KEY)
    if key is None:
        raise Misconfigured("sm2_missing")
    good = der.build(der.SEQUENCE, der.integer(_KAT_R), der.integer(_KAT_S))
    wrong = der.build(der.SEQUENCE, der.integer(_KAT_R), der.integer(_KAT_S ^ 1))
    if (
        library.sm3(b"abc").hex() != _KAT_SM3
        or not library.verify(key, good, b"message digest")
        or library.verify(key, wrong, b"message digest")
        or library.verify(key, good, b"message digesT")
    ):
        raise Misconfigured("sm2_known_answer")
    return Sm2Sm3(library, Tables(Curve(path), tables) if tables else None)
