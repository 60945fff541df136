"""What the keepers of keys refuse, each by its own code; the good case first."""

import base64
import shutil
from pathlib import Path

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.parties import NodeId
from hub.trust.view import View
from hub.voucher import Ground, VerdictCache, begin, prepare
from keys import crl_sources, der
from keys.custody import P256, SM2, Vault
from keys.enrolment import Site, deputise, rotate_node, rotate_seal, switch
from keys.keyring import open_keyring, open_seal
from keys.pem import from_pem, pem
from keys.remote_signer import RemoteSigner, SignerAddress
from keys.signer_server import Signer
from keys.sm2_keys import Sm2Keys
from keys.trust_files import read_pins
from tests.support import pki
from tests.support.attacked import code_of
from tests.support.office import Office
from tests.support.sealed import Known, Releases, a_draft, suites

NOW = Instant(pki.AT + HOUR)


@pytest.fixture(name="office", scope="module")
def _office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(pki.make(tmp_path_factory.mktemp("site"), "p256-sha256"))


def test_a_vault_without_a_passphrase_is_refused() -> None:
    assert pki.ENV == Vault(pki.ENV, b"x", development=True).env
    assert "key_passphrase_missing" == code_of(lambda: Vault(pki.ENV, b"", development=True))


def test_a_key_agrees_with_a_point_of_its_curve_only() -> None:
    one, other = pki.vault().generate(P256), pki.vault().generate(P256)
    point = other.public_key_info[-65:]
    assert one.agree(point) == other.agree(one.public_key_info[-65:])
    for wrong in (b"", point[:-1], b"\x04" + bytes(64), point[:-1] + bytes([point[-1] ^ 1])):
        assert "key_point" == code_of(lambda wrong=wrong: one.agree(wrong))  # type: ignore[misc]
    assert "key_suite_unknown" == code_of(lambda: pki.vault().generate(SM2).agree(point))


def test_a_key_is_of_a_known_suite() -> None:
    assert P256 == pki.vault().generate(P256).suite
    assert "key_suite_unknown" == code_of(lambda: pki.vault().generate("rsa"))


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    pki.vault().save(pki.vault().generate(P256), tmp_path / "key.pem")
    assert P256 == pki.vault().load(tmp_path / "key.pem").suite
    assert "key_file_missing" == code_of(lambda: pki.vault().load(tmp_path / "other.pem"))


def test_octets_that_are_no_sm2_key_are_refused() -> None:
    keys = Sm2Keys("libcrypto.so.3")
    key = keys.generate()
    assert key.public_key_info() == keys.load(key.private_key()).public_key_info()
    for wrong in (b"", b"no key", key.private_key()[:-9]):
        assert "sm2_key_unusable" == code_of(lambda wrong=wrong: keys.load(wrong))  # type: ignore[misc]


def test_a_keyring_is_a_map_of_seals_to_positions(office: Office, tmp_path: Path) -> None:
    ring = open_keyring(office.made.out / "parties" / str(pki.FINANCE), pki.vault())
    assert ring.maker("cz_jb").seal
    folder = tmp_path / str(pki.FINANCE)
    folder.mkdir()
    (folder / "keyring.json").write_text("{}")
    nothing = open_keyring(folder, pki.vault())
    assert "no_seal_for_position" == code_of(lambda: nothing.maker("cz_jb"))
    for wrong in ("[]", "{", "1", '{"jb": 1}'):
        (folder / "keyring.json").write_text(wrong)
        assert "keyring_form" == code_of(lambda: open_keyring(folder, pki.vault()))


def test_a_seal_folder_without_its_seal_is_told(office: Office, tmp_path: Path) -> None:
    home = office.made.out / "parties" / str(pki.FINANCE)
    shutil.copytree(home / "jb", tmp_path / "jb")
    assert open_seal(tmp_path / "jb", pki.vault()).seal
    (tmp_path / "jb" / "seal.der").unlink()
    assert "seal_file_missing" == code_of(lambda: open_seal(tmp_path / "jb", pki.vault()))


def test_a_crl_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.crl"
    with path.open("wb") as file:
        file.truncate(crl_sources.BYTES_MAX)
    assert crl_sources.BYTES_MAX == len(crl_sources.fetch(str(path)))
    with path.open("wb") as file:
        file.truncate(crl_sources.BYTES_MAX + 1)
    assert "crl_too_large" == code_of(lambda: crl_sources.fetch(str(path)))


def test_what_is_rotated_or_deputised_is_listed(office: Office) -> None:
    trust = office.made.trust
    site = Site(office.made.out, pki.vault(), pki.ground(), "p256-sha256")
    dates = (NOW, Instant(NOW + DAY))
    assert deputise(site, trust, "zhao.liu", "li.si", dates)
    backwards = (dates[1], dates[0])
    assert "period_reversed" == code_of(
        lambda: deputise(site, trust, "zhao.liu", "li.si", backwards)
    )
    for deputy, principal in (("nobody", "li.si"), ("zhao.liu", "nobody")):
        asked = (site, trust, deputy, principal, dates)
        assert "operator_not_listed" == code_of(lambda asked=asked: deputise(*asked))  # type: ignore[misc]
    assert rotate_node(site, trust, NodeId("icbc"), NOW)
    assert "node_not_listed" == code_of(lambda: rotate_node(site, trust, NodeId("x"), NOW))
    assert rotate_seal(site, trust, pki.FINANCE, "jb", NOW)
    none = lambda: rotate_seal(site, trust, pki.FINANCE, "nothing", NOW)  # noqa: E731
    assert "no_seal_of_this_name" == code_of(none)
    home = office.made.out / "nodes"
    assert "rotation_not_listed" == code_of(lambda: switch(home / "icbc", trust))
    assert "rotation_missing" == code_of(lambda: switch(home / "treasury", trust))


def test_der_is_whole_elements() -> None:
    octets = der.sequence(der.integer(5), der.octets(b"x"))
    assert [(0x02, b"\x05"), (0x04, b"x")] == der.inside(octets)
    for wrong in (b"", octets[:-1], octets + b"\x30", octets + octets, b"\x30\x82\x01"):
        assert "der_form" == code_of(lambda wrong=wrong: der.inside(wrong))  # type: ignore[misc]


def test_pem_has_its_label_and_base64() -> None:
    assert b"octets" == from_pem(pem(b"octets"))
    spoilt = pem(b"octets").replace(b"b2N0ZXRz", b"b2N0ZXR")
    for wrong in (b"", b"octets", pem(b"octets", "OTHER"), spoilt):
        assert "pem_form" == code_of(lambda wrong=wrong: from_pem(wrong))  # type: ignore[misc]


def test_a_signer_signs_a_seal_of_the_very_position_and_nothing_else(office: Office) -> None:
    ring = open_keyring(office.made.out / "parties" / str(pki.FINANCE), pki.vault())
    signer = Signer(pki.ENV, lambda _, at: ring.maker(at), {"finance": [str(pki.FINANCE)]})
    view = View(office.made.trust, state=1, at=NOW, suites=suites())
    ground = Ground(view, Releases(), pki.ENV, suites(), Known(), VerdictCache())
    maker, of = ring.maker("cz_jb"), suites()["p256-sha256"]
    sealing = begin(a_draft(), ("cz_jb", "cz_fh", "cz_gz"), ground, at=NOW)
    item = prepare(sealing, seal=maker.seal, certificate=maker.certificate, suite=of, at=NOW)

    def asked(path: str = "/sign", position: str = "cz_jb", **more: object) -> object:
        tbs = [base64.b64encode(item.tbs).decode()]
        whole = {"party": str(pki.FINANCE), "position": position, "tbs": tbs, **more}
        return signer.answer("finance", path, whole)

    assert asked()
    foreign = base64.b64encode(item.tbs.replace(b"env=sd-test", b"env=sd-prod")).decode()
    assert "signer_not_a_seal" == code_of(lambda: asked(position="cz_gz"))
    assert "signer_not_a_seal" == code_of(lambda: asked(tbs=[foreign]))
    assert "signer_form" == code_of(lambda: asked("/other"))
    for tbs in ([], "x", ["!"], None):
        assert "signer_form" == code_of(lambda tbs=tbs: asked(tbs=tbs))  # type: ignore[misc]


def test_a_trust_folder_with_a_certificate_that_is_none_is_told(
    office: Office, tmp_path: Path
) -> None:
    folder = shutil.copytree(office.made.out / "trust", tmp_path / "trust")
    assert all(read_pins(folder))
    for path in (next(folder.glob("anchors/*.cer")), next(folder.glob("pinned/*/signer.cer"))):
        good = path.read_bytes()
        path.write_bytes(pem(b"\x30\x03\x02\x01\x05"))
        assert "certificate_malformed" == code_of(lambda: read_pins(folder))
        path.write_bytes(good)


def test_a_signers_client_needs_its_files(office: Office, tmp_path: Path) -> None:
    def client(folder: Path) -> RemoteSigner:
        names = (folder / name for name in ("tls.cer", "tls-key.pem", "tls-ca.cer"))
        return RemoteSigner(SignerAddress("localhost", 9, *names))

    client(office.made.out / "nodes" / "finance").close()
    assert "signer_tls_files" == code_of(lambda: client(tmp_path))
