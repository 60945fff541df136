"""Custody: keys work, stay, and are refused where they do not belong."""

import ast
import pickle
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hub.errors import CustodyDown, Misconfigured
from hub.voucher.suites.p256_sha256 import ORDER
from keys.certificates import Issuer, Request, Subject, Use
from keys.custody import P256, SM2, FileSealMaker, Vault
from tests.support import pki

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("suite", [SM2, P256])
def test_a_saved_key_is_loaded_as_the_same_key(suite: str, tmp_path: Path) -> None:
    vault = pki.vault()
    key = vault.generate(suite)
    vault.save(key, tmp_path / "key.pem")
    loaded = pki.vault().load(tmp_path / "key.pem")
    assert (suite, key.public_key_info, True) == (
        loaded.suite,
        loaded.public_key_info,
        loaded.development,
    )


@pytest.mark.parametrize(
    ("code", "vault"),
    [
        ("key_passphrase_wrong", Vault(pki.ENV, b"another", development=True)),
        ("key_other_environment", Vault("sd-prod", pki.PASSPHRASE, development=True)),
        ("key_for_development", Vault(pki.ENV, pki.PASSPHRASE, development=False)),
    ],
)
def test_a_key_is_refused_where_it_does_not_belong(code: str, vault: Vault, tmp_path: Path) -> None:
    maker = pki.vault()
    maker.save(maker.generate(SM2), tmp_path / "key.pem")
    maker.load(tmp_path / "key.pem")
    with pytest.raises(Misconfigured) as refused:
        vault.load(tmp_path / "key.pem")
    assert code == refused.value.code


def test_a_production_key_is_taken_by_a_production_vault(tmp_path: Path) -> None:
    vault = Vault(pki.ENV, pki.PASSPHRASE, development=False)
    vault.save(vault.generate(P256), tmp_path / "key.pem")
    assert not vault.load(tmp_path / "key.pem").development


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    vault = pki.vault()
    path = tmp_path / "key.pem"
    vault.save(vault.generate(P256), path)
    assert 0o600 == path.stat().st_mode & 0o777
    path.chmod(0o640)
    with pytest.raises(Misconfigured, match="key_file_permissions"):
        vault.load(path)


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    vault = pki.vault()
    vault.save(vault.generate(P256), tmp_path / "key.pem")
    with pytest.raises(Misconfigured, match="key_file_exists"):
        vault.save(vault.generate(P256), tmp_path / "key.pem")


def test_every_cut_or_flipped_key_file_is_refused_by_code(tmp_path: Path) -> None:
    vault = pki.vault()
    path = tmp_path / "key.pem"
    vault.save(vault.generate(P256), path)
    good = path.read_bytes()
    lines = good.split(b"\n")
    changed = [good[:40], good[:-60], b"\n".join(lines[:2] + lines[3:]), b"", lines[0]]
    for octets in changed:
        path.write_bytes(octets)
        with pytest.raises(Misconfigured):
            vault.load(path)


def test_a_private_key_does_not_travel() -> None:
    key = pki.vault().generate(SM2)
    with pytest.raises(CustodyDown, match="key_stays_in_custody"):
        pickle.dumps(key)
    assert "PrivateKey(sm2-sm3)" == repr(key)


def test_p256_signatures_have_the_low_s() -> None:
    signatures = pki.vault().generate(P256).sign([bytes((n,)) for n in range(64)])
    assert all(decode_dss_signature(s)[1] <= ORDER // 2 for s in signatures)


def test_a_key_of_another_certificate_is_refused() -> None:
    vault = pki.vault()
    one, other = vault.generate(P256), vault.generate(P256)
    name = Subject("o", "cn")
    request = Request(name, one.public_key_info, Use.SEAL, pki.AT, pki.AT)
    certificate = Issuer(name, one).issue([request])[0]
    assert x509.load_der_x509_certificate(certificate).serial_number > 0
    FileSealMaker(b"", certificate, one)
    with pytest.raises(Misconfigured, match="key_of_another_certificate"):
        FileSealMaker(b"", certificate, other)


def test_private_key_functions_are_called_in_custody_only() -> None:
    words = {
        "private_bytes", "private_numbers", "load_pem_private_key", "load_der_private_key",
        "derive_private_key", "generate_private_key", "load_pkcs12",
    }  # fmt: skip
    allowed = {"keys/custody.py", "keys/sm2_keys.py"}
    found = set()
    for folder in ("hub", "keys", "adapters", "ops", "schemas"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            if any(word in text for word in words):
                nodes = ast.walk(ast.parse(text))
                if any(isinstance(n, ast.Attribute) and n.attr in words for n in nodes):
                    found.add(str(path.relative_to(ROOT)))
    assert "keys/custody.py" in found
    assert set() == found - allowed
