"""Issuer and serial number of an X.509 certificate, sliced out of its DER: what a CRL names.

Rules of this file: four steps into a fixed place, nothing is decoded that is not needed, and
whatever does not look like a certificate is refused rather than guessed.
"""

from hub.errors import Malformed


def issuer_and_serial(certificate: bytes) -> tuple[bytes, int]:
    """The issuer's Name as DER, and the serial number: what a CRL names.

    Required: the octets are DER, as every certificate is; nothing but its first fields is read.

    Raises:
        Malformed: `certificate_form`.

    Source: RFC 5280, 4.1
    """
    try:
        _, start, _ = _element(certificate, 0, 0x30)
        _, at, _ = _element(certificate, start, 0x30)
        if certificate[at] == 0xA0:
            _, _, at = _element(certificate, at, 0xA0)
        _, number, at = _element(certificate, at, 0x02)
        serial = int.from_bytes(certificate[number:at], "big", signed=True)
        _, _, at = _element(certificate, at, 0x30)
        _, _, end = _element(certificate, at, 0x30)
    except IndexError as error:
        raise Malformed("certificate_form") from error
    return certificate[at:end], serial


def _element(octets: bytes, at: int, tag: int) -> tuple[int, int, int]:
    """(tag, start of content, end) of the element at `at`; lengths in definite form only."""
    if octets[at] != tag:
        raise Malformed("certificate_form")
    length, start = octets[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 3:
            raise Malformed("certificate_form")
        length = int.from_bytes(octets[start : start + count], "big")
        start += count
    if start + length > len(octets):
        raise Malformed("certificate_form")
    return tag, start, start + length
