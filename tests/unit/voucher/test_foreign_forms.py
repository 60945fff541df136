"""What other makers write otherwise and mean the same: each form is read, and a change is seen."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest

from hub.clock import Instant
from hub.errors import Malformed
from hub.voucher import chain, der, others
from hub.voucher.chain import GivenAnchors
from hub.voucher.foreign import CHAIN_MAX, examine_signature, inspect_seal
from hub.voucher.foreign_forms import Tlv, elements, read_seal, read_signature, unwrapped
from hub.voucher.report import Report
from tests.support.foreign import DATA, a_foreign_file
from tests.support.sealed import NOW, Holder, a_certificate, a_holder, a_key, suites

SUITES = ("p256-sha256", "sm2-sm3")
P256, SM2 = SUITES
Outer = list[bytes]


def examined(octets: bytes, suite: str, data: bytes = DATA) -> Report:
    _, anchors = a_foreign_file(suite)
    return examine_signature(octets, data, suites=suites(), anchors=anchors, at=NOW)


def parts(octets: bytes) -> list[Tlv]:
    return elements(elements(octets)[0].value)


def rebuilt(octets: bytes, at: int, change: Callable[[Tlv], bytes]) -> bytes:
    """The structure with one of its parts written otherwise."""
    found = parts(octets)
    return der.build(
        der.SEQUENCE, *(change(p) if n == at else p.octets for n, p in enumerate(found))
    )


def bits(value: bytes) -> bytes:
    return der.build(der.BITS, b"\0", value)


def raw(part: Tlv) -> bytes:
    pair = der.pair(part.value[1:])
    assert pair is not None
    return bits(b"".join(n.to_bytes(32, "big") for n in pair))


def upper(part: Tlv) -> bytes:
    """The same ECDSA signature with the other s."""
    pair = der.pair(part.value[1:])
    assert pair is not None
    r, s = pair
    other = der.build(der.SEQUENCE, der.integer(r), der.integer(others.P256_ORDER - s))
    return bits(other)


def identifier(part: Tlv) -> bytes:
    return der.build(der.SEQUENCE, part.octets, b"\x05\x00")


UNSIGNED: dict[str, tuple[int, Callable[[Tlv], bytes]]] = {
    "r and s in a row": (3, raw),
    "r and s in an OCTET STRING": (3, lambda p: der.build(der.OCTETS, p.value[1:])),
    "a certificate without a string around it": (1, lambda p: p.value),
    "an AlgorithmIdentifier": (2, identifier),
}


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("form", UNSIGNED)
def test_another_form_beside_what_was_signed_passes(suite: str, form: str) -> None:
    good, _ = a_foreign_file(suite)
    octets = rebuilt(good, *UNSIGNED[form])
    assert octets != good
    assert "TOTAL_PASSED" == examined(octets, suite).indication
    changed = examined(octets, suite, DATA + b" ")
    assert ("TOTAL_FAILED", "HASH_FAILURE") == (changed.indication, changed.sub_indication)
    spoilt = bytearray(octets)
    spoilt[-1] ^= 1
    assert "SIG_CRYPTO_FAILURE" == examined(bytes(spoilt), suite).sub_indication


def test_either_s_of_an_ecdsa_signature_passes_and_no_other() -> None:
    good, _ = a_foreign_file(P256)
    assert "TOTAL_PASSED" == examined(good, P256).indication
    assert "TOTAL_PASSED" == examined(rebuilt(good, 3, upper), P256).indication
    beyond = der.build(der.SEQUENCE, der.integer(1), der.integer(others.P256_ORDER))
    octets = rebuilt(good, 3, lambda _: bits(beyond))
    assert "SIG_CRYPTO_FAILURE" == examined(octets, P256).sub_indication


@pytest.mark.parametrize("oid", ["1.2.156.10197.1.301", "1.2.156.10197.1.301.1"])
def test_sm2_named_without_its_digest_is_sm2_with_sm3(oid: str) -> None:
    good, _ = a_foreign_file(SM2)
    octets = rebuilt(good, 2, lambda _: der.oid(oid))
    assert "TOTAL_PASSED" == examined(octets, SM2).indication
    ours, _ = a_foreign_file(P256)
    report = examined(rebuilt(ours, 2, lambda _: der.oid(oid)), P256)
    assert "TOTAL_PASSED" != report.indication


def lines(octets: bytes, width: int, end: bytes) -> bytes:
    text = base64.b64encode(octets)
    return end.join(text[at : at + width] for at in range(0, len(text), width)) + end


@pytest.mark.parametrize("suite", SUITES)
def test_base64_lines_of_any_length_are_read(suite: str) -> None:
    good, anchors = a_foreign_file(suite)
    whole = base64.b64encode(good)
    for text in (
        whole, whole.rstrip(b"="), lines(good, 64, b"\n"), lines(good, 76, b"\r\n"),
        lines(good, 19, b" \n"), b"\xef\xbb\xbf" + lines(good, 64, b"\r\n"),
        b"-----BEGIN SES SIGNATURE-----\r\n" + lines(good, 64, b"\r\n")
        + b"-----END SES SIGNATURE-----\r\n",
    ):  # fmt: skip
        assert good == unwrapped(text)
        assert "TOTAL_PASSED" == examined(text, suite).indication
        assert "TOTAL_FAILED" == examined(text[:-40], suite).indication
    seal = read_signature(good)[0].seal
    found, report = inspect_seal(lines(seal, 64, b"\n"), suites=suites(), anchors=anchors, at=NOW)
    assert found == read_seal(seal)
    assert "TOTAL_PASSED" == report.indication


def test_what_is_no_text_around_a_structure_stays_as_it_is() -> None:
    for octets in (b"", b"\x05\x00", b"not base64 !", b"QUJD", b"\xff\xfe", "印章".encode()):
        assert octets == unwrapped(octets)
        with pytest.raises(Malformed, match="ses_der"):
            read_signature(octets)


def sealed_at(value: bytes, tag: int = der.TIME) -> Instant:
    good, _ = a_foreign_file(P256)
    tbs = rebuilt(parts(good)[0].octets, 2, lambda _: der.build(tag, value))
    return read_signature(rebuilt(good, 0, lambda _: tbs))[0].sealed_at


def test_times_with_fractions_offsets_or_without_seconds_are_read() -> None:
    noon = sealed_at(b"20261121120000Z")
    assert noon == sealed_at(b"20261121200000+0800")
    assert noon == sealed_at(b"202611211200Z")
    assert noon == sealed_at(b"20261121120000.000000000Z")
    assert Instant(noon + 123) == sealed_at(b"20261121120000.1234567Z")
    assert noon == sealed_at(b"261121120000Z", der.UTC_TIME)
    assert noon == sealed_at(b"261121200000+0800", der.UTC_TIME)
    assert sealed_at(b"19991231235959Z") == sealed_at(b"991231235959Z", der.UTC_TIME)
    for wrong in (b"20261121120000", b"20261321120000Z", b"2026112112Z", b"", b"20261121120000.Z"):
        with pytest.raises(Malformed, match="ses_der"):
            sealed_at(wrong)


def test_names_in_other_alphabets_are_shown() -> None:
    good, _ = a_foreign_file(P256)
    seal = read_signature(good)[0].seal

    def named(tag: int, value: bytes) -> str:
        def prop(part: Tlv) -> bytes:
            return rebuilt(part.octets, 1, lambda _: der.build(tag, value))

        info = rebuilt(parts(seal)[0].octets, 2, prop)
        return read_seal(rebuilt(seal, 0, lambda _: info)).content.name

    for tag, codec in (
        (der.UTF8, "utf-8"),
        (0x1E, "utf-16-be"),
        (0x14, "gb18030"),
        (der.UTF8, "gbk"),
    ):
        assert "青禾市财政局" == named(tag, "青禾市财政局".encode(codec))


@pytest.mark.parametrize("suite_name", SUITES)
def test_a_chain_of_ten_certificates_is_followed_and_one_of_eleven_is_not(suite_name: str) -> None:
    suite = suites()[suite_name]
    above = root = a_holder(suite, "Deep Root", authority=True)
    between: list[bytes] = []
    for n in range(CHAIN_MAX - 2):
        key = a_key(suite, f"CA {n}")
        above = Holder(f"CA {n}", key, a_certificate(suite, f"CA {n}", key, above, authority=True))
        between.append(above.certificate)
    anchors = GivenAnchors((root.certificate,), tuple(reversed(between)))
    leaf = a_holder(suite, "Leaf", above)
    assert "" == chain.chain(leaf.certificate, suite, anchors, CHAIN_MAX).code
    assert "chain_unknown" == chain.chain(leaf.certificate, suite, anchors).code
    key = a_key(suite, "one more")
    last = Holder("One", key, a_certificate(suite, "One", key, above, authority=True))
    longer = replace(anchors, between=(*anchors.between, last.certificate))
    deeper = a_holder(suite, "Leaf", last)
    assert "chain_unknown" == chain.chain(deeper.certificate, suite, longer, CHAIN_MAX).code


def test_a_certificate_signed_with_the_upper_s_stands_in_a_chain() -> None:
    suite = suites()[P256]
    root = a_holder(suite, "Root", authority=True)
    leaf = a_holder(suite, "Leaf", root)
    anchors = GivenAnchors((root.certificate,))
    assert "" == chain.chain(leaf.certificate, suite, anchors).code
    high = rebuilt(leaf.certificate, 2, upper)
    assert high != leaf.certificate
    assert "" == chain.chain(high, suite, anchors).code
    broken = bytearray(high)
    broken[-1] ^= 1
    assert "chain_broken" == chain.chain(bytes(broken), suite, anchors).code
