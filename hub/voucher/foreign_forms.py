"""The octets of other makers' seals and signatures, read as they come (protocol rule 12.4).

Rules:
- Octets are sliced, never re-encoded: real seals write `critical FALSE`, leave extDatas untagged,
  carry non-minimal lengths. What was signed is what stands in the file.
- What makers write otherwise and means the same is read: a certificate without the OCTET STRING
  around it, an AlgorithmIdentifier for a bare OID, a digest as OCTET STRING, times with fractions
  or with an offset, base64 lines of any length around it all.
- The layout of GM/T 0031 (version 1) is recognised and refused by its own code `seal_format_v1`.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hub.clock import Instant, instant
from hub.errors import Malformed
from hub.voucher import der
from hub.voucher.ses import CERTIFICATES, DIGESTS, Picture, SealContent, SesSeal, SesSignature

ELEMENTS_MAX: Final = 4096
"""In one structure: a hundred times what real files hold; each costs some microseconds."""
_T61, _VISIBLE, _BMP = 0x14, 0x1A, 0x1E
_TEXTS: Final = frozenset({der.IA5, der.UTF8, der.PRINTABLE, der.OCTETS, _T61, _VISIBLE, _BMP})
_STRINGS: Final = frozenset({der.BITS, der.OCTETS})
_OUTER: Final = (
    frozenset({der.SEQUENCE}),
    frozenset({der.OCTETS, der.SEQUENCE}),
    frozenset({der.OID, der.SEQUENCE}),
    _STRINGS,
)
"""What is signed; the certificate; its algorithm; the signature."""
_BOM: Final = b"\xef\xbb\xbf"
_ARMOUR: Final = re.compile(rb"-----(?:BEGIN|END) [^-]{0,64}-----")
_GENERAL: Final = re.compile(
    r"([0-9]{12})([0-9]{2})?(?:[.,]([0-9]{1,9}))?(Z|[+-][0-9]{4})\Z", re.ASCII
)
_UTC: Final = re.compile(r"([0-9]{10})([0-9]{2})?()(Z|[+-][0-9]{4})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tlv:
    """One element: its tag, all its octets, and its value."""

    tag: int
    octets: bytes
    value: bytes


def unwrapped(octets: bytes) -> bytes:
    """The structure inside base64 text, its lines of any length, PEM's around them or not.

    Octets that are no such text come back as they are.

    Source: RFC 7468, 2; protocol rule 12.4
    """
    if octets[:1] == b"0":  # 0x30: a SEQUENCE already
        return octets
    text = b"".join(_ARMOUR.sub(b"", octets.removeprefix(_BOM)).split()).rstrip(b"=")
    try:
        found = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return octets
    return found if found[:1] == b"0" else octets


def elements(octets: bytes, most: int = ELEMENTS_MAX) -> list[Tlv]:
    """The TLVs that fill `octets`, `most` at most; definite lengths, also non-minimal ones.

    Raises:
        Malformed: `ses_der`, also for one more.

    Source: X.690, 8.1.3; protocol rule 12.4
    """
    found: list[Tlv] = []
    at = 0
    while at < len(octets):
        if at + 2 > len(octets) or len(found) == most:
            raise Malformed("ses_der", at=at)
        length, start = octets[at + 1], at + 2
        if length >= 0x80:
            start += length & 0x7F
            if not 0x81 <= length <= 0x84 or start > len(octets):
                raise Malformed("ses_der", at=at)
            length = int.from_bytes(octets[at + 2 : start], "big")
        stop = start + length
        if stop > len(octets):
            raise Malformed("ses_der", at=at)
        found.append(Tlv(octets[at], octets[at:stop], octets[start:stop]))
        at = stop
    return found


def read_signature(octets: bytes) -> tuple[SesSignature, bool]:
    """A detached SES_Signature, and whether a time stamp stands in it; nothing is judged.

    Raises:
        Malformed: `ses_der`, `seal_format_v1`.

    Source: GB/T 38540-2020, 7.1; GM/T 0031-2014; protocol rule 12.4
    """
    outer = _sequence(unwrapped(octets))
    if [item.tag for item in outer] == [der.SEQUENCE, der.BITS]:
        raise Malformed("seal_format_v1")
    certificate, algorithm, signature = _signed(outer)
    tbs = elements(outer[0].value)
    if len(tbs) < 5 or tbs[0].tag != der.INTEGER:
        raise Malformed("ses_der")
    if tbs[0].value in {b"\x01", b"\x03"}:
        raise Malformed("seal_format_v1")
    if tbs[1].tag != der.SEQUENCE or tbs[3].tag not in _STRINGS or tbs[4].tag not in _TEXTS:
        raise Malformed("ses_der")
    return SesSignature(
        tbs=outer[0].octets,
        seal=tbs[1].octets,
        sealed_at=_time(tbs[2]),
        data_hash=_string(tbs[3]),
        property_info=_text(tbs[4]),
        certificate=certificate,
        algorithm=algorithm,
        signature=signature,
    ), len(outer) > 4


def read_seal(octets: bytes) -> SesSeal:
    """A SES_Seal, its signed octets as they stand in the file; nothing is judged.

    Raises:
        Malformed: `ses_der`, `seal_format_v1`.

    Source: GB/T 38540-2020, 6.1; GM/T 0031-2014; protocol rule 12.4
    """
    outer = _sequence(unwrapped(octets))
    if [item.tag for item in outer] == [der.SEQUENCE, der.SEQUENCE]:
        raise Malformed("seal_format_v1")
    certificate, algorithm, signature = _signed(outer)
    info = elements(outer[0].value)
    _tags(info, (der.SEQUENCE, None, der.SEQUENCE, der.SEQUENCE))
    head, prop, picture = (elements(info[i].value) for i in (0, 2, 3))
    _tags(head, (None, der.INTEGER, None))
    _tags(prop, (der.INTEGER, None, der.INTEGER, der.SEQUENCE, None, None, None))
    _tags(picture, (None, der.OCTETS, der.INTEGER, der.INTEGER))
    if head[1].value in {b"\x01", b"\x03"}:
        raise Malformed("seal_format_v1")
    signers, list_type = _signers(prop[3], _number(prop[2]))
    return SesSeal(
        tbs=outer[0].octets,
        content=SealContent(
            maker_id=_text(head[2]),
            seal_id=_text(info[1]),
            type=_number(prop[0]),
            name=_text(prop[1]),
            signers=signers,
            list_type=list_type,
            created_at=_time(prop[4]),
            valid_from=_time(prop[5]),
            valid_until=_time(prop[6]),
            picture=Picture(
                _text(picture[0]), picture[1].value, _number(picture[2]), _number(picture[3])
            ),
        ),
        certificate=certificate,
        algorithm=algorithm,
        signature=signature,
    )


def _sequence(octets: bytes) -> list[Tlv]:
    outer = elements(octets)
    if len(outer) != 1 or outer[0].tag != der.SEQUENCE:
        raise Malformed("ses_der")
    return elements(outer[0].value)


def _signed(outer: Sequence[Tlv]) -> tuple[bytes, str, bytes]:
    """Certificate, algorithm and signature value, as they stand beside what is signed."""
    if len(outer) < len(_OUTER) or any(
        item.tag not in tags for item, tags in zip(outer, _OUTER, strict=False)
    ):
        raise Malformed("ses_der")
    certificate, algorithm = outer[1], outer[2]
    if algorithm.tag == der.SEQUENCE:  # an AlgorithmIdentifier: its parameters say nothing here
        first = elements(algorithm.value, 2)[:1]
        if not first or first[0].tag != der.OID:
            raise Malformed("ses_der")
        algorithm = first[0]
    bare = certificate.tag == der.SEQUENCE
    own = certificate.octets if bare else certificate.value
    return own, _oid(algorithm), _string(outer[3])


def _string(item: Tlv) -> bytes:
    """The octets of a BIT STRING of whole octets, or of an OCTET STRING."""
    if item.tag == der.OCTETS:
        return item.value
    if item.value[:1] != b"\0":
        raise Malformed("ses_der")
    return item.value[1:]


def _tags(found: Sequence[Tlv], tags: Sequence[int | None]) -> None:
    if len(found) < len(tags) or any(
        tag is not None and item.tag != tag for item, tag in zip(found, tags, strict=False)
    ):
        raise Malformed("ses_der")


def _signers(item: Tlv, list_type: int) -> tuple[tuple[bytes, ...], int]:
    found = elements(item.value)
    if all(entry.tag == der.OCTETS for entry in found):
        return tuple(entry.value for entry in found), list_type
    pairs = [elements(entry.value, 2) for entry in found]
    if any(len(pair) != 2 for pair in pairs):
        raise Malformed("ses_der")
    kind = DIGESTS if list_type == CERTIFICATES else list_type
    return tuple(pair[1].value for pair in pairs), kind


def _text(item: Tlv) -> str:
    """For people's eyes and comparison: UTF-8, else what Chinese makers wrote before it."""
    if item.tag == _BMP:
        return item.value.decode("utf-16-be", "replace")
    try:
        return item.value.decode()
    except UnicodeDecodeError:
        return item.value.decode("gb18030", "replace")


def _oid(item: Tlv) -> str:
    if not item.value:
        raise Malformed("ses_der")
    return der.oid_text(item.value)


def _number(item: Tlv) -> int:
    if not 1 <= len(item.value) <= 4:
        raise Malformed("ses_der")
    return int.from_bytes(item.value, "big")


def _time(item: Tlv) -> Instant:
    """GeneralizedTime or UTCTime: seconds may be left out, fractions and an offset may be there."""
    form = {der.TIME: _GENERAL, der.UTC_TIME: _UTC}.get(item.tag)
    found = form.match(item.value.decode("ascii", "replace")) if form else None
    if found is None:
        raise Malformed("ses_der")
    minutes, seconds, fraction, zone = found.groups()
    if item.tag == der.UTC_TIME:
        minutes = ("20" if minutes < "50" else "19") + minutes
    try:
        read = datetime.strptime(f"{minutes}{seconds or '00'}{zone}", "%Y%m%d%H%M%S%z")
    except ValueError:
        raise Malformed("ses_der") from None
    thousandths = int((fraction or "0").ljust(3, "0")[:3]) if seconds else 0
    return Instant(instant(read.astimezone(UTC)) + thousandths)
