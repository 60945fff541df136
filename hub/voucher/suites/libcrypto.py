"""A small binding to the system's libcrypto 3 by ctypes: EVP only, opaque pointers, return codes.

Rules: one library, opened by a path that wiring gives; older than 3.0 is refused;
argtypes and restype for every function; the error queue is cleared after every failure; the SM2 id
is always set; one context per call, freed in `finally`; contexts are never shared by threads.
This is the one place of `hub` that loads a library; signing draws randomness inside it.
"""

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_long, c_size_t, c_uint, c_ulong, c_void_p
from typing import Any, Final

from hub.errors import Misconfigured

ID: Final = b"1234567812345678"
"""The default id of GB/T 35276-2017, 10: both sides always set it."""

_PTR: Final = POINTER(c_void_p)
_SIGNATURES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "OpenSSL_version_num": (c_ulong, []),
    "ERR_clear_error": (None, []),
    "EVP_sm3": (c_void_p, []),
    "EVP_aes_256_cbc": (c_void_p, []),
    "EVP_Digest": (c_int, [c_char_p, c_size_t, c_char_p, POINTER(c_uint), c_void_p, c_void_p]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_DigestSignInit": (c_int, [c_void_p, _PTR, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestSign": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, _PTR, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_is_a": (c_int, [c_void_p, c_char_p]),
    "EVP_PKEY_Q_keygen": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "d2i_PUBKEY": (c_void_p, [_PTR, POINTER(c_char_p), c_long]),
    "i2d_PUBKEY": (c_int, [c_void_p, POINTER(c_char_p)]),
    "BIO_new": (c_void_p, [c_void_p]),
    "BIO_s_mem": (c_void_p, []),
    "BIO_new_mem_buf": (c_void_p, [c_char_p, c_int]),
    "BIO_read": (c_int, [c_void_p, c_char_p, c_int]),
    "BIO_free": (c_int, [c_void_p]),
    "d2i_PKCS8PrivateKey_bio": (c_void_p, [c_void_p, _PTR, c_void_p, c_char_p]),
    "i2d_PKCS8PrivateKey_bio": (
        c_int,
        [c_void_p, c_void_p, c_void_p, c_char_p, c_int, c_void_p, c_void_p],
    ),
}


class Key:
    """A key inside libcrypto, freed with this object; private or public."""

    def __init__(self, lib: ctypes.CDLL, pointer: int) -> None:
        self._free = lib.EVP_PKEY_free
        self.pointer = pointer

    def __del__(self) -> None:
        self._free(self.pointer)


class Libcrypto:
    """The functions of one libcrypto that the suite and the keepers of keys use.

    Raises:
        Misconfigured: `libcrypto_missing`, `libcrypto_too_old` (before 3.0), when it is opened.

    Source: GB/T 32918.2-2016; GB/T 32905-2016; GB/T 35276-2017, 10; protocol rule 2.16
    """

    def __init__(self, path: str) -> None:
        try:
            lib = ctypes.CDLL(path)
            for name, (result, arguments) in _SIGNATURES.items():
                function = getattr(lib, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError):
            raise Misconfigured("libcrypto_missing") from None
        if lib.OpenSSL_version_num() < 0x30000000:
            raise Misconfigured("libcrypto_too_old")
        self._lib = lib
        self._sm3 = lib.EVP_sm3()

    def sm3(self, data: bytes) -> bytes:
        """SM3 digest, 32 octets."""
        out = ctypes.create_string_buffer(32)
        done = self._lib.EVP_Digest(data, len(data), out, None, self._sm3, None)
        assert done == 1, "EVP_Digest cannot fail on memory"
        return out.raw

    def public_key(self, spki: bytes) -> Key | None:
        """The SM2 key of SubjectPublicKeyInfo octets; None when it is none."""
        pointer = self._lib.d2i_PUBKEY(None, ctypes.byref(c_char_p(spki)), len(spki))
        return self._sm2(pointer)

    def spki(self, key: Key) -> bytes:
        """SubjectPublicKeyInfo of a key."""
        size = self._lib.i2d_PUBKEY(key.pointer, None)
        assert size > 0, "a key has a public part"
        buffer = ctypes.create_string_buffer(size)
        self._lib.i2d_PUBKEY(key.pointer, ctypes.byref(ctypes.cast(buffer, c_char_p)))
        return buffer.raw

    def generate(self) -> Key:
        """A new SM2 key pair, from the library's own randomness.

        Raises:
            Misconfigured: `sm2_missing`: this libcrypto has no SM2.
        """
        key = self._sm2(self._lib.EVP_PKEY_Q_keygen(None, None, b"SM2"))
        if key is None:
            raise Misconfigured("sm2_missing")
        return key

    def private_key(self, pkcs8: bytes, password: bytes) -> Key | None:
        """The SM2 key of encrypted PKCS #8 DER octets; None when password or octets are wrong."""
        bio = self._lib.BIO_new_mem_buf(pkcs8, len(pkcs8))
        try:
            return self._sm2(self._lib.d2i_PKCS8PrivateKey_bio(bio, None, None, password))
        finally:
            self._lib.BIO_free(bio)

    def encrypted(self, key: Key, password: bytes) -> bytes:
        """The private key as PKCS #8 DER, encrypted with AES-256 under the password."""
        assert password, "a private key is never written unencrypted"
        bio = self._lib.BIO_new(self._lib.BIO_s_mem())
        try:
            done = self._lib.i2d_PKCS8PrivateKey_bio(
                bio, key.pointer, self._lib.EVP_aes_256_cbc(), password, len(password), None, None
            )
            assert done == 1, "a private key can be written"
            buffer = ctypes.create_string_buffer(4096)
            size = self._lib.BIO_read(bio, buffer, 4096)
            return buffer.raw[:size]
        finally:
            self._lib.BIO_free(bio)

    def sign(self, key: Key, data: bytes) -> bytes:
        """SM2-with-SM3 signature over data under the default id, DER. Required: a private key.

        Raises:
            Misconfigured: `sm2_missing`: the library does not take the id.
        """
        size = c_size_t(80)
        out = ctypes.create_string_buffer(80)
        lib = self._lib
        context, inner = self._context(key)
        try:
            done = lib.EVP_DigestSignInit(context, None, self._sm3, None, key.pointer) == 1
            done = done and lib.EVP_DigestSign(context, out, size, data, len(data)) == 1
        finally:
            lib.EVP_MD_CTX_free(context)
            lib.EVP_PKEY_CTX_free(inner)
        assert done, "an SM2 private key signs"
        return out.raw[: size.value]

    def verify(self, key: Key, signature: bytes, data: bytes) -> bool:
        """Whether an SM2-with-SM3 signature over data holds under the default id.

        Raises:
            Misconfigured: `sm2_missing`: the library does not take the id.
        """
        lib = self._lib
        context, inner = self._context(key)
        try:
            good: bool = (
                lib.EVP_DigestVerifyInit(context, None, self._sm3, None, key.pointer) == 1
                and lib.EVP_DigestVerify(context, signature, len(signature), data, len(data)) == 1
            )
        finally:
            lib.EVP_MD_CTX_free(context)
            lib.EVP_PKEY_CTX_free(inner)
        if not good:
            lib.ERR_clear_error()
        return good

    def _context(self, key: Key) -> tuple[int, int]:
        lib = self._lib
        context, inner = lib.EVP_MD_CTX_new(), lib.EVP_PKEY_CTX_new(key.pointer, None)
        if not context or not inner:
            raise MemoryError
        if lib.EVP_PKEY_CTX_set1_id(inner, ID, len(ID)) != 1:
            raise Misconfigured("sm2_missing")
        lib.EVP_MD_CTX_set_pkey_ctx(context, inner)
        return context, inner

    def _sm2(self, pointer: int | None) -> Key | None:
        if not pointer:
            self._lib.ERR_clear_error()
            return None
        key = Key(self._lib, pointer)
        return key if self._lib.EVP_PKEY_is_a(pointer, b"SM2") == 1 else None
