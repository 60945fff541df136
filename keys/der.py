"""Just enough DER to write certificates, CRLs and key files, and to read our own key files.

Rules of this file: writing only ever makes DER (X.690); reading takes definite lengths and one
level at a time. Nothing here knows what the octets mean.
"""

from collections.abc import Iterable

from hub.clock import Instant, moment
from hub.errors import Malformed

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
UTF8 = 0x0C
PRINTABLE = 0x13
IA5 = 0x16
GENERALIZED = 0x18


def element(tag: int, content: bytes) -> bytes:
    """One element with its length in the shortest form."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of ready elements."""
    return element(SEQUENCE, b"".join(parts))


def set_of(parts: Iterable[bytes]) -> bytes:
    """SET OF ready elements, sorted as DER demands."""
    return element(SET, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """INTEGER, shortest form."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(septets))
    return element(0x06, bytes(content))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return element(OCTET_STRING, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING; `unused` bits at its end."""
    return element(BIT_STRING, bytes((unused,)) + content)


def true() -> bytes:
    """BOOLEAN TRUE."""
    return b"\x01\x01\xff"


def explicit(number: int, content: bytes) -> bytes:
    """[number] EXPLICIT."""
    return element(0xA0 | number, content)


def time(at: Instant) -> bytes:
    """Time as RFC 5280 §4.1.2.5 wants it: UTCTime until 2049, then GeneralizedTime."""
    when = moment(at)
    if when.year < 2050:
        return element(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
    return element(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def children(content: bytes) -> list[tuple[int, bytes]]:
    """The elements side by side in `content`, as (tag, content).

    Raises:
        Malformed: `der_form`.
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
    """
    outer = children(der)
    if len(outer) != 1:
        raise Malformed("der_form")
    return children(outer[0][1])
