"""Seals kept on another machine: prepare here, sign there by mutual TLS, attach and verify here."""

import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hub.clock import HOUR, Instant
from hub.errors import CustodyDown, HubError, SealUntrusted
from hub.parties import Party
from hub.trust.view import View
from hub.voucher import (
    Ground,
    VerdictCache,
    attach,
    begin,
    complete,
    prepare,
    seal_many,
    undo,
)
from hub.voucher.ports import SealMaker
from keys.keyring import open_keyring
from keys.remote_signer import BATCH_MAX, RemoteSigner, SignerAddress
from keys.signer_server import MakerOf, Signer, SignerServer
from ops.exits import Exit
from tests.support import pki
from tests.support.attacked import code_of
from tests.support.office import Office
from tests.support.sealed import Known, Releases, a_draft, suites

AT = Instant(pki.AT + HOUR)
POSITIONS = ("cz_jb", "cz_fh", "cz_gz")
CLIENTS = {"finance": [str(pki.FINANCE), "800.370100-*"], "icbc": [str(pki.BANK)]}


@pytest.fixture(name="office", scope="module", params=["sm2-sm3", "p256-sha256"])
def _office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(pki.make(tmp_path_factory.mktemp("site"), request.param))


def makers(out: Path, party: Party, position: str) -> SealMaker:
    return open_keyring(out / "parties" / str(party), pki.vault()).maker(position)


def free_port() -> int:
    """A port below the ephemeral range that nobody listens at."""
    for port in range(21_700, 21_999):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@contextmanager
def serving(out: Path, port: int = 0, made: MakerOf | None = None) -> Iterator[int]:
    """A signer over a ceremony's keys; its broker's certificate is good for localhost."""
    signer = Signer(pki.ENV, made or (lambda party, at: makers(out, party, at)), CLIENTS)
    server = SignerServer(("127.0.0.1", port or free_port()), signer, out / "brokers" / "one")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(name="port", scope="module")
def _port(office: Office) -> Iterator[int]:
    with serving(office.made.out) as port:
        yield port


@contextmanager
def connected(out: Path, port: int, node: str = "finance") -> Iterator[RemoteSigner]:
    folder = out / "nodes" / node
    address = SignerAddress(
        "localhost", port, folder / "tls.cer", folder / "tls-key.pem", folder / "tls-ca.cer"
    )
    signer = RemoteSigner(address, timeout_seconds=5)
    try:
        yield signer
    finally:
        signer.close()


def ground(office: Office) -> Ground:
    view = View(office.made.trust, state=1, at=AT, suites=suites())
    return Ground(view, Releases(), pki.ENV, suites(), Known(), VerdictCache())


def refusal(ask: "RemoteSigner", party: Party, position: str = "cz_jb") -> HubError:
    with pytest.raises(SealUntrusted) as caught:
        ask.maker(party, position)
    return caught.value


def test_a_voucher_is_sealed_step_by_step_and_a_seal_taken_off_again(
    office: Office, port: int
) -> None:
    here = ground(office)
    sealing = begin(a_draft(), POSITIONS, here, at=AT)
    with connected(office.made.out, port) as signer:
        for position in POSITIONS:
            maker = signer.maker(pki.FINANCE, position)
            suite = suites()[maker.suite]
            for round_ in range(2):  # the first seal of each position is undone
                prepared = prepare(
                    sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=AT
                )
                [signature] = maker.sign([prepared.tbs])
                sealing = attach(sealing, prepared, signature, suite)
                if not round_:
                    sealing = undo(sealing)
    assert 3 == len(complete(sealing, here, at=AT).top.seals)


def test_a_batch_is_one_question_a_position(office: Office, port: int) -> None:
    drafts = [a_draft(number=f"2026-{n:04d}") for n in range(20)]
    with connected(office.made.out, port) as signer:
        remote = [(at, signer.maker(pki.FINANCE, at)) for at in POSITIONS]
        sealed = seal_many(drafts, remote, ground(office), at=AT)
    assert 20 == len({str(voucher.id) for voucher in sealed})


def test_a_large_batch_is_cut_and_stays_in_order(office: Office, port: int) -> None:
    here = ground(office)
    with connected(office.made.out, port) as signer:
        maker = signer.maker(pki.FINANCE, "cz_jb")
        suite = suites()[maker.suite]
        sealing = begin(a_draft(), POSITIONS, here, at=AT)
        tbs = [
            prepare(
                sealing, seal=maker.seal, certificate=maker.certificate, suite=suite,
                at=Instant(AT + 1000 * second),
            ).tbs
            for second in range(BATCH_MAX + 3)
        ]  # fmt: skip
        signatures = maker.sign(tbs)
    pairs = zip(tbs, signatures, strict=True)
    assert all(suite.verify(maker.certificate, signature, one) for one, signature in pairs)


def test_a_node_seals_for_its_own_parties_only(office: Office, port: int) -> None:
    with connected(office.made.out, port, "icbc") as signer:
        assert "signer_not_for_party" == refusal(signer, pki.FINANCE).context["reason"]
        assert signer.maker(pki.BANK, "yh_jb").certificate
        assert signer.maker(pki.BANK, "hd").seal
    with connected(office.made.out, port, "treasury") as signer:
        assert "signer_not_for_party" == refusal(signer, pki.TREASURY).context["reason"]
    with connected(office.made.out, port) as signer:
        assert signer.maker(pki.UNIT, "dw_gz").suite


def test_nothing_but_a_seal_of_the_very_position_is_signed(office: Office, port: int) -> None:
    here = ground(office)
    with connected(office.made.out, port) as signer:
        maker = signer.maker(pki.FINANCE, "cz_jb")
        suite = suites()[maker.suite]
        sealing = begin(a_draft(), POSITIONS, here, at=AT)
        tbs = prepare(
            sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=AT
        ).tbs
        assert maker.sign([tbs])
        other = signer.maker(pki.FINANCE, "cz_gz")
        foreign = tbs.replace(b"env=sd-test", b"env=sd-prod")
        for wrong, by in ((b"pay me", maker), (tbs + b"\0", maker), (foreign, maker), (tbs, other)):
            with pytest.raises(SealUntrusted, match="signer_refused"):
                by.sign([tbs, wrong])


def test_a_key_that_cannot_be_used_now_is_down_and_refuses_nobody(office: Office) -> None:
    """What is refused is refused for good; a token that was pulled out comes back."""
    out, away = office.made.out, [False]

    def made(party: Party, position: str) -> SealMaker:
        if away[0]:
            raise CustodyDown("token_unusable")
        return makers(out, party, position)

    with serving(out, made=made) as port, connected(out, port) as signer:
        maker = signer.maker(pki.FINANCE, "cz_jb")
        away[0] = True
        with pytest.raises(CustodyDown, match="signer_down"):
            signer.maker(pki.FINANCE, "cz_jb")
        away[0] = False
        assert maker.seal == signer.maker(pki.FINANCE, "cz_jb").seal


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize("octets", [b"[]", b'"no"', b"<html>", b"null", b""])
def test_who_answers_otherwise_than_a_signer_is_down(
    office: Office, status: int, octets: bytes
) -> None:
    """Something else at the address, as a proxy that has its own opinion."""
    out = office.made.out

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(out / "brokers/one/tls.cer", out / "brokers/one/tls-key.pem")
    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with (
            connected(out, server.server_port) as signer,
            pytest.raises(CustodyDown, match="signer_down"),
        ):
            signer.maker(pki.FINANCE, "cz_jb")
        thread.join()


def talk(port: int, context: ssl.SSLContext) -> None:
    """Ask without a login; ends in an error when the signer hangs up."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        wrapped.sendall(b"POST /seal HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        if not wrapped.recv(1):
            raise ConnectionError


def test_without_a_certificate_of_the_site_there_is_no_conversation(
    office: Office, port: int, tmp_path: Path
) -> None:
    out = office.made.out
    context = ssl.create_default_context(cafile=out / "nodes" / "finance" / "tls-ca.cer")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        talk(port, context)
    strange = pki.make(tmp_path, "p256-sha256").out
    with connected(strange, port) as signer, pytest.raises(CustodyDown, match="signer_down"):
        signer.maker(pki.FINANCE, "cz_jb")


def test_a_signer_begins_with_its_files_at_an_address_of_its_own(
    office: Office, port: int, tmp_path: Path
) -> None:
    out = office.made.out
    signer = Signer(pki.ENV, lambda party, at: makers(out, party, at), CLIENTS)
    taken, files = ("127.0.0.1", port), out / "brokers" / "one"
    assert "signer_address" == code_of(lambda: SignerServer(taken, signer, files))
    free = ("127.0.0.1", free_port())
    assert "signer_tls_files" == code_of(lambda: SignerServer(free, signer, tmp_path))
    SignerServer(free, signer, files).server_close()


def test_a_signer_that_was_started_again_goes_on_and_one_that_is_away_is_down(
    office: Office,
) -> None:
    out, port = office.made.out, free_port()
    with connected(out, port) as signer:
        with pytest.raises(CustodyDown, match="signer_down"):
            signer.maker(pki.FINANCE, "cz_jb")
        with serving(out, port):
            first = signer.maker(pki.FINANCE, "cz_jb")
        with serving(out, port):
            assert first.seal == signer.maker(pki.FINANCE, "cz_jb").seal
        with pytest.raises(CustodyDown, match="signer_down"):
            first.sign([b"x"])


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    out, port = pki.make(tmp_path, "p256-sha256").out, free_port()
    (out / "passphrase").write_bytes(pki.PASSPHRASE)
    served = subprocess.Popen(
        [sys.executable, "-c", "from ops.cli.main import main; main()", "keys", "serve-signer",
         "--site", out, "--tls", out / "brokers/one", "--port", str(port),
         "--client", "finance=011.*,800.*"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with connected(out, port) as signer:
            assert eventually(signer, pki.FINANCE).certificate
        served.send_signal(signal.SIGINT)
        assert Exit.INTERRUPTED == served.wait(timeout=20)
    finally:
        served.kill()
        served.wait()


def eventually(signer: RemoteSigner, party: Party) -> SealMaker:
    """A seal of a signer that is about to start."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return signer.maker(party, "cz_jb")
        except CustodyDown:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
