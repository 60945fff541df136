"""Certificate revocation lists (RFC 5280 §5) of both suites: built, and read after verification.

Rules of this file:
- A CRL is believed only when its signature holds under an issuer that the caller trusts.
- Key compromise counts from the invalidity date where the CRL gives one (protocol rule 8.4).
- Numbers go up; the caller compares them, within one issuer and scope: a CRL that stands for a part
  of its issuer's certificates (issuingDistributionPoint) replaces none but that part's.
- Changes alone (delta), other issuers' certificates (indirect), and whatever else is critical and
  not understood: not taken, for what such a CRL leaves out says nothing. One that is on record from
  before this rule stands beside the others: what it revokes is revoked.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from hub.clock import Instant, generalized_time, instant
from hub.errors import SealUntrusted
from hub.trust.model import Revocations
from hub.voucher import others
from hub.voucher.certificates import parse
from hub.voucher.ports import Suite
from keys import der
from keys.certificates import SIGNATURE_OID, Issuer, algorithm, key_id, signed

_UNDERSTOOD: Final = (x509.CRLReason, x509.InvalidityDate)
"""Of one entry; whose certificate it is, where not the CRL issuer's, is not."""
_READ: Final = (x509.CRLNumber, x509.AuthorityKeyIdentifier)
"""Of a whole CRL; critical or not."""
REASONS = {"unspecified": 0, "key_compromise": 1, "superseded": 4, "cessation": 5, "hold": 6}


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate on a CRL."""

    serial: int
    revoked_at: Instant
    reason: str = "unspecified"
    invalid_since: Instant | None = None
    """Invalidity date: since when the key must be thought lost."""


def build_crl(
    issuer: Issuer,
    number: int,
    this_update: Instant,
    next_update: Instant,
    entries: Sequence[Revoked],
) -> bytes:
    """A signed CRL, DER, with number, reasons and invalidity dates.

    Required: `number` is above every earlier one of this issuer; reasons are keys of `REASONS`.

    Source: RFC 5280, 5.1; RFC 5280, 5.2.3; RFC 5280, 5.3.1; RFC 5280, 5.3.2
    """
    extensions = (
        der.sequence(
            der.oid("2.5.29.35"),
            der.octets(der.sequence(der.element(0x80, key_id(issuer.key.public_key_info)))),
        ),
        der.sequence(der.oid("2.5.29.20"), der.octets(der.integer(number))),
    )
    body = der.sequence(
        der.integer(1),
        algorithm(issuer.key.suite),
        issuer.subject.der,
        der.time(this_update),
        der.time(next_update),
        der.sequence(*map(_entry, entries)) if entries else b"",
        der.explicit(0, der.sequence(*extensions)),
    )
    return signed(body, issuer.key.suite, issuer.key.sign([body])[0])


def read_crl(
    octets: bytes, issuers: Sequence[bytes], suites: Mapping[str, Suite], *, on_record: bool = False
) -> Revocations:
    """What a CRL says, after its signature held under one of these DER certificates.

    A serial counts from its invalidity date where that is earlier. Number and dates are told, not
    judged: `hub.trust.revoking.keep_crl` compares numbers. `on_record`: it was taken before now; a
    part that is not understood then has a scope of its own, so that it takes no other's place.

    Raises:
        SealUntrusted: `crl_form`, `crl_partial`, `crl_issuer_unknown`, `crl_signature`.

    Source: RFC 5280, 5.1; RFC 5280, 5.2; RFC 5280, 5.3.2; protocol rule 14.6
    """
    try:
        crl = x509.load_der_x509_crl(octets)
        name = crl.issuer.public_bytes()
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        following = crl.next_update_utc
        within, revoked = _read(crl, octets, on_record=on_record)
    except SealUntrusted:
        raise
    except Exception as error:  # whatever the parser raises, this is no CRL
        raise SealUntrusted("crl_form") from error
    if following is None:
        raise SealUntrusted("crl_form")
    oid = crl.signature_algorithm_oid.dotted_string
    suite = next(
        (suites[n] for n, arc in SIGNATURE_OID.items() if arc == oid and n in suites), None
    )
    candidates = [c for c in issuers if _subject(c) == name]
    if suite is None or not candidates:
        raise SealUntrusted("crl_issuer_unknown")
    signature, signed_octets = crl.signature, crl.tbs_certlist_bytes
    if not any(others.holds(suite, c, signature, signed_octets) for c in candidates):
        raise SealUntrusted("crl_signature")
    updated = instant(crl.last_update_utc)
    return Revocations(name, number, updated, instant(following), revoked, within)


def scope(crl: x509.CertificateRevocationList) -> bytes:
    """For which of its issuer's certificates a CRL stands: its issuingDistributionPoint, DER.

    Empty: for all of them.

    Raises:
        SealUntrusted: `crl_partial`: it holds changes alone, stands for other issuers too, or bears
            what is critical and not understood.

    Source: RFC 5280, 5.2; RFC 5280, 5.2.4; RFC 5280, 5.2.5
    """
    found = b""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint) and not value.indirect_crl:
            found = value.public_bytes()
        elif isinstance(value, _READ):
            continue
        elif extension.critical or isinstance(
            value, (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)
        ):
            raise SealUntrusted("crl_partial")
    if any(map(_odd, crl)):
        raise SealUntrusted("crl_partial")
    return found


def _read(
    crl: x509.CertificateRevocationList, octets: bytes, *, on_record: bool
) -> tuple[bytes, dict[int, Instant]]:
    """Scope and serials."""
    try:
        within = scope(crl)
    except SealUntrusted:
        if not on_record:
            raise
        within = hashlib.sha256(octets).digest()
    return within, {entry.serial_number: _since(entry) for entry in crl}


def _odd(entry: x509.RevokedCertificate) -> bool:
    return any(e.critical and not isinstance(e.value, _UNDERSTOOD) for e in entry.extensions)


def _entry(entry: Revoked) -> bytes:
    extensions = [
        der.sequence(
            der.oid("2.5.29.21"), der.octets(der.element(0x0A, bytes((REASONS[entry.reason],))))
        )
    ]
    if entry.invalid_since is not None:
        when = der.element(0x18, generalized_time(entry.invalid_since).encode())
        extensions.append(der.sequence(der.oid("2.5.29.24"), der.octets(when)))
    return der.sequence(
        der.integer(entry.serial), der.time(entry.revoked_at), der.sequence(*extensions)
    )


def _since(entry: x509.RevokedCertificate) -> Instant:
    revoked = instant(entry.revocation_date_utc)
    try:
        invalid = entry.extensions.get_extension_for_class(x509.InvalidityDate).value
    except x509.ExtensionNotFound:
        return revoked
    return min(revoked, instant(invalid.invalidity_date_utc))


def _subject(certificate: bytes) -> bytes:
    facts = parse(certificate)
    return facts.subject if facts is not None else b""
