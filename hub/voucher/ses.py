"""GB/T 38540-2020 structures in strict DER: sliced from the original octets, never re-encoded.

    SES_Signature = { toSign, cert OCTET STRING, signatureAlgID OID, signature BIT STRING }
    TBS_Sign      = { version 4, eseal, timeInfo, dataHash BIT STRING, propertyInfo IA5String }
    SES_Seal      = { eSealInfo, cert OCTET STRING, signAlgID OID, signedValue BIT STRING }
    SES_SealInfo  = { header { "ES", 4, Vid }, esID, property, picture, extDatas [0] OPTIONAL }

Rules: minimal lengths, no trailing octets, whole-second GeneralizedTime in UTC, no extDatas in
TBS_Sign and no timeStamp (tokens are kept beside: protocol rule 8.1). Files of other makers are
read by `foreign.py`, tolerantly.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from hub.clock import Instant, generalized_time, instant
from hub.errors import Malformed
from hub.voucher import der
from hub.voucher.der import BITS, IA5, INTEGER, OCTETS, OID, SEQUENCE, TIME, UTF8

CERTIFICATES: Final = 1
DIGESTS: Final = 2
_AROUND: Final = (OCTETS, OID, BITS)
"""What stands beside toSign."""
_SIGNED: Final = (SEQUENCE, TIME, BITS, IA5)
"""What stands in it, after the version."""


@dataclass(frozen=True, slots=True)
class SesSignature:
    """One SES_Signature, sliced."""

    tbs: bytes
    """toSign with its tag and length: the octets the signer signed."""
    seal: bytes
    sealed_at: Instant
    data_hash: bytes
    property_info: str
    certificate: bytes
    algorithm: str
    signature: bytes
    key: bytes = field(default=b"", compare=False)
    """SHA-256 of the seal and SHA-256 of the certificate, where they are known already."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a seal; width and height in millimetres."""

    type: str
    data: bytes
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class SealContent:
    """What an SES_SealInfo says."""

    maker_id: str
    """Vid of the header."""
    seal_id: str
    type: int
    name: str
    signers: tuple[bytes, ...]
    """Certificates (list type 1) or their digests in the suite's hash (list type 2)."""
    list_type: int
    created_at: Instant
    valid_from: Instant
    valid_until: Instant
    picture: Picture


@dataclass(frozen=True, slots=True)
class SesSeal:
    """One SES_Seal, sliced."""

    tbs: bytes
    """eSealInfo with its tag and length: the octets the maker signed."""
    content: SealContent
    certificate: bytes
    """The seal maker's."""
    algorithm: str
    signature: bytes


def read_signature(octets: bytes) -> SesSignature:
    """Slice a SES_Signature of our profile: strict DER, no extDatas in toSign, no timeStamp.

    Raises:
        Malformed: `ses_der`, or `seal_format_v1` for the layout of GM/T 0031.

    Source: GB/T 38540-2020, 7.1; protocol rule 2.5; wire form 3
    """
    at, end = der.whole(octets)
    tbs_at, tbs_end = der.enter(octets, at, end, SEQUENCE)
    version_at, version_end = der.enter(octets, tbs_at, tbs_end, INTEGER)
    if octets[version_at:version_end] != b"\x04":
        v1 = octets[version_at:version_end] in {b"\x01", b"\x03"}
        raise Malformed("seal_format_v1" if v1 else "ses_der")
    cert_at, cert_end, oid_at, oid_end, sig_at, sig_end = der.walk(octets, tbs_end, end, _AROUND)
    _, seal_end, time_at, time_end, hash_at, hash_end, info_at, info_end = der.walk(
        octets, version_end, tbs_end, _SIGNED
    )
    if octets[sig_at] != 0 or octets[hash_at] != 0:
        raise Malformed("ses_der")
    try:
        info = octets[info_at:info_end].decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("ses_der") from None
    return SesSignature(
        tbs=octets[at:tbs_end],
        seal=octets[version_end:seal_end],
        sealed_at=time(octets[time_at:time_end]),
        data_hash=octets[hash_at + 1 : hash_end],
        property_info=info,
        certificate=octets[cert_at:cert_end],
        algorithm=der.oid_text(octets[oid_at:oid_end]),
        signature=octets[sig_at + 1 : sig_end],
    )


def read_seal(octets: bytes) -> SesSeal:
    """Slice a SES_Seal of our profile; its maker's signature is not looked at.

    Raises:
        Malformed: `ses_der`, `seal_format_v1`.

    Source: GB/T 38540-2020, 6.1; protocol rule 2.5; wire form 3
    """
    at, end = der.whole(octets)
    info_at, info_end = der.enter(octets, at, end, SEQUENCE)
    content = _content(octets, info_at, info_end)
    cert_at, cert_end = der.enter(octets, info_end, end, OCTETS)
    oid_at, oid_end = der.enter(octets, cert_end, end, OID)
    sig_at, sig_end = der.enter(octets, oid_end, end, BITS)
    if sig_end != end or octets[sig_at] != 0:
        raise Malformed("ses_der")
    return SesSeal(
        tbs=octets[at:info_end],
        content=content,
        certificate=octets[cert_at:cert_end],
        algorithm=der.oid_text(octets[oid_at:oid_end]),
        signature=octets[sig_at + 1 : sig_end],
    )


def _content(octets: bytes, at: int, end: int) -> SealContent:
    head_at, head_end = der.enter(octets, at, end, SEQUENCE)
    es, step = der.take(octets, head_at, head_end, IA5)
    version, step = der.take(octets, step, head_end, INTEGER)
    maker, step = der.take(octets, step, head_end, IA5)
    if es != b"ES" or step != head_end:
        raise Malformed("ses_der")
    if version != b"\x04":
        raise Malformed("seal_format_v1" if version in {b"\x01", b"\x03"} else "ses_der")
    seal_id, step = der.take(octets, head_end, end, IA5)
    prop_at, prop_end = der.enter(octets, step, end, SEQUENCE)
    pict_at, pict_end = der.enter(octets, prop_end, end, SEQUENCE)
    if pict_end != end:  # extDatas: opaque to us, and covered by the maker's signature
        _, step = der.take(octets, pict_end, end, 0xA0)
        if step != end:
            raise Malformed("ses_der")
    kind, step = der.take(octets, prop_at, prop_end, INTEGER)
    name, step = der.take(octets, step, prop_end, UTF8)
    list_type, step = der.take(octets, step, prop_end, INTEGER)
    list_at, step = der.enter(octets, step, prop_end, SEQUENCE)
    signers = _signers(octets, list_at, step, der.small(list_type))
    created, step = der.take(octets, step, prop_end, TIME)
    starts, step = der.take(octets, step, prop_end, TIME)
    ends, step = der.take(octets, step, prop_end, TIME)
    if step != prop_end:
        raise Malformed("ses_der")
    return SealContent(
        maker_id=der.ascii_text(maker),
        seal_id=der.ascii_text(seal_id),
        type=der.small(kind),
        name=der.utf8_text(name),
        signers=signers,
        list_type=der.small(list_type),
        created_at=time(created),
        valid_from=time(starts),
        valid_until=time(ends),
        picture=_picture(octets, pict_at, pict_end),
    )


def _signers(octets: bytes, at: int, end: int, list_type: int) -> tuple[bytes, ...]:
    found = []
    while at < end:
        if list_type == CERTIFICATES:
            value, at = der.take(octets, at, end, OCTETS)
        elif list_type == DIGESTS:
            item_at, item_end = der.enter(octets, at, end, SEQUENCE)
            _, step = der.take(octets, item_at, item_end, der.PRINTABLE)
            value, step = der.take(octets, step, item_end, OCTETS)
            if step != item_end:
                raise Malformed("ses_der")
            at = item_end
        else:
            raise Malformed("ses_der")
        found.append(value)
    return tuple(found)


def _picture(octets: bytes, at: int, end: int) -> Picture:
    kind, at = der.take(octets, at, end, IA5)
    data, at = der.take(octets, at, end, OCTETS)
    width, at = der.take(octets, at, end, INTEGER)
    height, at = der.take(octets, at, end, INTEGER)
    if at != end:
        raise Malformed("ses_der")
    return Picture(der.ascii_text(kind), data, der.small(width), der.small(height))


@lru_cache(maxsize=1024)
def time(octets: bytes) -> Instant:
    """GeneralizedTime `YYYYMMDDHHMMSSZ` as an instant.

    Raises:
        Malformed: `ses_der`.

    Source: X.690, 11.7; GB/T 38540-2020, 7.1
    """
    if len(octets) != 15 or octets[14] != 0x5A or not octets[:14].isdigit():
        raise Malformed("ses_der")
    try:
        return instant(
            datetime(
                int(octets[:4]),
                int(octets[4:6]),
                int(octets[6:8]),
                int(octets[8:10]),
                int(octets[10:12]),
                int(octets[12:14]),
                tzinfo=UTC,
            )
        )
    except ValueError:
        raise Malformed("ses_der") from None


# --- writing -------------------------------------------------------------------------------------


def signature_tbs(seal: bytes, sealed_at: Instant, data_hash: bytes, property_info: str) -> bytes:
    """TBS_Sign: the octets a signer signs. The instant is cut to whole seconds.

    Required: `seal` is a SES_Seal in DER, `data_hash` the suite's over the body, 32 octets.

    Source: GB/T 38540-2020, 7.1; wire form 3
    """
    return der.build(
        SEQUENCE,
        b"\x02\x01\x04",
        seal,
        der.build(TIME, generalized_time(sealed_at).encode()),
        der.build(BITS, b"\0", data_hash),
        der.build(IA5, property_info.encode("ascii")),
    )


def assemble_signature(tbs: bytes, certificate: bytes, algorithm: str, signature: bytes) -> bytes:
    """SES_Signature from signed parts: certificate and signature in DER, the algorithm dotted.

    Source: GB/T 38540-2020, 7.1; wire form 3
    """
    return _assemble(tbs, certificate, algorithm, signature)


def seal_info(content: SealContent, digest_name: str = "SM3") -> bytes:
    """SES_SealInfo: the octets a seal maker signs; no extDatas are written.

    `digest_name` labels the digests of list type 2: the suite's hash. Required: ids and picture
    type are ASCII, numbers are not negative, instants lie before the year 10000.

    Source: GB/T 38540-2020, 6.1
    """
    picture = content.picture
    if content.list_type == CERTIFICATES:
        signers = [der.build(OCTETS, item) for item in content.signers]
    else:
        kind = der.build(der.PRINTABLE, digest_name.encode("ascii"))
        signers = [der.build(SEQUENCE, kind, der.build(OCTETS, item)) for item in content.signers]
    return der.build(
        SEQUENCE,
        der.build(
            SEQUENCE,
            der.build(IA5, b"ES"),
            b"\x02\x01\x04",
            der.build(IA5, content.maker_id.encode("ascii")),
        ),
        der.build(IA5, content.seal_id.encode("ascii")),
        der.build(
            SEQUENCE,
            der.integer(content.type),
            der.build(UTF8, content.name.encode()),
            der.integer(content.list_type),
            der.build(SEQUENCE, *signers),
            der.build(TIME, generalized_time(content.created_at).encode()),
            der.build(TIME, generalized_time(content.valid_from).encode()),
            der.build(TIME, generalized_time(content.valid_until).encode()),
        ),
        der.build(
            SEQUENCE,
            der.build(IA5, picture.type.encode("ascii")),
            der.build(OCTETS, picture.data),
            der.integer(picture.width_mm),
            der.integer(picture.height_mm),
        ),
    )


def assemble_seal(tbs: bytes, maker_cert: bytes, algorithm: str, signature: bytes) -> bytes:
    """SES_Seal from the maker's signed parts.

    Source: GB/T 38540-2020, 6.1; GB/T 38540-2020, 6.2
    """
    return _assemble(tbs, maker_cert, algorithm, signature)


def _assemble(tbs: bytes, certificate: bytes, algorithm: str, signature: bytes) -> bytes:
    return der.build(
        SEQUENCE,
        tbs,
        der.build(OCTETS, certificate),
        der.oid(algorithm),
        der.build(BITS, b"\0", signature),
    )
