"""A SealMaker whose key lives in a PKCS#11 token: suite `p256-sha256` (HSM, smart card, SoftHSM).

Rules of this file:
- The key is made in the token and never leaves it; here are only handles.
- The token signs digests (CKM_ECDSA); the digest is computed here, the signature is made low-s.
- Tokens forget sessions: after a failure the next call opens a new one. A token that does not
  answer is `CustodyDown`; nothing was signed then.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from hub.errors import CustodyDown, Misconfigured
from hub.voucher.suites.p256_sha256 import P256Sha256, low_s


@dataclass(frozen=True, slots=True)
class Token:
    """Where a key is: the library, the token, the key's label; the PIN is wiring's to fetch."""

    library: str
    label: str
    pin: str
    key_label: str


class TokenSealMaker:
    """SealMaker by a key in a token; suite `p256-sha256`.

    Source: PKCS #11; FIPS 186-5, 6.4.1; protocol rule 14.2
    """

    def __init__(self, seal: bytes, certificate: bytes, token: Token) -> None:
        """Seal and certificate in DER; the token's public key must be the certificate's.

        Raises:
            Misconfigured: `token_key_missing`, `key_of_another_certificate`.
            CustodyDown: `token_unusable`.
        """
        self._seal, self._certificate, self._token = seal, certificate, token
        self._session: pkcs11.Session | None = None
        if public_key_info(token) not in certificate:
            raise Misconfigured("key_of_another_certificate")

    @property
    def seal(self) -> bytes:
        """SES_Seal, DER."""
        return self._seal

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self._certificate

    @property
    def suite(self) -> str:
        """Name of the suite."""
        return P256Sha256.name

    @property
    def development(self) -> bool:
        """A token's key carries no mark: it counts as a production key."""
        return False

    def sign(self, tbs: Sequence[bytes]) -> list[bytes]:
        """DER signatures over each of `tbs`, in order, low-s.

        Raises:
            CustodyDown: `token_unusable`.
        """
        try:
            if self._session is None:
                self._session = _open(self._token)
            key: Any = self._session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._token.key_label
            )
            return [_signed(key, message) for message in tbs]
        except pkcs11.PKCS11Error as error:
            self.close()
            raise CustodyDown("token_unusable") from error

    def close(self) -> None:
        """End the session; the next signature opens another."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


def make_key(token: Token) -> bytes:
    """Make a P-256 key in the token, not extractable; its SubjectPublicKeyInfo, DER.

    Raises:
        CustodyDown: `token_unusable`.

    Source: PKCS #11; RFC 5480, 2; protocol rule 14.1
    """
    try:
        with _open(token, writing=True) as session:
            parameters = session.create_domain_parameters(
                pkcs11.KeyType.EC,
                {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
                local=True,
            )
            public, _ = parameters.generate_keypair(store=True, label=token.key_label)
            return bytes(encode_ec_public_key(public))
    except pkcs11.PKCS11Error as error:
        raise CustodyDown("token_unusable") from error


def public_key_info(token: Token) -> bytes:
    """SubjectPublicKeyInfo of the token's key, DER.

    Raises:
        Misconfigured: `token_key_missing`.
        CustodyDown: `token_unusable`.

    Source: PKCS #11; RFC 5480, 2
    """
    try:
        with _open(token) as session:
            public: Any = session.get_key(
                object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=token.key_label
            )
            return bytes(encode_ec_public_key(public))
    except pkcs11.NoSuchKey as error:
        raise Misconfigured("token_key_missing") from error
    except pkcs11.PKCS11Error as error:
        raise CustodyDown("token_unusable") from error


def _open(token: Token, *, writing: bool = False) -> pkcs11.Session:
    try:
        library = pkcs11.lib(token.library)
    except RuntimeError as error:
        raise CustodyDown("token_unusable") from error
    return library.get_token(token_label=token.label).open(rw=writing, user_pin=token.pin)


def _signed(key: Any, message: bytes) -> bytes:  # noqa: ANN401 -- the library's mixins
    raw: bytes = key.sign(hashlib.sha256(message).digest(), mechanism=pkcs11.Mechanism.ECDSA)
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    return low_s(encode_dss_signature(r, s))
