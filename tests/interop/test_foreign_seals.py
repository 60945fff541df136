"""Real seals and published vectors, as their README expects; OpenSSL as second opinion."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Misconfigured, Rejection
from hub.voucher import certificates, der, xml
from hub.voucher.chain import GivenAnchors
from hub.voucher.foreign import examine_signature, inspect_seal
from hub.voucher.foreign_forms import read_seal, read_signature
from hub.voucher.report import Report
from hub.voucher.suites.p256_sha256 import P256Sha256, low_s
from hub.voucher.suites.sm2_sm3 import Sm2Sm3, open_suite
from tests.support.sealed import NOW, P256Key, Sm2Key, a_certificate, suites

ROOT = Path(os.environ.get("HUB_INTEROP_VECTORS", "/nonexistent"))  # noqa: TID251 - where they are
needs_vectors = pytest.mark.skipif(not ROOT.is_dir(), reason="HUB_INTEROP_VECTORS is not set")
SIGNED = sorted(ROOT.glob("ses/*.SignedValue.der")) or [Path("missing.SignedValue.der")]


@cache
def sm2() -> Sm2Sm3:
    suite = suites()["sm2-sm3"]
    assert isinstance(suite, Sm2Sm3)
    return suite


def results(report: Report) -> dict[str, str]:
    return {check.check: check.result for check in report.checks}


def evidence(report: Report) -> dict[str, str]:
    return {check.check: check.evidence for check in report.checks}


@needs_vectors
@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.name)
def test_real_sealed_files_hold_in_everything_but_the_unknown_root(path: Path) -> None:
    data = path.with_name(path.name.replace("SignedValue.der", "Signature.xml")).read_bytes()
    octets = path.read_bytes()
    none = GivenAnchors()
    report = examine_signature(octets, data, suites=suites(), anchors=none, at=NOW)
    for name in (
        "format", "suite", "seal_maker_signature", "signer_in_seal_list", "data_hash",
        "signer_signature",
    ):  # fmt: skip
        assert "passed" == results(report)[name], name
    assert ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND") == (
        report.indication,
        report.sub_indication,
    )
    changed = examine_signature(octets, data + b" ", suites=suites(), anchors=none, at=NOW)
    assert ("TOTAL_FAILED", "HASH_FAILURE") == (changed.indication, changed.sub_indication)


@needs_vectors
@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.name)
def test_a_real_sealed_file_passes_where_its_certificates_are_anchors(path: Path) -> None:
    octets = path.read_bytes()
    data = path.with_name(path.name.replace("SignedValue.der", "Signature.xml")).read_bytes()
    ses, _ = read_signature(octets)
    seal = read_seal(ses.seal)
    anchors = GivenAnchors((ses.certificate, seal.certificate))
    signer = certificates.parse(ses.certificate)
    assert signer is not None
    at = min(ses.sealed_at, seal.content.valid_until)
    report = examine_signature(octets, data, suites=suites(), anchors=anchors, at=at)
    if ses.sealed_at <= seal.content.valid_until:
        assert ("TOTAL_PASSED", None) == (report.indication, report.sub_indication)
    else:
        assert "TOTAL_PASSED" != report.indication


@needs_vectors
@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.name)
def test_a_flipped_octet_anywhere_in_what_was_signed_fails(path: Path) -> None:
    good = path.read_bytes()
    data = path.with_name(path.name.replace("SignedValue.der", "Signature.xml")).read_bytes()
    for at in range(30, len(good), len(good) // 12):
        octets = bytearray(good)
        octets[at] ^= 0x10
        report = examine_signature(
            bytes(octets), data, suites=suites(), anchors=GivenAnchors(), at=NOW
        )
        assert "TOTAL_FAILED" == report.indication, at


@needs_vectors
def test_seals_of_both_versions_are_recognised() -> None:
    none = GivenAnchors()
    seal, report = inspect_seal(
        (ROOT / "ses/UserV4.esl").read_bytes(), suites=suites(), anchors=none, at=NOW
    )
    assert seal is not None
    assert "passed" == results(report)["seal_maker_signature"]
    assert "seal_expired" == evidence(report)["seal_validity"]
    old, report = inspect_seal(
        (ROOT / "ses/UserV1.esl").read_bytes(), suites=suites(), anchors=none, at=NOW
    )
    assert old is None
    assert "seal_format_v1" == evidence(report)["format"]
    bad, report = inspect_seal(
        (ROOT / "ses/SESealData.DER").read_bytes(), suites=suites(), anchors=none, at=NOW
    )
    assert bad is not None
    assert "SIG_CRYPTO_FAILURE" == report.sub_indication


@needs_vectors
def test_sm2_known_answers_hold() -> None:
    known = json.loads((ROOT / "sm2/gmt0003_5_signature.json").read_text())
    spki = bytes.fromhex(
        "3059301306072a8648ce3d020106082a811ccf5501822d034200" + "04" + known["px"] + known["py"]
    )
    key = sm2().library.public_key(spki)
    assert key is not None
    r, s = int(known["r"], 16), int(known["s"], 16)
    data = known["message_ascii"].encode()
    assert sm2().library.verify(key, pair(r, s), data)
    order = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
    for bad in (
        pair(0, s), pair(r, 0), pair(r + order, s), pair(r, s + order), pair(r, order - r),
        pair(r, s) + b"\0", b"", bytes.fromhex(known["r"] + known["s"]), pair(s, r),
        b"\x30\x81" + pair(r, s)[1:], pair(r, s).replace(b"\x02\x21\x00", b"\x02\x22\x00\x00", 1),
        der.build(der.SEQUENCE, b"\x02\x01\xff", der.integer(s)),
    ):  # fmt: skip
        assert der.pair(bad) is None or not sm2().library.verify(key, bad, data)


def pair(r: int, s: int) -> bytes:
    return der.build(der.SEQUENCE, der.integer(r), der.integer(s))


@needs_vectors
def test_wycheproof_cases_of_p256_agree() -> None:
    groups = json.loads((ROOT / "wycheproof/ecdsa_secp256r1_sha256_test.json").read_text())
    count = 0
    for group in groups["testGroups"]:
        suite, certificate = P256Sha256(), around(bytes.fromhex(group["publicKeyDer"]))
        for case in group["tests"]:
            count += 1
            signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            strict = der.pair(signature)
            if case["result"] == "valid":
                assert strict is not None
                assert suite.verify(certificate, low_s(signature), message), case["tcId"]
                assert (low_s(signature) == signature) == suite.verify(
                    certificate, signature, message
                )
            else:
                assert not suite.verify(certificate, signature, message), case["tcId"]
    assert count > 400


def around(spki: bytes) -> bytes:
    """A certificate around a public key whose private key nobody here has."""
    signer = P256Key(P256Sha256())
    carrier: Any = type("Carrier", (), {"spki": spki, "sign": signer.sign})()
    return a_certificate(suites()["p256-sha256"], "Vector", carrier)


@needs_vectors
@pytest.mark.parametrize("path", sorted(ROOT.glob("xml-bombs/*.xml")), ids=lambda path: path.name)
def test_xml_bombs_are_refused_before_validation(path: Path) -> None:
    octets = path.read_bytes()
    with pytest.raises(Rejection) as refused:
        xml.read(octets)
    if not path.name.startswith("simple"):
        assert "xml_forbidden" == refused.value.code


def test_openssl_verifies_our_sm2_signature_and_we_verify_its(tmp_path: Path) -> None:
    data = b"voucher octets" * 50
    (tmp_path / "data").write_bytes(data)

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    distid = ("-pkeyopt", "distid:1234567812345678", "-rawin", "-digest", "sm3", "-in", "data")
    ours = Sm2Key(sm2())
    (tmp_path / "ours.der").write_bytes(ours.spki)
    (tmp_path / "ours.sig").write_bytes(ours.sign(data))
    key = ("-pubin", "-keyform", "DER", "-inkey", "ours.der", "-sigfile", "ours.sig")
    openssl("pkeyutl", "-verify", *key, *distid)
    openssl("genpkey", "-algorithm", "SM2", "-out", "their.key")
    openssl("pkey", "-in", "their.key", "-pubout", "-outform", "DER", "-out", "their.der")
    openssl("pkeyutl", "-sign", "-inkey", "their.key", "-out", "their.sig", *distid)
    their = sm2().library.public_key((tmp_path / "their.der").read_bytes())
    assert their is not None
    assert sm2().library.verify(their, (tmp_path / "their.sig").read_bytes(), data)


def test_a_missing_library_is_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="libcrypto_missing"):
        open_suite("libnothing.so.9")
