"""Time-stamp tokens that somebody made up: whatever is in them, the answer is a code."""

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as parsed
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from hub.errors import SealUntrusted
from hub.voucher import timestamp
from hub.voucher.chain import GivenAnchors

EKU = ObjectIdentifier("2.5.29.37")
STAMPED = b"a seal"
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


def a_certificate(key: ec.EllipticCurvePrivateKey, usage: x509.ExtensionType) -> bytes:
    """Of its own making, whose purpose is `usage`."""
    made = x509.CertificateBuilder(
        x509.Name([]), x509.Name([]), key.public_key(), 7,
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC),
    ).add_extension(usage, critical=True).sign(key, hashes.SHA256())  # fmt: skip
    return made.public_bytes(serialization.Encoding.DER)


def a_claim() -> bytes:
    """TSTInfo over `STAMPED`."""
    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(STAMPED).digest(),
    }
    said = {
        "version": "v1", "policy": "1.2.3", "message_imprint": imprint, "serial_number": 1,
        "gen_time": datetime(2026, 6, 1, tzinfo=UTC),
    }  # fmt: skip
    return bytes(tsp.TSTInfo(said).dump())


def a_signer(key: ec.EllipticCurvePrivateKey, certificate: bytes, info: bytes) -> object:
    """SignerInfo: its attributes name claim and certificate, its signature holds."""
    sha256 = {"algorithm": "sha256"}
    named = {"hash_algorithm": sha256, "cert_hash": hashlib.sha256(certificate).digest()}
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
            {"type": "signing_certificate_v2", "values": [{"certs": [named]}]},
        ]
    )
    issuer = {"issuer": parsed.Certificate.load(certificate).issuer, "serial_number": 7}
    return {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": issuer}),
        "digest_algorithm": sha256,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
    }


def a_token(usage: x509.ExtensionType) -> tuple[bytes, bytes]:
    """A token and the certificate in it, whose purpose is `usage`; all signatures hold."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate, info = a_certificate(key, usage), a_claim()
    claim = {"content_type": "tst_info", "content": core.ParsableOctetString(info)}
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": claim,
            "certificates": [parsed.Certificate.load(certificate)],
            "signer_infos": [a_signer(key, certificate, info)],
        }
    )
    token = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return token.dump(), certificate


def verified(usage: x509.ExtensionType) -> timestamp.Stamp:
    token, certificate = a_token(usage)
    return timestamp.verify(token, STAMPED, GivenAnchors((certificate,)), {})


@pytest.mark.parametrize("octets", [b"", b"\xff\xff", b"\x02\x01\x05", b"\x30\x03\x06\x08\x2b"])
def test_a_purpose_that_cannot_be_read_is_no_time_stamping(octets: bytes) -> None:
    """A lazy parser finds the fault only when the purpose is asked for, after the signature."""
    assert datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000 == verified(STAMPING).at
    with pytest.raises(SealUntrusted, match="timestamp_signer"):
        verified(x509.UnrecognizedExtension(EKU, octets))
