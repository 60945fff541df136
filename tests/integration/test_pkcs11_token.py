"""A seal whose key lives in a token: SoftHSM stands for the HSM."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.clock import DAY, Instant
from hub.errors import CustodyDown, Misconfigured
from hub.voucher.suites.p256_sha256 import P256Sha256
from keys.certificates import Issuer, Request, Subject, Use
from keys.custody import P256
from keys.pkcs11_token import Token, TokenSealMaker, make_key, public_key_info
from tests.support import pki

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """An initialised token in a folder of its own, with one key."""
    tool = shutil.which("softhsm2-util")
    if tool is None or not LIBRARY.exists():
        assert not os.getenv("CI"), "softhsm2 is needed"
        pytest.skip("no softhsm2")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        subprocess.run(
            [tool, "--init-token", "--free", "--label", "evx", "--so-pin", "1111", "--pin", "2222"],
            check=True,
            capture_output=True,
        )
        found = Token(str(LIBRARY), "evx", "2222", "seal")
        make_key(found)
        yield found


def certificate_for(info: bytes) -> bytes:
    issuer = Issuer(Subject("测试", "root"), pki.vault().generate(P256))
    until = Instant(pki.AT + DAY)
    return issuer.issue([Request(Subject("测试", "token"), info, Use.SEAL, pki.AT, until)])[0]


def test_a_tokens_signatures_hold_in_batches_and_have_low_s(token: Token) -> None:
    certificate = certificate_for(public_key_info(token))
    maker = TokenSealMaker(b"seal", certificate, token)
    messages = [bytes((n,)) * 100 for n in range(64)]
    suite = P256Sha256()
    for _ in range(2):  # the second time over a new session
        signatures = maker.sign(messages)
        assert all(
            suite.verify(certificate, signature, message)
            for signature, message in zip(signatures, messages, strict=True)
        )
        assert not suite.verify(certificate, signatures[0], messages[1])
        maker.close()
    assert (P256, b"seal", False) == (maker.suite, maker.seal, maker.development)


def test_a_token_that_cannot_sign_is_said_to_be_down(token: Token) -> None:
    certificate = certificate_for(public_key_info(token))
    for wrong in (
        Token(token.library, token.label, "0000", token.key_label),
        Token(token.library, "no such token", token.pin, token.key_label),
    ):
        with pytest.raises(CustodyDown, match="token_unusable"):
            TokenSealMaker(b"", certificate, wrong)


def test_another_key_or_none_is_refused_at_start(token: Token) -> None:
    other = certificate_for(pki.vault().generate(P256).public_key_info)
    with pytest.raises(Misconfigured, match="key_of_another_certificate"):
        TokenSealMaker(b"", other, token)
    with pytest.raises(Misconfigured, match="token_key_missing"):
        TokenSealMaker(b"", other, Token(token.library, token.label, token.pin, "nothing"))
