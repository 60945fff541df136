"""SM2 private keys on the suite's libcrypto, and their octets for key files.

Rules of this file: only `keys.custody` uses it. The binding of the suite makes keys and signs with
them; the two functions that carry a private key in and out stand here, so that nobody else can.
"""

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_void_p

from hub.errors import CustodyDown
from hub.voucher.suites.libcrypto import Key, Libcrypto


class Sm2Keys:
    """SM2 keys of one libcrypto.

    Source: GB/T 32918.2-2016, 6.1; RFC 5915, 3; protocol rule 14.1
    """

    def __init__(self, path: str) -> None:
        """Open the library at `path`.

        Raises:
            Misconfigured: `libcrypto_missing`, `libcrypto_too_old`.
        """
        self.library = Libcrypto(path)
        self._lib = ctypes.CDLL(path)
        self._lib.EVP_PKEY_free.argtypes = [c_void_p]
        self._lib.EVP_PKEY_free.restype = None
        self._lib.i2d_PrivateKey.argtypes = [c_void_p, POINTER(c_char_p)]
        self._lib.i2d_PrivateKey.restype = c_int
        self._lib.d2i_AutoPrivateKey.argtypes = [c_void_p, POINTER(c_char_p), c_long]
        self._lib.d2i_AutoPrivateKey.restype = c_void_p
        self._lib.ERR_clear_error.argtypes = []

    def generate(self) -> "Sm2Key":
        """A new key from the operating system's randomness."""
        return Sm2Key(self, self.library.generate())

    def load(self, encoded: bytes) -> "Sm2Key":
        """A key from its PKCS#8 octets.

        Raises:
            CustodyDown: `sm2_key_unusable`.
        """
        pointer = self._lib.d2i_AutoPrivateKey(None, byref(c_char_p(encoded)), len(encoded))
        if not pointer:
            self._lib.ERR_clear_error()
            raise CustodyDown("sm2_key_unusable")
        return Sm2Key(self, Key(self._lib, pointer))

    def octets(self, key: Key) -> bytes:
        """ECPrivateKey, DER: for the key file only."""
        size = self._lib.i2d_PrivateKey(key.pointer, None)
        assert size > 0, "a private key has octets"
        buffer = ctypes.create_string_buffer(size)
        self._lib.i2d_PrivateKey(key.pointer, byref(ctypes.cast(buffer, c_char_p)))
        return buffer.raw


class Sm2Key:
    """One SM2 private key inside libcrypto.

    Source: GB/T 32918.2-2016, 6.1; RFC 5915, 3; protocol rule 14.1
    """

    def __init__(self, keys: Sm2Keys, key: Key) -> None:
        self._keys, self._key = keys, key

    def public_key_info(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._keys.library.spki(self._key)

    def private_key(self) -> bytes:
        """ECPrivateKey, DER: for the key file only."""
        return self._keys.octets(self._key)

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """Signatures (DER) over each message."""
        return [self._keys.library.sign(self._key, message) for message in messages]
