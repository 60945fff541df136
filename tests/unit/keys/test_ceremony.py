"""The ceremony: one call, a whole PKI, nothing overwritten, nothing readable that must not be."""

import hashlib
import ssl
import time
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509

from hub.errors import Misconfigured
from hub.parties import NodeId
from hub.trust.listing import open_list
from hub.trust.rules import consistent
from hub.trust.view import View
from keys.ceremony import Made, ceremony
from keys.custody import Vault
from keys.keyring import open_keyring, open_node_signer
from keys.trust_files import read_trust
from tests.support import pki

SECONDS_MAX: Final = 10


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return pki.make(tmp_path_factory.mktemp("ceremony"), units=2)


def test_what_nodes_read_is_what_was_made(made: Made) -> None:
    files = read_trust(made.out / "trust")
    opening = open_list(files.message, files.sections, pki.list_ground(files), pki.AT)
    read = opening.trust
    assert set(map(repr, made.trust.register)) == set(map(repr, read.register))
    assert {str(pin.party) for pin in made.pins} == {str(pin.party) for pin in files.pins}
    assert {pki.FINANCE, pki.TREASURY} == opening.sealed_by
    consistent(read.register)


@pytest.mark.parametrize(
    ("party", "position", "seal"),
    [
        (pki.FINANCE, "cz_jb", "011.370100.jb"),
        (pki.FINANCE, "cz_gz", "011.370100.gz"),
        (pki.UNIT, "dw_fzr", "800.370100-101001.fzr"),
        (pki.BANK, "hd", "102.370100.ywzyz"),
        (pki.TREASURY, "rh_zqz", "001.370100.zqz"),
    ],
)
def test_every_position_has_its_seal_and_the_seal_is_registered(
    made: Made, party: object, position: str, seal: str
) -> None:
    ring = open_keyring(made.out / "parties" / str(party), pki.vault())
    maker = ring.maker(position)
    view = View(made.trust, state=1, at=pki.AT, suites={})
    registered = view.seal(hashlib.sha256(maker.seal).digest())
    assert registered is not None
    assert (seal, party) == (registered.seal_id, registered.party)
    assert {hashlib.sha256(maker.certificate).digest()} == registered.signers
    assert maker.development


def test_a_node_signs_notices_with_its_registered_key(made: Made) -> None:
    signer = open_node_signer(made.out / "nodes" / "icbc", pki.vault())
    key = x509.load_der_x509_certificate(signer.certificate).public_key()
    assert 70 <= len(signer.sign(b"notice")) <= 72
    assert key is not None
    digests = {r.record.key for r in made.trust.register.node_keys}
    assert f"icbc|{hashlib.sha256(signer.certificate).hexdigest()}" in digests


def test_a_nodes_tls_files_load_into_a_client_context(made: Made) -> None:
    folder = made.out / "nodes" / "icbc"
    context = ssl.create_default_context(cafile=str(folder / "tls-ca.cer"))
    context.load_cert_chain(folder / "tls.cer", folder / "tls-key.pem")
    common = x509.load_pem_x509_certificate((folder / "tls.cer").read_bytes()).subject
    assert NodeId("icbc") == list(common)[-1].value


def test_only_the_owner_may_read_keys_and_no_key_but_tls_is_plain(made: Made) -> None:
    keys = sorted(made.out.rglob("*key.pem"))
    assert len(keys) > 20
    assert {0o600} == {path.stat().st_mode & 0o777 for path in keys}
    plain = {path.name for path in keys if b"ENCRYPTED" not in path.read_bytes()}
    assert {"tls-key.pem"} == plain


def test_a_ceremony_never_overwrites(made: Made) -> None:
    with pytest.raises(Misconfigured, match="folder_exists"):
        ceremony(pki.plan(), made.out, pki.vault(), pki.AT, pki.ground())


def test_a_production_vault_holds_no_development_ceremony(tmp_path: Path) -> None:
    vault = Vault(pki.ENV, pki.PASSPHRASE, development=False)
    with pytest.raises(Misconfigured, match="ceremony_for_development"):
        ceremony(pki.plan(), tmp_path / "pki", vault, pki.AT, pki.ground())
    with pytest.raises(Misconfigured, match="key_other_environment"):
        ceremony(pki.plan(), tmp_path / "pki", pki.vault("sd-prod"), pki.AT, pki.ground())


def test_a_demo_sized_ceremony_takes_seconds(tmp_path: Path) -> None:
    started = time.monotonic()  # on the wall: a person waits
    pki.make(tmp_path, units=25)
    assert time.monotonic() - started < SECONDS_MAX


def test_seals_stay_small(made: Made) -> None:
    sizes = [path.stat().st_size for path in made.out.rglob("seal.der")]
    assert max(sizes) < 5000
