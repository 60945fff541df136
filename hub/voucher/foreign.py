"""Other makers' files: detached GB/T 38540 SES_Signatures and SES_Seals, read tolerantly.

Rules (protocol rule 12.4):
- Octets are read as they come (`foreign_forms`); a signature may be DER or r ‖ s (`others`), its
  algorithm may be named by GM/T 0006's identifiers of SM2.
- Only cryptographic and formal facts are judged; what a register would say is `not_done`. Never
  used for messages of ours: `ses.py` reads those strictly.
"""

from collections.abc import Mapping
from typing import Final

from hub.clock import Instant, iso
from hub.errors import SealBroken, SealUntrusted
from hub.voucher import chain, others
from hub.voucher.chain import Anchors, Chain
from hub.voucher.foreign_forms import read_seal, read_signature
from hub.voucher.ports import Suite
from hub.voucher.report import Notes, Report, SealLine
from hub.voucher.ses import DIGESTS, SesSeal, SesSignature

CHAIN_MAX: Final = 10
"""Certificates in a chain: other authorities' trees are deeper than ours."""
SM2_SM3: Final = "1.2.156.10197.1.501"
_SM2_ALONE: Final = frozenset({"1.2.156.10197.1.301", "1.2.156.10197.1.301.1"})
"""SM2 named without its digest (GM/T 0006), which is SM3 in a seal whoever writes it so."""

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
    signer = chain.chain(ses.certificate, suite, anchors, CHAIN_MAX)
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
        maker = chain.chain(seal.certificate, suite, anchors, CHAIN_MAX)
        notes.run("seal_maker_signature", lambda: _maker_signature(suite, seal))
        notes.run("seal_maker_chain", lambda: _chain(maker, at))
    notes.run("seal_validity", lambda: _validity(seal, at))
    notes.not_done(("seal_status",), "no_register", "inform")


def _suite(suites: Mapping[str, Suite], algorithm: str) -> Suite | None:
    named = SM2_SM3 if algorithm in _SM2_ALONE else algorithm
    return next((s for s in suites.values() if s.signature_oid == named), None)


def _known_suite(suites: Mapping[str, Suite], seal: SesSeal) -> Suite:
    suite = _suite(suites, seal.algorithm)
    if suite is None:
        raise SealUntrusted("suite_unknown")
    return suite


def _maker_signature(suite: Suite, seal: SesSeal) -> None:
    if not others.holds(suite, seal.certificate, others.as_der(seal.signature), seal.tbs):
        raise SealBroken("seal_maker_signature")


def _validity(seal: SesSeal, at: Instant) -> None:
    if at < seal.content.valid_from:
        raise SealUntrusted("seal_not_yet_valid")
    if at > seal.content.valid_until:
        raise SealUntrusted("seal_expired")


def _listed(seal: SesSeal, ses: SesSignature, suite: Suite) -> None:
    listed = seal.content.signers
    by_digest = seal.content.list_type == DIGESTS and suite.digest(ses.certificate) in listed
    if not by_digest and ses.certificate not in listed:
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
    if not others.holds(suite, ses.certificate, others.as_der(ses.signature), ses.tbs):
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
