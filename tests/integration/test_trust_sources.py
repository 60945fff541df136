"""Where trust comes from besides channels: CRLs by file and HTTP, the folder; keys that may not."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hub.clock import DAY, Instant
from hub.errors import Conflict, HubError, Misconfigured
from hub.observer import Fact
from hub.trust.model import Revocations
from hub.trust.revoking import keep_crl
from keys.certificates import Issuer, Request, Subject, Use
from keys.crl import Revoked, build_crl
from keys.crl_sources import fetch
from keys.custody import Vault
from keys.trust_files import list_numbers
from ops.clock import SystemClock
from ops.demo.site import Site
from ops.demo.town import HUB_NODE
from ops.expiry_child import look
from ops.settings import load
from ops.surroundings import Surroundings
from ops.wiring import Parts
from tests.support.staffed import copied, staffed

ROOT_NAME = "电子凭证交换开发证书"


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return staffed(tmp_path_factory.mktemp("sources"))


@pytest.fixture(name="site")
def _site(made: Site, tmp_path: Path) -> Site:
    return copied(made, tmp_path / "site")


def opened(site: Site, facts: list[Fact] | None = None) -> Parts:
    told = facts if facts is not None else []
    clock = SystemClock()
    settings = load(site.config(HUB_NODE))
    return Parts(settings, "test", str(clock.now()), told.append, clock)


def a_crl(site: Site, number: int, *revoked: Revoked) -> bytes:
    vault = Vault("demo", (site.root / "passphrase").read_bytes(), development=True)
    key = vault.load(site.root / "pki/ca/node-root/key.pem")
    issuer = Issuer(Subject(ROOT_NAME, f"{ROOT_NAME} node-root"), key)
    now = SystemClock().now()
    return build_crl(issuer, number, now, Instant(now + DAY), revoked)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: the test looks at what comes."""


@pytest.fixture(name="address")
def _address(tmp_path: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_crl_is_fetched_by_file_and_by_http(site: Site, tmp_path: Path, address: str) -> None:
    (tmp_path / "root.crl").write_bytes(a_crl(site, 2))
    octets = (tmp_path / "root.crl").read_bytes()
    assert octets == fetch(str(tmp_path / "root.crl")) == fetch(f"{address}/root.crl")
    for source in (str(tmp_path / "none.crl"), f"{address}/none.crl", "http://127.0.0.1:1/x"):
        with pytest.raises(HubError, match="crl_unreachable"):
            fetch(source)


def test_a_newer_crl_counts_at_once_and_an_older_one_never_again(site: Site) -> None:
    parts = opened(site)
    before = parts.view(parts.fence.trust_state)
    now = SystemClock().now()
    newer = a_crl(site, 10, Revoked(serial=5, revoked_at=now))
    assert parts.trust_source.take_crl(newer)
    assert not parts.trust_source.take_crl(newer), "on record already"
    for octets, code in ((a_crl(site, 9), "crl_number"), (a_crl(site, 10), "crl_conflict")):
        with pytest.raises(HubError, match=code):
            parts.trust_source.take_crl(octets)
    with pytest.raises(Conflict):
        parts.trust_source.take_crl(a_crl(site, 10))
    with parts.store.read() as tx:
        state = tx.fence.trust_state
    assert before.state < state
    found = {crl.number: crl.revoked for crl in parts.view(state).revocations}
    assert 5 in found[10]
    parts.close()


def test_each_part_of_an_issuers_crls_has_numbers_of_its_own(site: Site) -> None:
    parts = opened(site)
    now = SystemClock().now()
    here = parts.here(frozenset())
    for number, scope in ((7, b"a"), (5, b"b"), (6, b"b")):
        said = Revocations(b"issuer", number, now, now, {}, scope)
        assert keep_crl(parts.store, here, bytes((number,)), said)
    for number, scope in ((6, b"a"), (5, b"b")):
        said = Revocations(b"issuer", number, now, now, {}, scope)
        with pytest.raises(HubError, match="crl_number"):
            keep_crl(parts.store, here, b"older", said)
    parts.close()


def test_a_forged_crl_changes_nothing(site: Site) -> None:
    parts = opened(site)
    parts.view(parts.fence.trust_state)  # a new store takes in what the folder has
    with parts.store.read() as tx:
        state = tx.fence.trust_state
    forged = bytearray(a_crl(site, 99))
    forged[-3] ^= 1
    with pytest.raises(HubError, match="crl_signature"):
        parts.trust_source.take_crl(bytes(forged))
    with parts.store.read() as tx:
        assert state == tx.fence.trust_state
    parts.close()


def test_the_hourly_look_takes_crls_in_and_writes_lists_out(site: Site, tmp_path: Path) -> None:
    source = tmp_path / "root.crl"
    source.write_bytes(a_crl(site, 20))
    config, folder = site.config(HUB_NODE), site.root / "pki/trust"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("\ndata =", f'\ncrls = ["{source}"]\ndata =', 1), "utf-8")
    look(config)
    (folder / "list-000001.xml").rename(tmp_path / "list")
    look(config)
    assert [1] == list_numbers(folder)
    parts = opened(site)
    assert 20 in {crl.number for crl in parts.view(parts.fence.trust_state).revocations}
    parts.close()


def test_what_a_look_itself_takes_in_is_no_reason_to_look_again(site: Site) -> None:
    config = site.config(HUB_NODE)
    parts = opened(site)
    around = Surroundings(parts.settings, config, (), SystemClock())
    before = parts.fence.trust_state
    around.look(before)  # a new store: the list and its CRLs are taken in
    with parts.store.read() as tx:
        state = tx.fence.trust_state
    assert before < state
    assert around.nearest
    around.nearest = {}
    around.look(state)
    assert {} == around.nearest
    around.look(state + 1)
    assert around.nearest
    parts.close()


def test_a_key_that_counts_is_not_opened_beside_an_embedded_channel(
    site: Site, tmp_path: Path
) -> None:
    passphrase = (site.root / "passphrase").read_bytes()
    weak, strong = (Vault("demo", passphrase, development=kind) for kind in (True, False))
    folder = site.root / "pki/nodes/hub"
    real = strong.generate("p256-sha256")
    issuer = Issuer(
        Subject(ROOT_NAME, ROOT_NAME), weak.load(site.root / "pki/ca/node-root/key.pem")
    )
    now = SystemClock().now()
    request = Request(Subject("x", "hub"), real.public_key_info, Use.NODE, now, Instant(now + DAY))
    for path in sorted(folder.iterdir()):
        path.rename(tmp_path / path.name)
    strong.save(real, folder / "key.pem")
    (folder / "node.cer").write_bytes(issuer.issue([request])[0])
    parts = opened(site)
    with pytest.raises(Misconfigured, match="key_not_for_embedded_channel"):
        _ = parts.signer
    parts.close()
