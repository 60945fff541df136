"""The suite on libcrypto, with and without tables, and a textbook SM2 say the same."""

import hashlib
from random import Random

from hub.voucher import der
from hub.voucher.suites.curve import Curve
from hub.voucher.suites.sm2_sm3 import Sm2Sm3
from hub.voucher.suites.sm2_tables import BASE_WINDOWS, EARNED, TRIAL, WINDOWS, Tables
from tests.support import textbook_sm2 as textbook
from tests.support.sealed import suites

HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")


def suite() -> Sm2Sm3:
    found = suites()["sm2-sm3"]
    assert isinstance(found, Sm2Sm3)
    return found


def test_sm3_is_sm3() -> None:
    draw = Random(1)
    for size in (0, 1, 55, 56, 63, 64, 65, 119, 300):
        data = draw.randbytes(size)
        assert textbook.sm3(data) == suite().digest(data)
    assert textbook.sm3(b"abc") == hashlib.new("sm3", b"abc").digest()


def test_libcrypto_tables_and_the_textbook_agree_on_random_cases() -> None:
    draw, library = Random(2), suite().library
    secret = draw.randrange(1, textbook.N - 1)
    public = textbook.public_of(secret)
    spki = HEAD + public[0].to_bytes(32) + public[1].to_bytes(32)
    key = library.public_key(spki)
    assert key is not None
    tables = Tables(Curve("libcrypto.so.3"), 1)
    good = textbook.signed(secret, b"warm", draw.randrange(1, textbook.N))
    for _ in range(EARNED + BASE_WINDOWS + WINDOWS + TRIAL + 2):
        assert tables.verify(spki, good, b"warm", lambda: True)
        tables.grow()
    accepted = 0
    for n in range(12):
        data = draw.randbytes(draw.randrange(200))
        r, s = textbook.signed(secret, data, draw.randrange(1, textbook.N))
        pair = [(r, s), (r ^ 1 << draw.randrange(256), s), (r, s ^ 1 << draw.randrange(256)),
                (s, r), (r, textbook.N - s)][n % 5 if n % 2 else 0]  # fmt: skip
        judged = textbook.verified(public, data, pair)
        signature = der.build(der.SEQUENCE, *map(der.integer, pair))
        assert judged is library.verify(key, signature, data)
        assert judged is tables.verify(spki, pair, data, lambda judged=judged: judged)  # type: ignore[misc]
        accepted += judged
    assert 6 <= accepted < 12
    assert tables.trusted


def test_the_textbook_verifies_what_libcrypto_signs() -> None:
    library = suite().library
    for n in range(3):
        key = library.generate()
        raw = library.spki(key)[-64:]
        public = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
        pair = der.pair(library.sign(key, bytes([n]) * n))
        assert pair is not None
        assert textbook.verified(public, bytes([n]) * n, pair)
        assert not textbook.verified(public, b"other", pair)
