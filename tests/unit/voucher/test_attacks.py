"""Attacks on sealed messages: each first shows the good case, then its own code (SEALS §5)."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import Held, HubError, Rejection
from hub.voucher import Ground, binding, der, examine, open_message, seal, ses, verify
from hub.voucher.codec import write_message
from hub.voucher.model import Layer, LayerType, SealBlock, Voucher
from tests.support.sealed import (
    BANK,
    BUREAU,
    NOW,
    House,
    Known,
    Maker,
    Releases,
    a_certificate,
    a_draft,
    a_draft_above,
    a_holder,
    a_house,
    a_seal,
    later,
    registered,
)


def verified(octets: bytes, ground: Ground, at: Instant = NOW) -> Voucher:
    return verify(
        octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env, at=at,
        suites=ground.suites, known=ground.known, verdicts=ground.verdicts,
    )  # fmt: skip


def refusal(octets: bytes, ground: Ground, at: Instant = NOW) -> str:
    """The code, which the report must name, too."""
    with pytest.raises(HubError) as refused:
        verified(octets, ground, at)
    assert isinstance(refused.value, Rejection | Held)
    report = examine(octets, ground, at=at)
    assert refused.value.code in {c.evidence for c in report.checks if c.result == "failed"}
    assert "TOTAL_PASSED" != report.indication
    return refused.value.code


@lru_cache(maxsize=8)
def a_voucher(suite: str = "digest-only", number: str = "2026000000001") -> tuple[House, Voucher]:
    house = a_house(suite)
    draft = a_draft(number=number)
    voucher = seal(draft, house.positions(draft), house.ground(), at=NOW)
    assert voucher == verified(voucher.octets, house.ground())
    assert "TOTAL_PASSED" == examine(voucher.octets, house.ground(), at=NOW).indication
    return house, voucher


def rebuilt(voucher: Voucher, change: Callable[[tuple[Layer, ...]], tuple[Layer, ...]]) -> bytes:
    opened = open_message(voucher.octets)
    return write_message(opened.head, change(opened.layers))


def resealed(house: House, voucher: Voucher, **changes: object) -> bytes:
    """The voucher's first seal made anew by its own key over a changed propertyInfo."""
    opened = open_message(voucher.octets)
    layer = opened.layers[0]
    old = ses.read_signature(layer.seals[0].octets)
    text = old.property_info
    for key, value in changes.items():
        before = dict(part.partition("=")[::2] for part in text.split(";"))[key]
        text = text.replace(f";{key}={before}", f";{key}={value}")
    tbs = ses.signature_tbs(old.seal, old.sealed_at, old.data_hash, text)
    signature = house.makers[BUREAU].sign([tbs])[0]
    octets = ses.assemble_signature(tbs, old.certificate, old.algorithm, signature)
    seals = (SealBlock(layer.seals[0].position, octets), *layer.seals[1:])
    return write_message(opened.head, (replace(layer, seals=seals),))


@given(st.data())
def test_any_changed_octet_of_a_sealed_message_is_refused(data: st.DataObject) -> None:
    house, voucher = a_voucher("p256-sha256")
    octets = bytearray(voucher.octets)
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Rejection, Held)):
        verified(bytes(octets), house.ground())


def test_every_octet_of_a_message_matters() -> None:
    house, voucher = a_voucher()
    ground = house.ground()
    for at in range(0, len(voucher.octets), 7):
        octets = bytearray(voucher.octets)
        octets[at] ^= 1
        with pytest.raises((Rejection, Held)):
            verified(bytes(octets), ground)


def test_a_lifted_seal_is_refused() -> None:
    house, one = a_voucher(number="1")
    _, two = a_voucher(number="2")
    lifted = open_message(two.octets).layers[0].seals
    octets = rebuilt(one, lambda layers: (replace(layers[0], seals=lifted),))
    assert "digest_mismatch" == refusal(octets, house.ground())


def test_a_body_under_a_foreign_envelope_is_refused() -> None:
    house, voucher = a_voucher()
    for old, new in (
        (b'AdmDivCode="370100"', b'AdmDivCode="370200"'),
        (b'StYear="2026"', b'StYear="2025"'),
        (b'VtCode="5201"', b'VtCode="5202"'),
        (b'VoucherNo="2026000000001"', b'VoucherNo="2026000000002"'),
    ):
        assert voucher.octets != (octets := voucher.octets.replace(old, new, 1))
        assert "binding_envelope" == refusal(octets, house.ground())


@pytest.mark.parametrize("left", [slice(0, -1), slice(1, None), slice(0, None, 2), slice(0)])
def test_dropped_seals_are_refused(left: slice) -> None:
    house, voucher = a_voucher()
    octets = rebuilt(voucher, lambda ls: (replace(ls[0], seals=ls[0].seals[left]),))
    assert "positions_incomplete" == refusal(octets, house.ground())


def test_reordered_repeated_and_renamed_seals_are_refused() -> None:
    house, voucher = a_voucher()
    octets = rebuilt(voucher, lambda ls: (replace(ls[0], seals=ls[0].seals[::-1]),))
    assert "position_order" == refusal(octets, house.ground())
    octets = rebuilt(voucher, lambda ls: (replace(ls[0], seals=(*ls[0].seals, ls[0].seals[0])),))
    assert "position_repeated" == refusal(octets, house.ground())
    octets = voucher.octets.replace(b'Position="cz_gz"', b'Position="cz_xx"')
    assert "position_order" == refusal(octets, house.ground())


def test_a_stripped_layer_and_a_layer_of_another_type_are_refused() -> None:
    house, voucher = a_voucher()
    draft = a_draft_above(voucher, LayerType.RETURN)
    returned = seal(draft, house.positions(draft), house.ground(), at=NOW)
    assert returned == verified(returned.octets, house.ground())
    octets = returned.octets.replace(b'Type="return"', b'Type="receipt"')
    assert "position_order" == refusal(octets, house.ground())
    for known in (Known(), Known(voucher.top.stack_digest)):
        _, other = a_voucher(number="3")
        lower = open_message(other.octets).layers[0]
        swapped = rebuilt(returned, lambda ls, lower=lower: (lower, ls[1]))  # type: ignore[misc]
        assert "binding_envelope" == refusal(swapped, house.ground(known=known))
    alone = rebuilt(returned, lambda ls: (ls[1],))
    assert "layer_order" == refusal(alone, house.ground())


def test_a_known_lower_layer_with_other_seals_is_verified_in_full() -> None:
    house, voucher = a_voucher()
    draft = a_draft_above(voucher)
    receipt = seal(draft, house.positions(draft), house.ground(), at=NOW)
    forged = Known(hashlib.sha256(voucher.top.body).digest())
    barred = replace(house.trust, seals={}, state=2)
    assert "seal_unknown" == refusal(receipt.octets, house.ground(known=forged, trust=barred))


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("env", "sd-prod", "other_environment"),
        ("cat", "9", "catalogue_missing"),
        ("layer", "receipt", "binding_envelope"),
        ("type", "5106", "binding_envelope"),
        ("year", "2025", "binding_envelope"),
        ("div", "370200", "binding_envelope"),
        ("issuer", "102.370100", "issuer_not_first"),
        ("to", "102.999999", "binding_stack"),
        ("no", "2", "binding_envelope"),
        ("pos", "cz_fh", "position_order"),
        ("n", "1/2", "positions_incomplete"),
        ("suite", "sm2-sm3", "suite_mismatch"),
        ("prev", "f" * 64, "seal_chain_broken"),
        ("prev", "0" * 63, "property_info"),
        ("year", "26", "property_info"),
        ("cat", "01", "property_info"),
        ("no", "a b", "property_info"),
    ],
)
def test_every_altered_field_of_property_info_is_refused(key: str, value: str, code: str) -> None:
    house, voucher = a_voucher()
    assert code == refusal(resealed(house, voucher, **{key: value}), house.ground())


def test_property_info_is_one_writing() -> None:
    _, voucher = a_voucher()
    text = ses.read_signature(open_message(voucher.octets).layers[0].seals[0].octets).property_info
    assert text == binding.write(binding.read(text))
    parts = text.split(";")
    for spoilt in (
        text + ";", text + ";x=1", " " + text, text.upper(), ";".join(parts[:-1]),
        ";".join([parts[0], *parts[:0:-1]]), ";".join([*parts, parts[-1]]), text + "\n",
    ):  # fmt: skip
        with pytest.raises(Rejection, match="property_info"):
            binding.read(spoilt)


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


def test_sealing_time_lies_near_proof_time() -> None:
    house, voucher = a_voucher()
    assert voucher == verified(voucher.octets, house.ground(), later(24))
    assert voucher == verified(voucher.octets, house.ground(), Instant(NOW - 300_000))
    assert "sealed_too_early" == refusal(voucher.octets, house.ground(), Instant(later(24) + 1000))
    ahead = Instant(NOW - 301_000)
    assert "sealed_in_future" == refusal(voucher.octets, house.ground(), ahead)


def test_a_release_out_of_force_is_refused_on_top_only() -> None:
    class Older(Releases):
        def in_force(self, number: int, at: Instant) -> bool:
            return number < 0 and at > 0

    house, voucher = a_voucher()
    code = refusal(voucher.octets, house.ground(catalogues=Older()))
    assert "catalogue_not_in_force" == code


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


def test_a_malleable_signature_is_refused() -> None:
    house, voucher = a_voucher("p256-sha256")
    block = open_message(voucher.octets).layers[0].seals[0]
    old = ses.read_signature(block.octets)
    pair = der.pair(old.signature)
    assert pair is not None
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    high = der.build(der.SEQUENCE, der.integer(pair[0]), der.integer(order - pair[1]))
    octets = ses.assemble_signature(old.tbs, old.certificate, old.algorithm, high)
    forged = voucher.octets.replace(base64.b64encode(block.octets), base64.b64encode(octets))
    assert refusal(forged, house.ground()) == "signature_invalid"


@pytest.mark.parametrize("tail", [b"\0", b"\xa0\x00", b"\x30\x00"])
def test_unsigned_parts_beside_a_signature_are_refused(tail: bytes) -> None:
    house, voucher = a_voucher()
    block = open_message(voucher.octets).layers[0].seals[0]
    at, _ = der.whole(block.octets)
    longer = der.build(der.SEQUENCE, block.octets[at:], tail)
    forged = voucher.octets.replace(base64.b64encode(block.octets), base64.b64encode(longer))
    assert "ses_der" == refusal(forged, house.ground())
