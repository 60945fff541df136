"""CRLs of both suites: built, read, and refused where they do not hold."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import DAY, Instant
from hub.errors import SealUntrusted
from hub.trust.model import in_force
from hub.voucher import der
from hub.voucher.foreign_forms import elements
from hub.voucher.others import P256_ORDER
from keys.certificates import Issuer, Request, Subject, Use
from keys.crl import Revoked, build_crl, read_crl
from keys.custody import P256, SM2
from tests.support import pki
from tests.support.sealed import suites

NEXT = Instant(pki.AT + 7 * DAY)


def an_issuer(suite: str, name: str = "root") -> tuple[Issuer, bytes]:
    issuer = Issuer(Subject("测试", name), pki.vault().generate(suite))
    request = Request(issuer.subject, issuer.key.public_key_info, Use.ROOT, pki.AT, NEXT)
    return issuer, issuer.issue([request])[0]


@pytest.mark.parametrize("suite", [SM2, P256])
def test_a_crl_says_what_was_put_in(suite: str) -> None:
    issuer, certificate = an_issuer(suite)
    entries = (
        Revoked(7, Instant(pki.AT + 3000), "key_compromise", Instant(pki.AT + 1000)),
        Revoked(2**120, Instant(pki.AT + 2000)),
    )
    crl = build_crl(issuer, 5, pki.AT, NEXT, entries)
    read = read_crl(crl, [certificate], suites())
    assert {7: pki.AT + 1000, 2**120: pki.AT + 2000} == read.revoked
    assert (5, pki.AT, NEXT) == (read.number, read.this_update, read.next_update)
    assert {} == read_crl(build_crl(issuer, 6, pki.AT, NEXT, ()), [certificate], suites()).revoked


@pytest.mark.parametrize("suite", [SM2, P256])
def test_a_crl_is_refused_unless_a_trusted_issuer_signed_it(suite: str) -> None:
    issuer, certificate = an_issuer(suite)
    _, namesake = an_issuer(suite)
    _, stranger = an_issuer(suite, "another")
    crl = build_crl(issuer, 1, pki.AT, NEXT, (Revoked(7, pki.AT),))
    assert {7} == read_crl(crl, [stranger, namesake, certificate], suites()).revoked.keys()
    for code, octets, issuers in (
        ("crl_issuer_unknown", crl, [stranger]),
        ("crl_signature", crl, [namesake]),
        ("crl_signature", crl[:-1] + bytes((crl[-1] ^ 1,)), [certificate]),
        ("crl_form", crl[:-1], [certificate]),
        ("crl_form", b"", [certificate]),
    ):
        with pytest.raises(SealUntrusted) as refused:
            read_crl(octets, issuers, suites())
        assert code == refused.value.code


def test_a_crl_of_a_suite_that_is_switched_off_is_not_believed() -> None:
    issuer, certificate = an_issuer(SM2)
    crl = build_crl(issuer, 1, pki.AT, NEXT, ())
    with pytest.raises(SealUntrusted, match="crl_issuer_unknown"):
        read_crl(crl, [certificate], {P256: suites()[P256]})


def test_a_crl_signed_with_either_s_is_believed_and_no_other() -> None:
    issuer, certificate = an_issuer(P256)
    crl = build_crl(issuer, 5, pki.AT, NEXT, (Revoked(7, pki.AT),))
    tbs, algorithm, signature = (part.octets for part in elements(elements(crl)[0].value))
    pair = der.pair(elements(signature)[0].value[1:])
    assert pair is not None
    for s in (pair[1], P256_ORDER - pair[1], pair[1] ^ 1):
        value = der.build(der.SEQUENCE, der.integer(pair[0]), der.integer(s))
        octets = der.build(der.SEQUENCE, tbs, algorithm, der.build(der.BITS, b"\0", value))
        if s == pair[1] ^ 1:
            with pytest.raises(SealUntrusted, match="crl_signature"):
                read_crl(octets, [certificate], suites())
        else:
            assert {7} == read_crl(octets, [certificate], suites()).revoked.keys()


AT = datetime(2026, 11, 1, tzinfo=UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another maker's CA")])
KEY = ec.generate_private_key(ec.SECP256R1())
NOWHERE = ObjectIdentifier("1.2.3.4")
OTHER = x509.CertificateIssuer([x509.DNSName("elsewhere")])


def their_certificate() -> bytes:
    """The CA's own certificate, by another library."""
    made = x509.CertificateBuilder(NAME, NAME, KEY.public_key(), 1, AT, AT + timedelta(days=9))
    usual = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return usual.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def their_crl(
    number: int,
    serials: tuple[int, ...],
    *extensions: tuple[x509.ExtensionType, bool],
    beside: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    number_critical: bool = False,
) -> bytes:
    """A CRL of the same CA; `extensions` with whether each is critical, `beside` on each entry.

    `number_critical`: whether its number is.
    """
    made = x509.CertificateRevocationListBuilder(NAME, AT, AT + timedelta(days=7))
    made = made.add_extension(x509.CRLNumber(number), critical=number_critical)
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, AT)
        for extension, critical in beside:
            entry = entry.add_extension(extension, critical)
        made = made.add_revoked_certificate(entry.build())
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def a_part(name: str) -> tuple[x509.ExtensionType, bool]:
    """As large CAs cut their lists: each distribution point has its own."""
    point = [x509.UniformResourceIdentifier(f"http://ca.invalid/{name}.crl")]
    return x509.IssuingDistributionPoint(
        full_name=point, relative_name=None, only_contains_user_certs=False,
        only_contains_ca_certs=False, only_some_reasons=None, indirect_crl=False,
        only_contains_attribute_certs=False,
    ), True  # fmt: skip


CERTIFICATE = their_certificate()
WHOLE = their_crl(1, (7, 8), beside=((x509.CRLReason(x509.ReasonFlags.key_compromise), False),))
INDIRECT = x509.IssuingDistributionPoint(
    full_name=None, relative_name=None, only_contains_user_certs=False,
    only_contains_ca_certs=False, only_some_reasons=None, indirect_crl=True,
    only_contains_attribute_certs=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("extensions", "beside"),
    [
        (((x509.DeltaCRLIndicator(1), True),), ()),
        (((x509.DeltaCRLIndicator(1), False),), ()),
        (((INDIRECT, True),), ()),
        (((x509.UnrecognizedExtension(NOWHERE, b"\5\0"), True),), ()),
        ((), ((OTHER, True),)),
    ],
)
def test_a_crl_that_says_nothing_of_what_it_leaves_out_is_refused(
    extensions: tuple[tuple[x509.ExtensionType, bool], ...],
    beside: tuple[tuple[x509.ExtensionType, bool], ...],
) -> None:
    """A delta of a trusted CA has a higher number: it would make the revoked good again."""
    certificate = their_certificate()
    usual = ((x509.CRLReason(x509.ReasonFlags.key_compromise), False),)
    unknown = (x509.UnrecognizedExtension(NOWHERE, b"\5\0"), False)
    good = their_crl(1, (7, 8), unknown, beside=usual)
    assert {7, 8} == read_crl(good, [certificate], suites()).revoked.keys()
    partial = their_crl(2, (9,), *extensions, beside=beside)
    with pytest.raises(SealUntrusted, match="crl_partial"):
        read_crl(partial, [certificate], suites())
    kept = read_crl(partial, [certificate], suites(), on_record=True)
    whole = read_crl(good, [certificate], suites(), on_record=True)
    assert [{9}, {7, 8}] == [set(kept.revoked), set(whole.revoked)]
    assert [whole, kept] == in_force([kept, whole])  # it takes no other's place


def test_a_crl_whose_number_is_marked_critical_is_read() -> None:
    certificate = their_certificate()
    read = read_crl(their_crl(3, (7,), number_critical=True), [certificate], suites())
    assert (3, {7}) == (read.number, set(read.revoked))


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_crl_is_refused_by_code_and_ends_no_program(data: st.DataObject) -> None:
    octets = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SealUntrusted):
        read = read_crl(bytes(octets), [CERTIFICATE], suites())
        assert (1, {7, 8}) == (read.number, set(read.revoked))  # only the unsigned was bent


def test_a_crl_of_an_unknown_version_is_no_crl() -> None:
    """The parser has an error of its own for it."""
    at = WHOLE.index(bytes.fromhex("020101"))
    bent = WHOLE[:at] + bytes.fromhex("020105") + WHOLE[at + 3 :]
    with pytest.raises(SealUntrusted, match="crl_form"):
        read_crl(bent, [CERTIFICATE], suites())


def test_parts_of_one_issuer_are_told_apart() -> None:
    certificate = their_certificate()
    crls = [their_crl(n, (n,), a_part(name)) for n, name in ((7, "a"), (9, "b"), (8, "a"))]
    first, other, again = (read_crl(crl, [certificate], suites()) for crl in crls)
    assert first.scope == again.scope != other.scope
    assert b"" == read_crl(their_crl(1, ()), [certificate], suites()).scope
