"""A sealed message checked with public tools alone: a generic XML and ASN.1 reader, and openssl.

Nothing of the hub reads here what the hub has sealed: what it promises, that the GB/T 38540
signature stands over the extracted body, has to hold for somebody who has only the file.
"""

import base64
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asn1crypto import core

from hub.voucher import open_message, seal, ses
from hub.voucher.codec import write_message
from hub.voucher.model import Layer, LayerType, SealBlock
from tests.support.sealed import BUREAU, NOW, House, a_draft, a_draft_above, a_house, suites

ID = "1234567812345678"
HASHES = {"sm2-sm3": "sm3", "p256-sha256": "sha256"}


@dataclass(frozen=True)
class Extracted:
    """One seal and what it stands over, as octets out of the file."""

    body: bytes
    signed: bytes
    data_hash: bytes
    certificate: bytes
    signature: bytes
    maker: bytes
    maker_signed: bytes
    maker_signature: bytes


@pytest.fixture(autouse=True)
def _openssl() -> None:
    if shutil.which("openssl") is None:
        assert not os.getenv("CI"), "openssl is needed"
        pytest.skip("no openssl command")


def extracted(octets: bytes) -> list[Extracted]:
    """All seals of a message file."""
    found = []
    for layer in ET.fromstring(octets).iter("Layer"):  # noqa: S314 - sealed by this test
        body = base64.b64decode(layer.findtext("Voucher") or "", validate=True)
        blocks = [base64.b64decode(sign.text or "", validate=True) for sign in layer.iter("Sign")]
        found += [_seal(body, block) for block in blocks]
    return found


def _seal(body: bytes, der: bytes) -> Extracted:
    signature: Any = core.Sequence.load(der, strict=True)
    tbs: Any = core.Sequence.load(signature[0].dump(), strict=True)
    esl: Any = core.Sequence.load(tbs[1].dump(), strict=True)
    return Extracted(
        body=body,
        signed=signature[0].dump(),
        data_hash=tbs[3].contents[1:],
        certificate=signature[1].native,
        signature=signature[3].contents[1:],
        maker=esl[1].native,
        maker_signed=esl[0].dump(),
        maker_signature=esl[3].contents[1:],
    )


def openssl(folder: Path, *arguments: str) -> bytes:
    """What it prints; it must be content."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout


def holds(folder: Path, suite: str, octets: bytes, certificate: bytes, signature: bytes) -> bool:
    """What openssl says of a signature over octets under a certificate's key."""
    for name, data in (("data", octets), ("cer", certificate), ("sig", signature)):
        (folder / name).write_bytes(data)
    public = openssl(folder, "x509", "-inform", "DER", "-in", "cer", "-pubkey", "-noout")
    (folder / "pub").write_bytes(public)
    more = ("-pkeyopt", f"distid:{ID}") if suite == "sm2-sm3" else ()
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-rawin", "-digest",
         HASHES[suite], *more, "-in", "data", "-sigfile", "sig"],
        cwd=folder, check=False, capture_output=True,
    )  # fmt: skip
    return done.returncode == 0


def a_message(suite: str) -> tuple[House, bytes]:
    """An original and a receipt on it, sealed."""
    house, draft = a_house(suite), a_draft()
    original = seal(draft, house.positions(draft), house.ground(), at=NOW)
    above = a_draft_above(original, LayerType.RECEIPT)
    return house, seal(above, house.positions(above), house.ground(), at=NOW).octets


@pytest.mark.parametrize("suite", sorted(HASHES))
def test_every_seal_stands_over_its_extracted_body(suite: str, tmp_path: Path) -> None:
    _, octets = a_message(suite)
    seals = extracted(octets)
    assert len(seals) >= 2
    for one in seals:
        (tmp_path / "body").write_bytes(one.body)
        digest = openssl(tmp_path, "dgst", f"-{HASHES[suite]}", "-binary", "body")
        assert digest == one.data_hash
        assert holds(tmp_path, suite, one.signed, one.certificate, one.signature)
        assert holds(tmp_path, suite, one.maker_signed, one.maker, one.maker_signature)
        assert not holds(tmp_path, suite, one.signed + b"x", one.certificate, one.signature)


@pytest.mark.parametrize("suite", sorted(HASHES))
def test_a_changed_body_shows_in_the_digest_alone(suite: str, tmp_path: Path) -> None:
    _, octets = a_message(suite)
    one = extracted(octets)[0]
    (tmp_path / "body").write_bytes(one.body.replace(b"2026", b"2027", 1))
    digest = openssl(tmp_path, "dgst", f"-{HASHES[suite]}", "-binary", "body")
    assert digest != one.data_hash


def test_we_verify_what_openssl_signs_as_a_voucher_seal(tmp_path: Path) -> None:
    """The octets of toSign signed by the openssl command, in its own DER, under its own key."""
    house = a_house("sm2-sm3")
    draft = a_draft()
    voucher = seal(draft, house.positions(draft), house.ground(), at=NOW)
    old = ses.read_signature(open_message(voucher.octets).layers[0].seals[0].octets)
    (tmp_path / "tbs").write_bytes(old.tbs)
    openssl(tmp_path, "genpkey", "-algorithm", "SM2", "-out", "key")
    openssl(
        tmp_path, "req", "-x509", "-key", "key", "-subj", "/CN=openssl", "-sm3", "-sigopt",
        f"distid:{ID}", "-outform", "DER", "-out", "cer",
    )  # fmt: skip
    openssl(
        tmp_path, "pkeyutl", "-sign", "-inkey", "key", "-rawin", "-digest", "sm3", "-pkeyopt",
        f"distid:{ID}", "-in", "tbs", "-out", "sig",
    )  # fmt: skip
    certificate = (tmp_path / "cer").read_bytes()
    signature = (tmp_path / "sig").read_bytes()
    suite = suites()["sm2-sm3"]
    assert suite.verify(certificate, signature, old.tbs)
    assert not suite.verify(certificate, signature, old.tbs + b"x")
    block = ses.assemble_signature(old.tbs, certificate, old.algorithm, signature)
    layer = Layer(LayerType.ORIGINAL, voucher.top.body, (SealBlock("cz_jb", block),))
    octets = write_message(open_message(voucher.octets).head, (layer,))
    [one] = extracted(octets)
    assert holds(tmp_path, "sm2-sm3", one.signed, one.certificate, one.signature)
    assert BUREAU in house.makers
