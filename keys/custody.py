"""Custody: the only place with private key bytes. Makes, keeps, loads keys, and signs with them.

Rules of this file:
- A key file is PKCS#8, encrypted (PBES2: scrypt, AES-256-CBC), mode 0600, made once, never
  overwritten. Inside the encryption stands a mark: its environment, and whether it is a
  development key. Another environment refuses it; a production vault refuses development keys.
- A vault is a passphrase at work; files written by one vault share a salt, so that opening many of
  them costs one derivation, and have each its own initialisation vector.
- What leaves is a `PrivateKey`: it signs, agrees on a secret with another's public key (P-256,
  decision 12), and names its public key, nothing else.
- Randomness comes from the operating system only.
"""

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hub.errors import CustodyDown, Malformed, Misconfigured
from hub.voucher.suites.p256_sha256 import low_s
from keys import der
from keys.pem import from_pem, pem
from keys.sm2_keys import Sm2Keys

SM2: Final = "sm2-sm3"
P256: Final = "p256-sha256"

_EC: Final = "1.2.840.10045.2.1"
_CURVES: Final = {SM2: "1.2.156.10197.1.301", P256: "1.2.840.10045.3.1.7"}
_PBES2: Final = "1.2.840.113549.1.5.13"
_SCRYPT: Final = "1.3.6.1.4.1.11591.4.11"
_AES: Final = "2.16.840.1.101.3.4.1.42"
_MARK: Final = "2.5.4.13"
_LABEL: Final = "ENCRYPTED PRIVATE KEY"
_COST: Final = (16384, 8, 1)
_SCRYPT_MEMORY: Final = 64 * 1024 * 1024


class _Key(Protocol):
    def public_key_info(self) -> bytes: ...
    def private_key(self) -> bytes: ...
    def sign(self, messages: Sequence[bytes]) -> list[bytes]: ...


class PrivateKey:
    """A private key at work: it signs, agrees, and names its suite and public key. It never leaves.

    Source: protocol rule 14.1; RFC 5480, 2
    """

    __slots__ = ("_key", "development", "public_key_info", "suite")

    def __init__(self, suite: str, key: _Key, *, development: bool) -> None:
        """Take the key; nobody gets it back."""
        self._key = key
        self.suite = suite
        self.development = development
        self.public_key_info = key.public_key_info()

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """DER signatures over each message, in order; low-s for `p256-sha256`."""
        return self._key.sign(messages)

    def agree(self, point: bytes) -> bytes:
        """The secret that this P-256 key shares with a public key (uncompressed point, 65 octets).

        Raises:
            Misconfigured: `key_suite_unknown`: this key is no P-256 key.
            Malformed: `key_point`.
        """
        if not isinstance(self._key, _P256Key):
            raise Misconfigured("key_suite_unknown")
        return self._key.agree(point)

    def __repr__(self) -> str:
        return f"PrivateKey({self.suite})"

    def __reduce__(self) -> str:
        raise CustodyDown("key_stays_in_custody")


class Vault:
    """Key files of one environment under one passphrase.

    Raises:
        Misconfigured: `key_passphrase_missing`; `libcrypto_missing`, `libcrypto_too_old`.

    Source: protocol rule 14.1; RFC 5958, 3; RFC 8018, 6.2; RFC 7914
    """

    def __init__(
        self, env: str, passphrase: bytes, *, development: bool, libcrypto: str = "libcrypto.so.3"
    ) -> None:
        """`development`: whether development keys are made and taken here."""
        if not passphrase:
            raise Misconfigured("key_passphrase_missing")
        self.env = env
        self.development = development
        self._passphrase = passphrase
        self._sm2 = Sm2Keys(libcrypto)
        self._salt = os.urandom(16)
        self._derived: dict[tuple[bytes, int, int, int], bytes] = {}

    def generate(self, suite: str) -> PrivateKey:
        """A new key of this suite.

        Raises:
            Misconfigured: `key_suite_unknown`.
        """
        if suite == SM2:
            key: _Key = self._sm2.generate()
        elif suite == P256:
            key = _P256Key(ec.generate_private_key(ec.SECP256R1()))
        else:
            raise Misconfigured("key_suite_unknown")
        return PrivateKey(suite, key, development=self.development)

    def save(self, key: PrivateKey, path: Path) -> None:
        """Write the key to a new file, encrypted, mode 0600.

        Raises:
            Misconfigured: `key_file_exists`.
        """
        plain = self._marked(key)
        iv = os.urandom(16)
        padder = padding.PKCS7(128).padder()
        secret = self._derive(self._salt, *_COST)
        cipher = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
        sealed = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
        cost = map(der.integer, (*_COST, 32))
        kdf = der.sequence(der.oid(_SCRYPT), der.sequence(der.octets(self._salt), *cost))
        aes = der.sequence(der.oid(_AES), der.octets(iv))
        scheme = der.sequence(der.oid(_PBES2), der.sequence(kdf, aes))
        write_private(path, pem(der.sequence(scheme, der.octets(sealed)), _LABEL))

    def save_tls(self, key: PrivateKey, path: Path) -> None:
        """Write a TLS key as plain PKCS#8, mode 0600, for daemons that read no other form.

        Such a key opens connections; it seals no voucher and no notice.

        Raises:
            Misconfigured: `key_file_exists`.
        """
        encoded = key._key.private_key()  # noqa: SLF001 -- custody's own
        write_private(path, pem(_info(key.suite, encoded), "PRIVATE KEY"))

    def load(self, path: Path) -> PrivateKey:
        """The key of a file that `save` wrote.

        Raises:
            Misconfigured: `key_file_missing`, `key_file_permissions`, `key_file_form`,
                `key_passphrase_wrong`, `key_other_environment`, `key_for_development`.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_bytes()
        except OSError as error:
            raise Misconfigured("key_file_missing") from error
        if stat.S_IMODE(mode) & 0o077:
            raise Misconfigured("key_file_permissions")
        try:
            scheme, sealed = der.inside(from_pem(text, _LABEL))
            plain = self._opened(scheme[1], sealed[1])
        except (Malformed, ValueError, IndexError) as error:
            raise Misconfigured("key_file_form") from error
        try:
            _, algorithm, encoded, mark = der.inside(plain)
            curve = der.children(algorithm[1])[1][1]
            env, kind = der.children(mark[1])[0][1].split(b"\x0c", 1)[1][1:].decode().split(";")
        except (Malformed, ValueError, IndexError) as error:
            raise Misconfigured("key_passphrase_wrong") from error
        if env != self.env:
            raise Misconfigured("key_other_environment")
        if kind == "development" and not self.development:
            raise Misconfigured("key_for_development")
        return self._loaded(curve, encoded[1], development=kind == "development")

    def _loaded(self, curve: bytes, encoded: bytes, *, development: bool) -> PrivateKey:
        suite = next((s for s, c in _CURVES.items() if der.oid(c)[2:] == curve), "")
        if suite == SM2:
            return PrivateKey(SM2, self._sm2.load(_info(SM2, encoded)), development=development)
        if suite != P256:
            raise Misconfigured("key_file_form")
        try:
            key = serialization.load_der_private_key(_info(P256, encoded), None)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise Misconfigured("key_file_form") from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return PrivateKey(P256, _P256Key(key), development=development)

    def _marked(self, key: PrivateKey) -> bytes:
        mark = f"{self.env};{'development' if key.development else 'production'}"
        value = der.element(0x31, der.element(der.UTF8, mark.encode()))
        attribute = der.sequence(der.oid(_MARK), value)
        encoded = key._key.private_key()  # noqa: SLF001 -- custody's own
        return _info(key.suite, encoded, der.element(0xA0, attribute))

    def _opened(self, scheme: bytes, sealed: bytes) -> bytes:
        kdf, aes = der.children(der.children(scheme)[1][1])
        salt, *cost = der.children(der.children(kdf[1])[1][1])
        n, r, p = (int.from_bytes(number, "big") for _, number in cost[:3])
        if (n, r, p) != _COST:
            raise Malformed("der_form")
        iv = der.children(aes[1])[1][1]
        cipher = Cipher(algorithms.AES(self._derive(salt[1], n, r, p)), modes.CBC(iv)).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = cipher.update(sealed) + cipher.finalize()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise Misconfigured("key_passphrase_wrong") from error

    def _derive(self, salt: bytes, n: int, r: int, p: int) -> bytes:
        asked = (salt, n, r, p)
        if asked not in self._derived:
            self._derived[asked] = hashlib.scrypt(
                self._passphrase, salt=salt, n=n, r=r, p=p, dklen=32, maxmem=_SCRYPT_MEMORY
            )
        return self._derived[asked]


class FileSealMaker:
    """SealMaker by a key of a vault.

    Source: GB/T 38540-2020, 7.2; protocol rule 14.1
    """

    def __init__(self, seal: bytes, certificate: bytes, key: PrivateKey) -> None:
        """Seal and certificate in DER; the key must be the certificate's.

        Raises:
            Misconfigured: `key_of_another_certificate`.
        """
        _belongs(key, certificate)
        self._seal, self._certificate, self._key = seal, certificate, key

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
        return self._key.suite

    @property
    def development(self) -> bool:
        """Whether the key is marked as a development key."""
        return self._key.development

    def sign(self, tbs: Sequence[bytes]) -> list[bytes]:
        """DER signatures over each of `tbs`, in order."""
        return self._key.sign(tbs)


class FileNodeSigner:
    """NodeSigner by a key of a vault.

    Source: protocol rule 3.2; protocol rule 14.1
    """

    def __init__(self, certificate: bytes, key: PrivateKey) -> None:
        """The node's certificate in DER, and its key.

        Raises:
            Misconfigured: `key_of_another_certificate`.
        """
        _belongs(key, certificate)
        self._certificate, self._key = certificate, key

    @property
    def certificate(self) -> bytes:
        """DER."""
        return self._certificate

    @property
    def development(self) -> bool:
        """Whether the key is marked as a development key."""
        return self._key.development

    def sign(self, data: bytes) -> bytes:
        """Signature over data."""
        return self._key.sign((data,))[0]

    def agree(self, point: bytes) -> bytes:
        """As `PrivateKey.agree`."""
        return self._key.agree(point)


class _P256Key:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def public_key_info(self) -> bytes:
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def private_key(self) -> bytes:
        return self._key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        return [low_s(self._key.sign(m, ec.ECDSA(hashes.SHA256()))) for m in messages]

    def agree(self, point: bytes) -> bytes:
        try:
            other = ec.EllipticCurvePublicKey.from_encoded_point(self._key.curve, point)
        except ValueError as error:
            raise Malformed("key_point") from error
        return self._key.exchange(ec.ECDH(), other)


def agree_once(certificate: bytes) -> tuple[bytes, bytes]:
    """A secret shared with a P-256 certificate's key (DER), by a key drawn for it and forgotten.

    Returns the drawn key's public point (uncompressed, 65 octets) and the secret (32 octets).

    Source: wire form 7; decision 12
    """
    public = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey), "a node key is P-256"
    own = ec.generate_private_key(public.curve)
    form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return own.public_key().public_bytes(*form), own.exchange(ec.ECDH(), public)


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read (mode 0600), durably.

    Raises:
        Misconfigured: `key_file_exists`.

    Source: protocol rule 14.1
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Misconfigured("key_file_exists") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _info(suite: str, encoded: bytes, attributes: bytes = b"") -> bytes:
    """PrivateKeyInfo around an ECPrivateKey."""
    algorithm = der.sequence(der.oid(_EC), der.oid(_CURVES[suite]))
    return der.sequence(der.integer(0), algorithm, der.octets(encoded), attributes)


def _belongs(key: PrivateKey, certificate: bytes) -> None:
    if key.public_key_info not in certificate:
        raise Misconfigured("key_of_another_certificate")
