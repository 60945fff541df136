"""The key of a carried file: drawn once, wrapped for each node key of the receiver.

Rules of this file (decision 12):
- Wrapping is ECDH on P-256 between a key drawn for this one lock and the receiver's node key, then
  HKDF-SHA256 over both, the certificate's digest and the file's context; AES-256-GCM wraps the key.
- Frames are AES-256-GCM under the file's key; the nonce is the frame's place, the context is bound.
- A key of a file is used for one file; nothing here is ever written down.
"""

import hashlib
import os
from collections.abc import Sequence
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import Malformed, Misconfigured, SealUntrusted
from hub.exchange.carried_file import Lock
from keys.custody import agree_once

_KEY_BYTES: Final = 32
_DOMAIN: Final = b"evx-carried-1\n"


class KeyHolder(Protocol):
    """A node's own key.

    Source: protocol rule 14.1; decision 12
    """

    @property
    def certificate(self) -> bytes:
        """DER."""
        ...

    def agree(self, point: bytes) -> bytes:
        """The secret shared with that public key (uncompressed point)."""
        ...


class FrameCipher:
    """The key of one file at work; it serves one file, and each frame number once.

    Source: wire form 7; NIST SP 800-38D; decision 12
    """

    def __init__(self, key: bytes, context: bytes) -> None:
        self._key, self._context = AESGCM(key), context

    def encipher(self, n: int, octets: bytes) -> bytes:
        """Frame n of the file; each n once."""
        return self._key.encrypt(n.to_bytes(12), octets, self._context)

    def decipher(self, n: int, octets: bytes) -> bytes:
        """What was enciphered as frame n.

        Raises:
            Malformed: `carried_changed`.
        """
        try:
            return self._key.decrypt(n.to_bytes(12), octets, self._context)
        except InvalidTag:
            raise Malformed("carried_changed") from None


def lock(certificates: Sequence[bytes], context: bytes) -> tuple[tuple[Lock, ...], FrameCipher]:
    """A new key, locked for each of these P-256 node certificates (DER).

    `context` is the SHA-256 of the file's header with empty locks.

    Raises:
        SealUntrusted: `carried_no_receiver_key`: there is none.

    Source: wire form 7; RFC 5869; protocol rule 4.6
    """
    if not certificates:
        raise SealUntrusted("carried_no_receiver_key")
    key = os.urandom(_KEY_BYTES)
    locks = tuple(_locked(key, certificate, context) for certificate in sorted(certificates))
    return locks, FrameCipher(key, context)


def unlock(locks: Sequence[Lock], holder: KeyHolder, context: bytes) -> FrameCipher:
    """The key that was locked for this node key.

    It proves nothing about who locked it: anybody can. The tally's signature does.

    Raises:
        Misconfigured: `carried_other_key`: it was locked for other keys.
        Malformed: `carried_changed`.

    Source: wire form 7; RFC 5869; protocol rule 4.6
    """
    mine = hashlib.sha256(holder.certificate).digest()
    found = next((one for one in locks if one.certificate == mine), None)
    if found is None:
        raise Misconfigured("carried_other_key")
    try:
        secret = holder.agree(found.point)
        key = _wrapping(secret, found.point, mine, context).decrypt(bytes(12), found.wrapped, None)
    except (InvalidTag, Malformed):
        raise Malformed("carried_changed") from None
    if len(key) != _KEY_BYTES:  # anybody can lock: the tally's signature is looked at later
        raise Malformed("carried_changed")
    return FrameCipher(key, context)


def _locked(key: bytes, certificate: bytes, context: bytes) -> Lock:
    point, secret = agree_once(certificate)
    digest = hashlib.sha256(certificate).digest()
    wrapping = _wrapping(secret, point, digest, context)
    return Lock(digest, point, wrapping.encrypt(bytes(12), key, None))


def _wrapping(secret: bytes, point: bytes, certificate: bytes, context: bytes) -> AESGCM:
    """The key that wraps; it is used once, so its nonce may be zeros."""
    info = _DOMAIN + point + certificate + context
    return AESGCM(HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=info).derive(secret))
