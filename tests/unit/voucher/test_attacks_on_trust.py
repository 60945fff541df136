"""Attacks on trust: chains, algorithms, registers; each after the good case."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from hub.clock import Instant
from hub.errors import Rejection
from hub.voucher import Ground, der, examine, others, seal
from hub.voucher.ports import Suite
from tests.support.attacked import a_voucher, refusal, unchecked, verified
from tests.support.sealed import (
    BANK,
    BUREAU,
    NOW,
    Holder,
    House,
    Maker,
    Signs,
    a_certificate,
    a_draft,
    a_holder,
    a_house,
    a_seal,
    later,
    registered,
)


def test_a_seal_counts_only_while_it_is_registered_and_its_certificate_good() -> None:
    house, voucher = a_voucher("p256-sha256")
    maker, trust = house.makers[BUREAU], house.trust
    digest = hashlib.sha256(maker.seal).digest()
    row = trust.seals[digest]

    def under(code: str, at: Instant = NOW, **changes: object) -> None:
        rows = {**trust.seals, digest: replace(row, **changes)}  # type: ignore[arg-type]
        changed = replace(trust, seals=rows, state=2)
        assert code == refusal(voucher.octets, house.ground(trust=changed), at)

    under("seal_suspended", ended_at=later(-1), ended_as="suspended")
    under("seal_revoked", ended_at=later(-1), ended_as="revoked")
    under("seal_ended_before_proof", at=later(2), ended_at=later(1), ended_as="revoked")
    under("seal_not_yet_valid", not_before=later(1))
    under("seal_expired", not_after=later(-1))
    under("signer_not_registered", signers=frozenset({b"other"}))
    under("suite_unknown", suite="none")
    under("suite_mismatch", suite="sm2-sm3")
    under("issuer_not_first", party=BANK)
    for changed, code in (
        (replace(trust, seals={}), "seal_unknown"),
        (replace(trust, roots=()), "chain_unknown"),
        (replace(trust, revoked={maker.certificate: later(-1)}), "certificate_revoked"),
        (replace(trust, revoked={house.maker.certificate: later(-1)}), "seal_maker_revoked"),
        (replace(trust, barred=frozenset({(BUREAU, "cz_jb")})), "not_entitled"),
    ):
        assert code == refusal(voucher.octets, house.ground(trust=changed))


def test_a_suspension_counts_at_once_in_spite_of_kept_verdicts() -> None:
    house, voucher = a_voucher("p256-sha256")
    ground = house.ground()
    assert voucher == verified(voucher.octets, ground)
    digest = hashlib.sha256(house.makers[BUREAU].seal).digest()
    row = replace(house.trust.seals[digest], ended_at=later(-1), ended_as="suspended")
    newer = replace(house.trust, seals={digest: row}, state=2)
    assert "seal_suspended" == refusal(voucher.octets, replace(ground, trust=newer))


def test_a_seal_of_another_maker_or_over_another_key_is_refused() -> None:
    house = a_house("p256-sha256")
    suite, good = house.suite, house.makers[BUREAU]
    stranger = a_holder(suite, "Stranger")
    for octets, holder, code in (
        (a_seal(suite, good.holder, stranger, BUREAU), good.holder, "chain_unknown"),
        (good.seal.replace(b"EVX", b"EVY"), good.holder, "seal_maker_signature"),
        (a_seal(suite, house.makers[BANK].holder, house.maker, BUREAU), good.holder,
         "signer_not_in_seal"),
        (a_seal(suite, good.holder, house.maker, BUREAU, valid_until=later(-1)), good.holder,
         "seal_expired"),
        (a_seal(suite, stranger, house.maker, BUREAU), stranger, "chain_unknown"),
    ):  # fmt: skip
        row = registered(octets, holder, BUREAU, suite)
        trust = replace(house.trust, seals={row.digest: row})
        maker = Maker(holder, octets, suite.name)
        draft = a_draft()
        makers = [(name, maker) for name, _ in house.positions(draft)]
        with pytest.raises(Rejection, match=code):
            seal(draft, makers, house.ground(trust=trust), at=NOW)


class Upper:
    """A P-256 key of somebody whose library does not care which s it writes."""

    def __init__(self, key: Signs) -> None:
        self.key, self.spki = key, key.spki

    def sign(self, data: bytes) -> bytes:
        pair = der.pair(self.key.sign(data))
        assert pair is not None
        r, s = pair
        return der.build(der.SEQUENCE, der.integer(r), der.integer(others.P256_ORDER - s))


def test_makers_and_authorities_may_write_either_s_and_a_signer_the_lower_one() -> None:
    house = a_house("p256-sha256")
    suite = house.suite
    root = replace(house.root, key=Upper(house.root.key))
    maker = a_holder(suite, "Careless Maker", root)
    signer = a_holder(suite, "Signer", root)
    careless = replace(house, maker=replace(maker, key=Upper(maker.key)))
    octets, ground = sealed_with(careless, signer)
    assert octets == verified(octets, ground).octets
    octets, ground = sealed_with(careless, replace(signer, key=Upper(signer.key)))
    assert "signature_invalid" == refusal(octets, ground)


def test_a_seal_counts_only_while_its_makers_certificate_is_valid() -> None:
    house = a_house("p256-sha256")
    suite, holder, draft = house.suite, house.makers[BUREAU].holder, a_draft()
    start, end = Instant(NOW - 60_000), later(1)
    certificate = a_certificate(suite, "M", house.maker.key, house.root, start=start, end=end)
    octets = a_seal(suite, holder, replace(house.maker, certificate=certificate), BUREAU)
    row = registered(octets, holder, BUREAU, suite)
    ground = house.ground(trust=replace(house.trust, seals={row.digest: row}))
    maker = Maker(holder, octets, suite.name)
    voucher = seal(draft, [(n, maker) for n, _ in house.positions(draft)], ground, at=NOW)
    for good in (start, NOW, end):
        assert voucher == verified(voucher.octets, ground, good)
    for at, code, sub_indication in (
        (Instant(start - 1), "seal_maker_not_yet_valid", "NOT_YET_VALID"),
        (Instant(end + 1), "seal_maker_validity", "EXPIRED"),
    ):
        assert code == refusal(voucher.octets, ground, at)
        assert sub_indication == examine(voucher.octets, ground, at=at).sub_indication


def test_a_certificate_that_may_not_sign_is_refused() -> None:
    house = a_house("p256-sha256")
    suite, holder = house.suite, house.makers[BUREAU].holder
    for certificate, code in (
        (a_certificate(suite, "X", holder.key, house.root, usage=0x20), "certificate_usage"),
        (a_certificate(suite, "X", holder.key, house.root, end=later(-1)), "certificate_expired"),
        (
            a_certificate(suite, "X", holder.key, house.root, start=later(1)),
            "certificate_not_yet_valid",
        ),
        (a_certificate(suite, "X", holder.key, house.makers[BANK].holder), "chain_unknown"),
        (b"not a certificate", "certificate_malformed"),
    ):
        other = replace(holder, certificate=certificate)
        octets = a_seal(suite, other, house.maker, BUREAU)
        row = registered(octets, other, BUREAU, suite)
        trust = replace(house.trust, seals={row.digest: row})
        draft = a_draft()
        makers = [(n, Maker(other, octets, suite.name)) for n, _ in house.positions(draft)]
        with pytest.raises(Rejection, match=code):
            seal(draft, makers, house.ground(trust=trust), at=NOW)


def test_a_certificate_revoked_between_sealing_and_proof_says_so() -> None:
    house, voucher = a_voucher("p256-sha256")
    signer = house.makers[BUREAU].certificate
    for revoked_at, code in (
        (later(3), ""),
        (later(1), "certificate_revoked_before_proof"),
        (later(0), "certificate_revoked"),
    ):
        ground = house.ground(trust=replace(house.trust, revoked={signer: revoked_at}))
        if code:
            assert code == refusal(voucher.octets, ground, later(2))
        else:
            assert voucher == verified(voucher.octets, ground, later(2))
    late = house.ground(trust=replace(house.trust, revoked={signer: later(1)}))
    report = examine(voucher.octets, late, at=later(2))
    assert ("INDETERMINATE", "REVOKED_NO_POE") == (report.indication, report.sub_indication)


def test_a_root_of_the_same_name_with_another_key_is_refused() -> None:
    house, voucher = a_voucher("p256-sha256")
    namesake = a_holder(house.suite, house.root.name, authority=True)
    both = replace(house.trust, roots=(namesake.certificate, house.root.certificate))
    assert voucher == verified(voucher.octets, house.ground(trust=both))
    alone = replace(house.trust, roots=(namesake.certificate,))
    assert "chain_broken" == refusal(voucher.octets, house.ground(trust=alone))


class OtherKey:
    """A key of an algorithm that no suite has, or used with a digest that no suite has."""

    def __init__(
        self,
        signature_oid: str,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        hashed: hashes.HashAlgorithm,
    ) -> None:
        self.signature_oid, self.key, self.hashed = signature_oid, key, hashed
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.spki = key.public_key().public_bytes(serialization.Encoding.DER, form)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), self.hashed)
        return self.key.sign(data, ec.ECDSA(self.hashed))


SHA256, SHA384 = hashes.SHA256(), hashes.SHA384()
OTHERS = {
    "rsa": lambda: OtherKey("1.2.840.113549.1.1.11", rsa.generate_private_key(65537, 2048), SHA256),
    "p384": lambda: OtherKey(
        "1.2.840.10045.4.3.2", ec.generate_private_key(ec.SECP384R1()), SHA256
    ),
    "sha384": lambda: OtherKey(
        "1.2.840.10045.4.3.3", ec.generate_private_key(ec.SECP256R1()), SHA384
    ),
}


def sealed_with(house: House, holder: Holder, **trust: Any) -> tuple[bytes, Ground]:
    """A message whose seals are signed by this holder, registered as if it were all right."""
    suite = house.suite
    octets = a_seal(suite, holder, house.maker, BUREAU)
    row = registered(octets, holder, BUREAU, suite)
    changed = replace(house.trust, seals={row.digest: row}, **trust)
    ground, draft = house.ground(trust=changed), a_draft()
    makers = [(name, Maker(holder, octets, suite.name)) for name, _ in house.positions(draft)]
    return unchecked(draft, makers, ground), ground


@pytest.mark.parametrize("suite", ["p256-sha256", "sm2-sm3"])
@pytest.mark.parametrize("other", OTHERS)
def test_a_signer_with_a_key_of_another_algorithm_is_refused(suite: str, other: str) -> None:
    house = a_house(suite)
    octets, ground = sealed_with(house, a_holder(house.suite, "Signer", house.root))
    assert octets == verified(octets, ground).octets
    key = OTHERS[other]()
    certificate = a_certificate(house.suite, "Signer", key, house.root)
    octets, ground = sealed_with(house, Holder("Signer", key, certificate))
    assert "signature_invalid" == refusal(octets, ground)


@pytest.mark.parametrize("suite", ["p256-sha256", "sm2-sm3"])
@pytest.mark.parametrize(("other", "code"), [
    ("rsa", "certificate_usage"), ("sha384", "certificate_usage"), ("p384", "chain_broken"),
])  # fmt: skip
def test_a_certificate_signed_by_another_algorithm_is_refused(
    suite: str, other: str, code: str
) -> None:
    house, key = a_house(suite), OTHERS[other]()
    if (suite, other) == ("sm2-sm3", "p384"):
        code = "certificate_usage"  # it names ECDSA, which is not this suite's
    root = Holder(
        "Other root", key, a_certificate(as_suite(key), "Other root", key, authority=True)
    )
    good = a_holder(house.suite, "Signer", house.root)
    roots = (house.root.certificate, root.certificate)
    octets, ground = sealed_with(house, good, roots=roots)
    assert octets == verified(octets, ground).octets
    certificate = a_certificate(as_suite(key), "Signer", good.key, root)
    octets, ground = sealed_with(house, replace(good, certificate=certificate), roots=roots)
    assert code == refusal(octets, ground)


def test_an_anchor_that_names_another_algorithm_carries_no_chain() -> None:
    house = a_house("p256-sha256")
    key = a_holder(house.suite, "Own root", authority=True).key
    for of, code in ((house.suite, ""), (as_suite(OTHERS["sha384"]()), "chain_broken")):
        own = a_certificate(of, "Own root", key, authority=True)
        signer = a_holder(house.suite, "Signer", Holder("Own root", key, own))
        octets, ground = sealed_with(house, signer, roots=(house.root.certificate, own))
        if code:
            assert code == refusal(octets, ground)
        else:
            assert octets == verified(octets, ground).octets


def as_suite(key: OtherKey) -> Suite:
    """For certificates that name the key's own algorithm."""
    found: Any = key
    return found  # type: ignore[no-any-return]
