"""Issuer and serial number of a certificate, or a refusal: never a guess."""

from cryptography import x509

from hub.trust.certificate_id import issuer_and_serial
from tests.support.attacked import code_of
from tests.support.sealed import a_house


def test_issuer_and_serial_are_those_that_another_parser_finds() -> None:
    octets = a_house("p256-sha256").maker.certificate
    other = x509.load_der_x509_certificate(octets)
    assert (other.issuer.public_bytes(), other.serial_number) == issuer_and_serial(octets)


def test_what_is_cut_short_or_no_certificate_is_refused() -> None:
    octets = a_house("p256-sha256").maker.certificate
    assert issuer_and_serial(octets)
    cuts = [octets[:length] for length in range(len(octets))]
    for wrong in (*cuts, b"no certificate", b"\x30\x80" + octets[2:], b"\x30\x84" + octets[2:]):
        assert "certificate_form" == code_of(lambda wrong=wrong: issuer_and_serial(wrong))  # type: ignore[misc]
