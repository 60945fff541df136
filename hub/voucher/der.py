"""DER by hand: a slicer that finds octets without copying or re-encoding, and a small builder.

Rules: one-octet tags, definite minimal lengths; anything else is `ses_der`. Positions are indexes
into the given octets; `enter` gives (start, end) of a value, `take` its octets and what follows.
"""

from functools import lru_cache
from typing import Final

from hub.errors import Malformed

INTEGER: Final = 0x02
BITS: Final = 0x03
OCTETS: Final = 0x04
OID: Final = 0x06
UTF8: Final = 0x0C
PRINTABLE: Final = 0x13
IA5: Final = 0x16
UTC_TIME: Final = 0x17
TIME: Final = 0x18
SEQUENCE: Final = 0x30


def enter(octets: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Start and end of the value of the TLV at `at`, which must have this tag and fit before `end`.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 10.1; X.690, 8.1.3; protocol rule 2.5
    """
    if at + 2 > end or octets[at] != tag:
        raise Malformed("ses_der", at=at)
    length = octets[at + 1]
    start = at + 2
    if length >= 0x80:
        size = length & 0x7F
        start += size
        if not 1 <= size <= 3 or start > end:
            raise Malformed("ses_der", at=at)
        length = int.from_bytes(octets[at + 2 : start], "big")
        if length < 0x80 or length >> (8 * (size - 1)) == 0:
            raise Malformed("ses_der", at=at)
    stop = start + length
    if stop > end or (length == 0 and tag in _NEVER_EMPTY):
        raise Malformed("ses_der", at=at)
    return start, stop


_NEVER_EMPTY: Final = frozenset({INTEGER, BITS, OID})


def walk(octets: bytes, at: int, end: int, tags: tuple[int, ...]) -> list[int]:
    """Start and end of each value of the TLVs that fill `at` to `end`, one for each tag.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 10.1; protocol rule 2.5
    """
    found: list[int] = []
    for tag in tags:
        start = at + 2
        if start < end and octets[at] == tag and 0 < (length := octets[at + 1]) < 0x80:
            at = start + length
        else:
            start, at = enter(octets, at, end, tag)
        if at > end:
            raise Malformed("ses_der", at=start)
        found += (start, at)
    if at != end:
        raise Malformed("ses_der", at=at)
    return found


def take(octets: bytes, at: int, end: int, tag: int) -> tuple[bytes, int]:
    """The value of the TLV at `at`, and where the next one starts.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 10.1
    """
    start, stop = enter(octets, at, end, tag)
    return octets[start:stop], stop


def whole(octets: bytes) -> tuple[int, int]:
    """Start and end of the content of a SEQUENCE that is all of `octets`.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 10.1; protocol rule 2.5
    """
    start, stop = enter(octets, 0, len(octets), SEQUENCE)
    if stop != len(octets):
        raise Malformed("ses_der", at=stop)
    return start, stop


def small(value: bytes) -> int:
    """A non-negative INTEGER of at most four octets, minimal; `value` is its content, not empty.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 8.3
    """
    if len(value) > 4 or value[0] & 0x80 or (len(value) > 1 and value[0] == 0 and value[1] < 0x80):
        raise Malformed("ses_der")
    return int.from_bytes(value, "big")


def ascii_text(value: bytes) -> str:
    """IA5String or PrintableString as text.

    Raises:
        Malformed: `ses_der`.

    Source: X.690
    """
    if not value.isascii():
        raise Malformed("ses_der")
    return value.decode("ascii")


def utf8_text(value: bytes) -> str:
    """UTF8String as text.

    Raises:
        Malformed: `ses_der`.

    Source: X.690
    """
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed("ses_der") from None


@lru_cache(maxsize=64)
def oid_text(value: bytes) -> str:
    """The value octets of an OBJECT IDENTIFIER as dotted text; at most 32 octets, not empty.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 8.19
    """
    if len(value) > 32 or value[-1] & 0x80:
        raise Malformed("ses_der")
    arcs: list[int] = []
    arc, fresh = 0, True
    for octet in value:
        if fresh and octet == 0x80:
            raise Malformed("ses_der")
        arc, fresh = arc << 7 | octet & 0x7F, octet < 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(n) for n in (first, arcs[0] - 40 * first, *arcs[1:]))


def pair(signature: bytes) -> tuple[int, int] | None:
    """(r, s) of an ECDSA or SM2 signature in strict DER, both positive; None when it is not.

    Whether they lie below the order of the curve is the suite's to say.

    Source: GB/T 35276-2017; FIPS 186-5; X.690, 10.1; protocol rule 2.5
    """
    try:
        at, end = whole(signature)
        r_at, r_end, s_at, s_end = walk(signature, at, end, _PAIR)
    except Malformed:
        return None
    r, s = signature[r_at:r_end], signature[s_at:s_end]
    for value in (r, s):
        if value[0] & 0x80 or (value[0] == 0 and (len(value) == 1 or value[1] < 0x80)):
            return None
    return int.from_bytes(r, "big"), int.from_bytes(s, "big")


_PAIR: Final = (INTEGER, INTEGER)


# --- building ------------------------------------------------------------------------------------


def build(tag: int, *values: bytes) -> bytes:
    """One TLV around the given octets, in the shortest length form; `tag` is one octet.

    Source: X.690, 10.1
    """
    length = sum(map(len, values))
    if length < 0x80:
        head = bytes((tag, length))
    else:
        size = (length.bit_length() + 7) // 8
        head = bytes((tag, 0x80 | size)) + length.to_bytes(size, "big")
    return head + b"".join(values)


def integer(value: int) -> bytes:
    """An INTEGER with tag and length. Required: it is not negative.

    Source: X.690, 8.3
    """
    return build(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=64)
def oid(text: str) -> bytes:
    """An OBJECT IDENTIFIER with tag and length. Required: dotted text of two arcs and more.

    Source: X.690, 8.19
    """
    arcs = [int(part) for part in text.split(".")]
    octets = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return build(OID, bytes(octets))
