"""Time-stamp tokens of a real authority (`openssl ts`) over HTTP, and what they prove."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.clock import Instant
from hub.errors import HubError, Malformed, Misconfigured, SealBroken, SealUntrusted, TargetDown
from hub.voucher import timestamp
from hub.voucher.chain import GivenAnchors
from keys.tsa import ATTEMPTS, TsaClient
from ops.clock import SystemClock
from tests.support.sealed import suites
from tests.support.tsa import Authority, Behaviour, serving

STAMPED = b"the octets of a SES_Signature"
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")


@pytest.fixture(name="authority", scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(name="token", scope="module")
def _token(authority: Authority) -> bytes:
    return timestamp.granted(authority.answer(timestamp.request(STAMPED, 5)), 5)


def trusted(authority: Authority) -> GivenAnchors:
    return GivenAnchors((authority.root,))


def client(authority: Authority, url: str) -> TsaClient:
    return TsaClient(url, lambda: trusted(authority), suites(), pause_seconds=0.01)


@pytest.fixture(name="url", scope="module")
def _url(authority: Authority) -> Iterator[str]:
    with serving(authority) as url:
        yield url


def test_a_token_is_fetched_verified_and_says_when(authority: Authority, url: str) -> None:
    before = SystemClock().now()
    token, stamp = client(authority, url).stamp(STAMPED)
    assert before - 1000 <= stamp.at <= SystemClock().now() + 2500  # the stated accuracy
    assert authority.certificate == stamp.signer
    assert stamp == timestamp.verify(token, STAMPED, trusted(authority), suites())


@pytest.mark.parametrize(("key", "ess"), [("rsa", "sha1"), ("rsa", "sha256"), ("p256", "sha1")])
def test_other_keys_and_older_certificate_ids_are_read(key: str, ess: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa", key, ess=ess)
    token = timestamp.granted(authority.answer(timestamp.request(STAMPED, 9)), 9)
    assert "1.2.3.4.1" == timestamp.verify(token, STAMPED, trusted(authority), suites()).policy


def refused(token: bytes, stamped: bytes, anchors: GivenAnchors) -> HubError:
    with pytest.raises(HubError) as caught:
        timestamp.verify(token, stamped, anchors, suites())
    return caught.value


def test_a_token_of_other_octets_proves_nothing(authority: Authority, token: bytes) -> None:
    assert "timestamp_imprint" == refused(token, STAMPED + b"!", trusted(authority)).code


def test_a_token_of_an_unknown_authority_proves_nothing(token: bytes) -> None:
    assert "timestamp_chain" == refused(token, STAMPED, GivenAnchors()).code


def test_an_authority_revoked_before_its_token_proves_nothing(
    authority: Authority, token: bytes
) -> None:
    at = timestamp.verify(token, STAMPED, trusted(authority), suites()).at
    for revoked, code in ((at, "timestamp_signer_revoked"), (Instant(at + 1), "")):
        known = replace(trusted(authority), revocations={authority.certificate: revoked})
        if code:
            assert code == refused(token, STAMPED, known).code
        else:
            assert at == timestamp.verify(token, STAMPED, known, suites()).at


def test_a_certificate_put_in_anothers_place_is_not_the_authoritys(
    authority: Authority, token: bytes, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    swapped = token.replace(authority.certificate, other.certificate)
    if len(other.certificate) == len(authority.certificate):
        assert refused(swapped, STAMPED, trusted(authority)).code.startswith("timestamp_sign")
    assert authority.certificate in token
    assert "timestamp_chain" == refused(token, STAMPED, trusted(other)).code


def test_a_digest_that_is_not_allowed_proves_nothing(authority: Authority, token: bytes) -> None:
    sha256, sha224 = (bytes.fromhex(f"0609608648016503040{n}") for n in ("201", "204"))
    assert token.count(sha256) > 1
    changed = token.replace(sha256, sha224)
    assert "timestamp_algorithm" == refused(changed, STAMPED, trusted(authority)).code


def test_a_changed_signature_proves_nothing(authority: Authority, token: bytes) -> None:
    changed = token[:-1] + bytes((token[-1] ^ 1,))
    assert "timestamp_signature" == refused(changed, STAMPED, trusted(authority)).code


def test_a_certificate_that_the_signed_attributes_do_not_name_is_not_the_signers(
    authority: Authority, token: bytes
) -> None:
    own = authority.certificate
    changed = token.replace(own, own[:-1] + bytes((own[-1] ^ 1,)))
    assert token != changed
    assert "timestamp_signer" == refused(changed, STAMPED, trusted(authority)).code


def test_a_token_of_a_time_when_its_signer_was_not_valid_proves_nothing(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa", days=-1)
    token = timestamp.granted(authority.answer(timestamp.request(STAMPED, 5)), 5)
    assert "timestamp_signer_expired" == refused(token, STAMPED, trusted(authority)).code


def test_a_certificate_that_may_do_more_than_stamp_is_no_authoritys(tmp_path: Path) -> None:
    for purpose, alone in (("stamping", True), ("signing", False)):
        authority = Authority(tmp_path / purpose, purpose=purpose)
        assert alone == timestamp.for_time_stamps(authority.certificate)


def test_no_octet_of_a_token_can_be_changed(authority: Authority, token: bytes) -> None:
    genuine = timestamp.verify(token, STAMPED, trusted(authority), suites())
    survivors = []
    for at in range(0, len(token), 3):
        forged = token[:at] + bytes((token[at] ^ 1,)) + token[at + 1 :]
        try:
            if timestamp.verify(forged, STAMPED, trusted(authority), suites()) != genuine:
                survivors.append(at)
        except (Malformed, SealBroken, SealUntrusted):
            continue
    assert [] == survivors


def test_an_answer_to_another_request_is_refused(authority: Authority) -> None:
    answer = authority.answer(timestamp.request(STAMPED, 5))
    with pytest.raises(SealUntrusted, match="timestamp_nonce"):
        timestamp.granted(answer, 6)
    with pytest.raises(Malformed, match="timestamp_form"):
        timestamp.granted(answer[:-1], 5)
    refusal = bytes.fromhex("3005 3003 020102".replace(" ", ""))
    with pytest.raises(SealUntrusted, match="timestamp_refused"):
        timestamp.granted(refusal, 5)


def test_an_authority_that_is_away_for_a_moment_is_asked_again(authority: Authority) -> None:
    behaviour = Behaviour([503, 502])
    with serving(authority, behaviour) as url:
        assert client(authority, url).stamp(STAMPED)[0]
    assert 3 == behaviour.served


def test_one_that_stays_away_is_down_and_one_that_refuses_is_not_asked_again(
    authority: Authority,
) -> None:
    behaviour = Behaviour([503] * ATTEMPTS + [403])
    with serving(authority, behaviour) as url:
        with pytest.raises(TargetDown, match="tsa_down"):
            client(authority, url).stamp(STAMPED)
        assert ATTEMPTS == behaviour.served
        with pytest.raises(SealUntrusted, match="timestamp_refused"):
            client(authority, url).stamp(STAMPED)
        assert ATTEMPTS + 1 == behaviour.served
    with pytest.raises(TargetDown, match="tsa_down"):
        client(authority, url).stamp(STAMPED)


def test_only_http_is_spoken(authority: Authority) -> None:
    with pytest.raises(Misconfigured, match="tsa_url"):
        client(authority, "file:///etc/passwd")


def test_what_is_sent_is_a_digest_and_a_number(authority: Authority) -> None:
    authority.answer(timestamp.request(STAMPED, 1 << 62))
    assert hashlib.sha256(STAMPED).digest() in authority.asked[-1]
    assert STAMPED not in authority.asked[-1]
