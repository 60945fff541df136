"""DER on top of the voucher library's builder: what certificates, CRLs and key files need more.

Rules of this file: writing only ever makes DER (X.690); reading takes definite lengths and one
level at a time. Nothing here knows what the octets mean.
"""

from collections.abc import Iterable

from hub.clock import Instant, moment
from hub.errors import Malformed
from hub.voucher.der import (
    BITS,
    OCTETS,
    PRINTABLE,
    SEQUENCE,
    TIME,
    UTC_TIME,
    UTF8,
    build,
    integer,
    oid,
)

__all__ = ["PRINTABLE", "UTF8", "element", "integer", "oid"]

SET = 0x31
element = build


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of ready elements.

    Source: X.690, 10.1
    """
    return build(SEQUENCE, *parts)


def set_of(parts: Iterable[bytes]) -> bytes:
    """SET OF ready elements, sorted as DER demands.

    Source: X.690, 11.6
    """
    return build(SET, *sorted(parts))


def octets(content: bytes) -> bytes:
    """OCTET STRING.

    Source: X.690, 10.1
    """
    return build(OCTETS, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING; `unused` bits at its end, 0 to 7.

    Source: X.690, 10.1
    """
    return build(BITS, bytes((unused,)), content)


def true() -> bytes:
    """BOOLEAN TRUE.

    Source: X.690
    """
    return b"\x01\x01\xff"


def explicit(number: int, content: bytes) -> bytes:
    """[number] EXPLICIT; a number up to 30.

    Source: X.690, 10.1
    """
    return build(0xA0 | number, content)


def time(at: Instant) -> bytes:
    """UTCTime until 2049, then GeneralizedTime; whole seconds, UTC.

    Source: RFC 5280, 4.1.2.5; X.690, 11.7
    """
    when = moment(at)
    if when.year < 2050:
        return build(UTC_TIME, when.strftime("%y%m%d%H%M%SZ").encode())
    return build(TIME, when.strftime("%Y%m%d%H%M%SZ").encode())


def children(content: bytes) -> list[tuple[int, bytes]]:
    """The elements side by side in `content`, as (tag, content).

    Raises:
        Malformed: `der_form`.

    Source: X.690, 8.1.3
    """
    found, at = [], 0
    try:
        while at < len(content):
            tag, length, start = content[at], content[at + 1], at + 2
            if length & 0x80:
                count = length & 0x7F
                length = int.from_bytes(content[start : start + count], "big")
                start += count
            at = start + length
            if at > len(content):
                raise Malformed("der_form")
            found.append((tag, content[start:at]))
    except IndexError as error:
        raise Malformed("der_form") from error
    return found


def inside(der: bytes) -> list[tuple[int, bytes]]:
    """The children of the one element `der` is.

    Raises:
        Malformed: `der_form`.

    Source: X.690, 8.1.3
    """
    outer = children(der)
    if len(outer) != 1:
        raise Malformed("der_form")
    return children(outer[0][1])
