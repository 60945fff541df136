"""Critical extensions: those that ask nothing of us are understood, others are not."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.clock import moment
from hub.voucher import chain
from hub.voucher.chain import GivenAnchors
from tests.support.sealed import NOW, suites

KEY = ec.generate_private_key(ec.SECP256R1())


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def issued(name: str, *extensions: x509.ExtensionType, authority: bool = False) -> bytes:
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("Root"))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment(NOW) - timedelta(days=9))
        .not_valid_after(moment(NOW) + timedelta(days=9))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    for extension in extensions:
        made = made.add_extension(extension, critical=True)
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


ANCHORS = GivenAnchors((issued("Root", authority=True),))
POLICY = x509.PolicyInformation(x509.ObjectIdentifier("1.2.156.1.1"), None)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.156.9.9"), b"\x05\x00")
ASKING = x509.NameConstraints([x509.DNSName("example.invalid")], None)


@pytest.mark.parametrize(
    ("extension", "code"),
    [
        (x509.CertificatePolicies([POLICY]), ""),
        (x509.SubjectAlternativeName([x509.DNSName("bank.invalid")]), ""),
        (x509.IssuerAlternativeName([x509.DNSName("ca.invalid")]), ""),
        (UNKNOWN, "certificate_usage"),
        (x509.PolicyConstraints(0, None), "certificate_usage"),
    ],
)
def test_what_asks_nothing_of_us_is_understood(extension: x509.ExtensionType, code: str) -> None:
    suite = suites()["p256-sha256"]
    assert "" == chain.chain(issued("Leaf"), suite, ANCHORS).code
    assert code == chain.chain(issued("Leaf", extension), suite, ANCHORS).code


def test_an_authority_with_limits_that_are_not_kept_here_stands_in_no_chain() -> None:
    limited = GivenAnchors((issued("Root", ASKING, authority=True),))
    found = chain.chain(issued("Leaf"), suites()["p256-sha256"], limited)
    assert "chain_broken" == found.code
