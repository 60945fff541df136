"""Other makers' files: detached GB/T 38540 SES_Signatures and SES_Seals, read tolerantly.

Rules (protocol rule 12.4):
- Octets are sliced, never re-encoded: real seals write `critical FALSE`, leave extDatas untagged,
  carry non-minimal lengths. What was signed is what stands in the file.
- The layout of GM/T 0031 (version 1) is recognised and refused by its own code `seal_format_v1`.
- Only cryptographic and formal facts are judged; what a register would say is `not_done`. Never
  used for messages of ours: `ses.py` reads those strictly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hub.clock import Instant, instant, iso
from hub.errors import Malformed, SealBroken, SealUntrusted
from hub.voucher import chain, der
from hub.voucher.chain import Anchors, Chain
from hub.voucher.ports import Suite
from hub.voucher.report import Notes, Report, SealLine
from hub.voucher.ses import CERTIFICATES, DIGESTS, Picture, SealContent, SesSeal, SesSignature

ELEMENTS_MAX: Final = 4096
"""In one structure: a hundred times what real files hold; each costs some microseconds."""
_TEXTS: Final = frozenset({der.IA5, der.UTF8, der.PRINTABLE})
_OUTER: Final = (der.SEQUENCE, der.OCTETS, der.OID, der.BITS)
_SEAL_CHECKS: Final = (
    "suite",
    "seal_maker_signature",
    "seal_maker_chain",
    "seal_validity",
    "seal_status",
)
_REST: Final = (
    "signer_in_seal_list",
    "signer_chain",
    "signer_revocation",
    "sealing_time",
    "data_hash",
    "signer_signature",
)


@dataclass(frozen=True, slots=True)
class Tlv:
    """One element: its tag, all its octets, and its value."""

    tag: int
    octets: bytes
    value: bytes


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
    outer = _sequence(octets)
    if len(outer) == 2 and [item.tag for item in outer] == [der.SEQUENCE, der.BITS]:
        raise Malformed("seal_format_v1")
    _tags(outer, _OUTER)
    tbs = elements(outer[0].value)
    if len(tbs) < 5 or tbs[0].tag != der.INTEGER:
        raise Malformed("ses_der")
    if tbs[0].value in {b"\x01", b"\x03"}:
        raise Malformed("seal_format_v1")
    if [tbs[1].tag, tbs[3].tag] != [der.SEQUENCE, der.BITS] or tbs[4].tag not in _TEXTS:
        raise Malformed("ses_der")
    return SesSignature(
        tbs=outer[0].octets,
        seal=tbs[1].octets,
        sealed_at=_time(tbs[2]),
        data_hash=tbs[3].value[1:],
        property_info=_text(tbs[4]),
        certificate=outer[1].value,
        algorithm=_oid(outer[2]),
        signature=outer[3].value[1:],
    ), len(outer) > 4


def read_seal(octets: bytes) -> SesSeal:
    """A SES_Seal, its signed octets as they stand in the file; nothing is judged.

    Raises:
        Malformed: `ses_der`, `seal_format_v1`.

    Source: GB/T 38540-2020, 6.1; GM/T 0031-2014; protocol rule 12.4
    """
    outer = _sequence(octets)
    if [item.tag for item in outer] == [der.SEQUENCE, der.SEQUENCE]:
        raise Malformed("seal_format_v1")
    _tags(outer, _OUTER)
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
        certificate=outer[1].value,
        algorithm=_oid(outer[2]),
        signature=outer[3].value[1:],
    )


def examine_signature(
    octets: bytes,
    data: bytes,
    *,
    suites: Mapping[str, Suite],
    anchors: Anchors,
    at: Instant,
) -> Report:
    """Everything that can be said of a detached SES_Signature over `data`, at an instant.

    Chains end at `anchors`; without any the report is INDETERMINATE at best. Never raises for
    content. `data` are the very octets whose digest was sealed; the suite is the file's own word.

    Source: GB/T 38540-2020, 7.3; GB/T 38540-2020, 6.3; protocol rule 12.4
    """
    notes = Notes()
    read = notes.run("format", lambda: _read(octets))
    if read is None:
        notes.not_done((*_SEAL_CHECKS, *_REST), "format")
        return notes.report()
    ses, stamped, seal = read
    suite = _suite(suites, ses.algorithm)
    _examine_seal(notes, seal, suites, anchors, at)
    if suite is None:
        notes.not_done(_REST, "suite_unknown")
        return notes.report()
    notes.run("signer_in_seal_list", lambda: _listed(seal, ses, suite))
    signer = chain.chain(ses.certificate, suite, anchors)
    notes.run("signer_chain", lambda: _chain(signer, at))
    if signer.code:
        notes.not_done(("signer_revocation",), signer.code)
    else:
        notes.run("signer_revocation", lambda: _revocation(signer, at, ses.sealed_at))
    notes.run("sealing_time", lambda: _sealing_time(seal, ses, suite, at))
    notes.run("data_hash", lambda: _data_hash(suite, ses, data))
    notes.run("signer_signature", lambda: _signature(suite, ses))
    notes.not_done(("binding", "positions_complete", "position_order"), "foreign", "inform")
    notes.not_done(("timestamp",), "not_examined" if stamped else "no_token", "inform")
    notes.seal(_line(seal, suite, ses.certificate, ses.sealed_at))
    return notes.report()


def inspect_seal(
    octets: bytes, *, suites: Mapping[str, Suite], anchors: Anchors, at: Instant
) -> tuple[SesSeal | None, Report]:
    """A seal's content, None when it cannot be read, and what can be said of it at an instant.

    Never raises for content: what is wrong stands in the report.

    Source: GB/T 38540-2020, 6.3; protocol rule 12.4
    """
    notes = Notes()
    seal = notes.run("format", lambda: read_seal(octets))
    if seal is None:
        notes.not_done(_SEAL_CHECKS, "format")
        return None, notes.report()
    _examine_seal(notes, seal, suites, anchors, at)
    if suite := _suite(suites, seal.algorithm):
        notes.seal(_line(seal, suite, seal.certificate, seal.content.created_at))
    return seal, notes.report()


def _read(octets: bytes) -> tuple[SesSignature, bool, SesSeal]:
    ses, stamped = read_signature(octets)
    return ses, stamped, read_seal(ses.seal)


def _examine_seal(
    notes: Notes, seal: SesSeal, suites: Mapping[str, Suite], anchors: Anchors, at: Instant
) -> None:
    suite = notes.run("suite", lambda: _known_suite(suites, seal))
    if suite is None:
        notes.not_done(_SEAL_CHECKS[1:3], "suite_unknown")
    else:
        maker = chain.chain(seal.certificate, suite, anchors)
        notes.run("seal_maker_signature", lambda: _maker_signature(suite, seal))
        notes.run("seal_maker_chain", lambda: _chain(maker, at))
    notes.run("seal_validity", lambda: _validity(seal, at))
    notes.not_done(("seal_status",), "no_register", "inform")


def _suite(suites: Mapping[str, Suite], algorithm: str) -> Suite | None:
    return next((s for s in suites.values() if s.signature_oid == algorithm), None)


def _known_suite(suites: Mapping[str, Suite], seal: SesSeal) -> Suite:
    suite = _suite(suites, seal.algorithm)
    if suite is None:
        raise SealUntrusted("suite_unknown")
    return suite


def _maker_signature(suite: Suite, seal: SesSeal) -> None:
    if not suite.verify(seal.certificate, seal.signature, seal.tbs):
        raise SealBroken("seal_maker_signature")


def _validity(seal: SesSeal, at: Instant) -> None:
    if at < seal.content.valid_from:
        raise SealUntrusted("seal_not_yet_valid")
    if at > seal.content.valid_until:
        raise SealUntrusted("seal_expired")


def _listed(seal: SesSeal, ses: SesSignature, suite: Suite) -> None:
    by_digest = seal.content.list_type == DIGESTS
    wanted = suite.digest(ses.certificate) if by_digest else ses.certificate
    if wanted not in seal.content.signers:
        raise SealBroken("signer_not_in_seal")


def _chain(found: Chain, at: Instant) -> None:
    if found.code:
        raise SealUntrusted(found.code)
    if at < found.not_before:
        raise SealUntrusted("certificate_not_yet_valid")
    if at > found.not_after:
        raise SealUntrusted("certificate_expired")


def _revocation(found: Chain, at: Instant, sealed_at: Instant) -> None:
    if found.revoked_at is not None and found.revoked_at <= at:
        before = sealed_at < found.revoked_at
        raise SealUntrusted("certificate_revoked_before_proof" if before else "certificate_revoked")


def _sealing_time(seal: SesSeal, ses: SesSignature, suite: Suite, at: Instant) -> None:
    signer = suite.certificate(ses.certificate)
    if ses.sealed_at > at:
        raise SealUntrusted("sealed_in_future")
    if signer is None:
        raise SealUntrusted("certificate_malformed")
    if not signer.not_before <= ses.sealed_at <= signer.not_after:
        raise SealUntrusted("certificate_expired")
    _validity(seal, ses.sealed_at)


def _data_hash(suite: Suite, ses: SesSignature, data: bytes) -> None:
    if suite.digest(data) != ses.data_hash:
        raise SealBroken("digest_mismatch")


def _signature(suite: Suite, ses: SesSignature) -> None:
    if not suite.verify(ses.certificate, ses.signature, ses.tbs):
        raise SealBroken("signature_invalid")


def _line(seal: SesSeal, suite: Suite, certificate: bytes, at: Instant) -> SealLine:
    signer = suite.certificate(certificate)
    return SealLine(
        position="",
        seal_id=seal.content.seal_id,
        seal_name=seal.content.name,
        signer=signer.name if signer else "",
        sealed_at=iso(at),
        suite=suite.name,
    )


def _sequence(octets: bytes) -> list[Tlv]:
    outer = elements(octets)
    if len(outer) != 1 or outer[0].tag != der.SEQUENCE:
        raise Malformed("ses_der")
    return elements(outer[0].value)


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
    return item.value.decode("utf-8", "replace")


def _oid(item: Tlv) -> str:
    if not item.value:
        raise Malformed("ses_der")
    return der.oid_text(item.value)


def _number(item: Tlv) -> int:
    if not 1 <= len(item.value) <= 4:
        raise Malformed("ses_der")
    return int.from_bytes(item.value, "big")


def _time(item: Tlv) -> Instant:
    text = item.value.decode("ascii", "replace")
    forms = {der.TIME: ("%Y%m%d%H%M%SZ", "%Y%m%d%H%M%S.%fZ"), der.UTC_TIME: ("%y%m%d%H%M%SZ",)}
    for pattern in forms.get(item.tag, ()):
        try:
            return instant(datetime.strptime(text, pattern).replace(tzinfo=UTC))
        except ValueError:
            continue
    raise Malformed("ses_der")
