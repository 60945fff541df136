"""SM2 private-key operations by the system's libcrypto 3: make, load, sign (GB/T 32918, GM/T 0009).

Rules of this file:
- Only `keys.custody` uses it; keys are opaque handles, freed with their object.
- The signer's id is always the Chinese default; OpenSSL's own default is another one.
- Every function has its argument types set; every context is freed; errors are return codes.
"""

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_void_p
from typing import Final

from hub.errors import CustodyDown, Misconfigured

DEFAULT_ID: Final = b"1234567812345678"
_SIGNATURE_MAX: Final = 128
_FUNCTIONS: Final = {
    "OpenSSL_version_num": (ctypes.c_ulong, ()),
    "EVP_sm3": (c_void_p, ()),
    "EVP_PKEY_Q_keygen": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (c_void_p, c_void_p)),
    "EVP_DigestSignInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "i2d_PUBKEY": (c_int, (c_void_p, POINTER(POINTER(c_ubyte)))),
    "i2d_PrivateKey": (c_int, (c_void_p, POINTER(POINTER(c_ubyte)))),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "ERR_clear_error": (None, ()),
}


class Sm2Keys:
    """SM2 keys of one libcrypto."""

    def __init__(self, library: str = "libcrypto.so.3") -> None:
        """Load the library and type its functions.

        Raises:
            Misconfigured: `libcrypto_missing`, `libcrypto_too_old`.
        """
        try:
            self._lib = ctypes.CDLL(library)
            for name, (result, arguments) in _FUNCTIONS.items():
                function = getattr(self._lib, name)
                function.restype = result
                function.argtypes = arguments
        except (OSError, AttributeError) as error:
            raise Misconfigured("libcrypto_missing") from error
        if self._lib.OpenSSL_version_num() < 0x3000_0000:
            raise Misconfigured("libcrypto_too_old")
        self._sm3 = self._lib.EVP_sm3()

    def generate(self) -> "Sm2Key":
        """A new key from the operating system's randomness."""
        return self._key(self._lib.EVP_PKEY_Q_keygen(None, None, b"SM2"))

    def load(self, encoded: bytes) -> "Sm2Key":
        """A key from its DER ECPrivateKey or PKCS#8."""
        at = c_char_p(encoded)
        return self._key(self._lib.d2i_AutoPrivateKey(None, byref(at), len(encoded)))

    def _key(self, handle: int | None) -> "Sm2Key":
        if not handle:
            self._lib.ERR_clear_error()
            raise CustodyDown("sm2_key_unusable")
        return Sm2Key(self._lib, self._sm3, handle)


class Sm2Key:
    """One SM2 private key inside libcrypto."""

    def __init__(self, lib: ctypes.CDLL, sm3: int, handle: int) -> None:
        self._lib = lib
        self._sm3 = sm3
        self._handle = handle

    def __del__(self) -> None:
        self._lib.EVP_PKEY_free(self._handle)

    def public_key_info(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._encoded(self._lib.i2d_PUBKEY)

    def private_key(self) -> bytes:
        """ECPrivateKey, DER: for the key file only."""
        return self._encoded(self._lib.i2d_PrivateKey)

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """Signatures (DER) over each message.

        Raises:
            CustodyDown: `sm2_signing_failed`.
        """
        return [self._sign(message) for message in messages]

    def _sign(self, message: bytes) -> bytes:
        lib = self._lib
        pkey_context = lib.EVP_PKEY_CTX_new(self._handle, None)
        context = lib.EVP_MD_CTX_new()
        try:
            lib.EVP_MD_CTX_set_pkey_ctx(context, pkey_context)
            size = c_size_t(_SIGNATURE_MAX)
            signature = ctypes.create_string_buffer(_SIGNATURE_MAX)
            if (
                lib.EVP_PKEY_CTX_set1_id(pkey_context, DEFAULT_ID, len(DEFAULT_ID)) != 1
                or lib.EVP_DigestSignInit(context, None, self._sm3, None, self._handle) != 1
                or lib.EVP_DigestSign(context, signature, byref(size), message, len(message)) != 1
            ):
                lib.ERR_clear_error()
                raise CustodyDown("sm2_signing_failed")
            return signature.raw[: size.value]
        finally:
            lib.EVP_MD_CTX_free(context)
            lib.EVP_PKEY_CTX_free(pkey_context)

    def _encoded(self, function: "ctypes._NamedFuncPointer") -> bytes:
        size = function(self._handle, None)
        buffer = (c_ubyte * size)()
        at = ctypes.cast(buffer, POINTER(c_ubyte))
        function(self._handle, byref(at))
        return bytes(buffer)
