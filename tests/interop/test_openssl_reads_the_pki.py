"""The openssl command verifies what a ceremony made: chains, CRLs, key files, SM2 signatures."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from keys.ceremony import Made
from keys.folders import certificate_file
from keys.keyring import open_keyring
from tests.support import pki

ID = "1234567812345678"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    if shutil.which("openssl") is None:
        assert not os.getenv("CI"), "openssl is needed"
        pytest.skip("no openssl command")
    return pki.make(tmp_path_factory.mktemp("openssl"))


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_every_signer_chains_to_the_sm2_root(made: Made) -> None:
    signers = sorted(made.out.glob("parties/*/*/signer.cer"))
    assert len(signers) > 10
    root = made.out / "ca/seal-root/root.cer"
    said = openssl("verify", "-vfyopt", f"distid:{ID}", "-x509_strict", "-CAfile", root, *signers)
    assert len(signers) == said.count(": OK")


def test_the_right_id_matters(made: Made) -> None:
    signer = made.out / "parties" / str(pki.FINANCE) / "gz" / "signer.cer"
    root = made.out / "ca/seal-root/root.cer"
    assert "OK" in openssl("verify", "-vfyopt", f"distid:{ID}", "-CAfile", root, signer)
    wrong = openssl("verify", "-vfyopt", "distid:another", "-CAfile", root, signer)
    assert "certificate signature failure" in wrong


def test_tls_certificates_are_for_their_purpose(made: Made) -> None:
    root = made.out / "ca/node-root/root.cer"
    node, broker = made.out / "nodes/icbc/tls.cer", made.out / "brokers/one/tls.cer"
    for purpose, certificate, good in (
        ("sslclient", node, True),
        ("sslserver", node, False),
        ("sslserver", broker, True),
        ("sslclient", broker, False),
    ):
        said = openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", root, certificate)
        assert good == ("OK" in said), said
    text = openssl("verify", "-verify_hostname", "localhost", "-CAfile", root, broker)
    assert "OK" in text


def test_crls_verify_under_their_roots(made: Made) -> None:
    roots = {certificate_file(path) for path in (made.out / "trust" / "anchors").glob("*.cer")}
    assert 2 == len(roots)
    verified = 0
    for crl in (made.out / "trust" / "crl").glob("*.crl"):
        for anchor in (made.out / "ca").glob("*-root/root.cer"):
            said = openssl("crl", "-inform", "DER", "-in", crl, "-CAfile", anchor, "-noout")
            verified += "verify OK" in said
    assert verified >= 1


def test_a_key_file_opens_with_its_passphrase_only(made: Made) -> None:
    key = made.out / "parties" / str(pki.FINANCE) / "gz" / "key.pem"
    good = openssl("pkey", "-in", key, "-passin", f"pass:{pki.PASSPHRASE.decode()}", "-pubout")
    assert "BEGIN PUBLIC KEY" in good
    assert "BEGIN" not in openssl("pkey", "-in", key, "-passin", "pass:wrong", "-pubout")


def test_openssl_verifies_what_custody_signed(made: Made, tmp_path: Path) -> None:
    maker = open_keyring(made.out / "parties" / str(pki.FINANCE), pki.vault()).maker("cz_gz")
    data, signature, public = tmp_path / "data", tmp_path / "signature", tmp_path / "public"
    data.write_bytes(b"octets to be signed")
    signature.write_bytes(maker.sign([data.read_bytes()])[0])
    cer = made.out / "parties" / str(pki.FINANCE) / "gz" / "signer.cer"
    public.write_text(openssl("x509", "-in", cer, "-pubkey", "-noout"))
    arguments = (
        "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-digest", "sm3",
        "-pkeyopt", f"distid:{ID}", "-in", data, "-sigfile", signature,
    )  # fmt: skip
    assert "Verified Successfully" in openssl(*arguments)
    data.write_bytes(b"octets to be signeD")
    assert "Verification Failure" in openssl(*arguments).replace("Signature ", "")
