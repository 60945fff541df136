"""A detached SES_Signature as other makers write it: loose lengths, untagged extensions, fractions.

Made anew by keys of the tests; nothing of it is anybody's.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

from hub.clock import Instant, moment
from hub.voucher import der
from hub.voucher.chain import GivenAnchors
from hub.voucher.foreign_forms import elements
from hub.voucher.ports import Suite
from tests.support.mutator import Mutant
from tests.support.sealed import NOW, a_holder, suites

DATA: Final = b"a page of a sealed file\n" * 9
DAY_MS: Final = 86_400_000


def loose(tag: int, *values: bytes) -> bytes:
    """A TLV with a length of four octets, however short it is: BER, not DER."""
    value = b"".join(values)
    return bytes([tag, 0x84]) + len(value).to_bytes(4, "big") + value


@cache
def a_foreign_file(suite_name: str) -> tuple[bytes, GivenAnchors]:
    """A signature over `DATA` with the seal in it, and the root that both certificates end at."""
    suite = suites()[suite_name]
    root = a_holder(suite, "Foreign Root", authority=True)
    maker, signer = (a_holder(suite, f"Foreign {who}", root) for who in ("Maker", "Signer"))
    info = _info(signer.certificate)
    seal = _signed(info, maker.certificate, suite, maker.key.sign(info))
    tbs = loose(
        der.SEQUENCE,
        der.integer(4),
        seal,
        _time(NOW - 60_000),
        loose(der.BITS, b"\0", suite.digest(DATA)),
        loose(der.IA5, b"file:page-1"),
    )
    return _signed(tbs, signer.certificate, suite, signer.key.sign(tbs)), GivenAnchors(
        (root.certificate,)
    )


def loose_mutants(octets: bytes, depth: int = 4) -> Iterator[Mutant]:
    """A constructed value with one of its parts removed, repeated, moved, emptied or changed."""
    tag, parts = octets[0], [part.octets for part in elements(elements(octets)[0].value)]
    for n, part in enumerate(parts):
        others = (*parts[:n], *parts[n + 1 :])
        yield f"{n} removed", loose(tag, *others)
        yield f"{n} repeated", loose(tag, *parts[: n + 1], *parts[n:])
        yield f"{n} emptied", loose(tag, *parts[:n], loose(part[0]), *parts[n + 1 :])
        yield f"{n} of another sort", loose(tag, *parts[:n], b"\x05\x00", *parts[n + 1 :])
        for at in range(len(parts)):
            if at != n:
                yield f"{n} moved to {at}", loose(tag, *others[:at], part, *others[at:])
        if part[0] == der.SEQUENCE and depth > 1:
            for what, inner in loose_mutants(part, depth - 1):
                yield f"{n}.{what}", loose(tag, *parts[:n], inner, *parts[n + 1 :])


def _info(certificate: bytes) -> bytes:
    extension = der.build(  # critical FALSE is written out, and the list bears no [0]
        der.SEQUENCE, der.oid("1.2.3.4"), b"\x01\x01\x00", der.build(der.OCTETS, b"x")
    )
    return loose(
        der.SEQUENCE,
        der.build(der.SEQUENCE, _text("ES"), der.integer(4), _text("Foreign")),
        _text("37010000000001"),
        loose(
            der.SEQUENCE,
            der.integer(1),
            der.build(der.UTF8, "别家印章".encode()),
            der.integer(1),
            loose(der.SEQUENCE, loose(der.OCTETS, certificate)),
            _time(NOW - 3 * DAY_MS),
            _time(NOW - 2 * DAY_MS),
            _time(NOW + 2 * DAY_MS),
        ),
        der.build(
            der.SEQUENCE,
            _text("png"),
            loose(der.OCTETS, b"\x89PNG"),
            der.integer(40),
            der.integer(40),
        ),
        der.build(der.SEQUENCE, extension),
    )


def _signed(tbs: bytes, certificate: bytes, suite: Suite, signature: bytes) -> bytes:
    return loose(
        der.SEQUENCE,
        tbs,
        loose(der.OCTETS, certificate),
        der.oid(suite.signature_oid),
        loose(der.BITS, b"\0", signature),
    )


def _text(text: str) -> bytes:
    return der.build(der.IA5, text.encode())


def _time(at: int) -> bytes:
    return der.build(der.TIME, moment(Instant(at)).strftime("%Y%m%d%H%M%S.0Z").encode())
