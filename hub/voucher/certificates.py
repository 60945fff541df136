"""X.509 certificates as facts, sliced from their own octets (RFC 5280, the part used here).

Rules: names are compared as octets and shown tolerantly, for real certificates carry names that do
not decode; a certificate with an unknown critical extension says so and stands in no chain.
"""

from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import x509

from hub.clock import Instant, instant

_KNOWN_CRITICAL: Final = frozenset(
    {
        "key_usage",
        "basic_constraints",
        "extended_key_usage",
        "certificate_policies",  # any policy will do
        "subject_alt_name",  # names decide nothing
        "issuer_alt_name",
    }
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What of a certificate matters for seals. Names are octets; `name` is for people's eyes only.

    Source: RFC 5280, 4.1; GB/T 20518
    """

    octets: bytes
    subject: bytes
    issuer: bytes
    serial: int
    spki: bytes
    tbs: bytes
    algorithm: str
    signature: bytes
    not_before: Instant
    not_after: Instant
    may_sign: bool
    """Key usage digitalSignature or nonRepudiation, or no key usage at all."""
    is_authority: bool
    understood: bool
    """False: it bears a critical extension that is not understood here."""
    path_length: int | None

    @property
    def name(self) -> str:
        """Common name or what there is, for people only."""
        try:
            native = x509.Name.load(self.subject).native
        except Exception:  # noqa: BLE001 - real certificates carry names that do not decode
            return ""
        return str(native.get("common_name") or native.get("organization_name") or "")


def parse(octets: bytes) -> Certificate | None:
    """Facts of a DER certificate; None for anything that is none, never an exception.

    Nothing is judged: validity, signature and chain are the caller's to check (`chain`).

    Source: RFC 5280, 4.1; RFC 5280, 4.2; RFC 5280, 4.2.1.3; RFC 5280, 4.2.1.9; GB/T 20518
    """
    try:
        certificate = x509.Certificate.load(octets, strict=True)
        return _facts(octets, certificate)
    except Exception:  # noqa: BLE001 - asn1crypto raises many kinds for malformed content
        return None


def _facts(octets: bytes, certificate: Any) -> Certificate:  # noqa: ANN401 - untyped library
    tbs = certificate["tbs_certificate"]
    usage: set[str] | None = None
    authority, length, understood = False, None, True
    for extension in tbs["extensions"] or ():
        name = extension["extn_id"].native
        if name == "key_usage":
            usage = set(extension["extn_value"].parsed.native)
        elif name == "basic_constraints":
            authority = bool(extension["extn_value"].parsed["ca"].native)
            length = extension["extn_value"].parsed["path_len_constraint"].native
        if extension["critical"].native and name not in _KNOWN_CRITICAL:
            understood = False
    if certificate["signature_algorithm"].dump() != tbs["signature"].dump():
        raise ValueError
    return Certificate(
        octets=octets,
        subject=tbs["subject"].dump(),
        issuer=tbs["issuer"].dump(),
        serial=tbs["serial_number"].native,
        spki=tbs["subject_public_key_info"].dump(),
        tbs=tbs.dump(),
        algorithm=certificate["signature_algorithm"]["algorithm"].dotted,
        signature=certificate["signature_value"].native,
        not_before=instant(tbs["validity"]["not_before"].native),
        not_after=instant(tbs["validity"]["not_after"].native),
        may_sign=usage is None or bool(usage & {"digital_signature", "non_repudiation"}),
        is_authority=authority and (usage is None or "key_cert_sign" in usage),
        understood=understood,
        path_length=length,
    )
