"""Attacks on sealed messages: each first shows the good case, then its own code."""

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import Held, Rejection
from hub.voucher import binding, der, open_message, seal, ses
from hub.voucher.model import LayerType, SealBlock
from tests.support.attacked import a_voucher, rebuilt, refusal, resealed, unchecked, verified
from tests.support.sealed import (
    BUREAU,
    NOW,
    Known,
    Releases,
    a_draft,
    a_draft_above,
    later,
)


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


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("AdmDivCode", b"370100", b"370200"),
        ("StYear", b"2026", b"2025"),
        ("VtCode", b"5201", b"5202"),
        ("VoucherNo", b"2026000000001", b"2026000000002"),
    ],
)
def test_a_body_that_names_another_voucher_than_its_seals_is_refused(
    field: str, old: bytes, new: bytes
) -> None:
    house, voucher = a_voucher()
    draft, ground = a_draft(), house.ground()
    good = verified(unchecked(draft, house.positions(draft), ground), ground)
    assert (voucher.id, voucher.top.body) == (good.id, good.top.body)
    name = field.encode()
    before, after = (b"<%s>%s</%s>" % (name, value, name) for value in (old, new))
    octets = unchecked(
        draft, house.positions(draft), ground, lambda body: body.replace(before, after, 1)
    )
    assert octets != voucher.octets
    assert "binding_body" == refusal(octets, ground)


def test_a_layer_that_the_kind_does_not_know_is_refused() -> None:
    house, voucher = a_voucher()
    octets = voucher.octets.replace(b'Type="original"', b'Type="document"')
    assert "layer_not_allowed" == refusal(octets, house.ground())


def test_a_signature_in_the_old_layout_is_refused_by_its_own_code() -> None:
    """GM/T 0031: certificate and algorithm inside what is signed, version 1, two parts in all."""
    house, voucher = a_voucher("p256-sha256")
    block = open_message(voucher.octets).layers[0].seals[0]
    new = ses.read_signature(block.octets)
    for version in (1, 3):
        tbs = der.build(
            der.SEQUENCE,
            der.integer(version),
            new.seal,
            der.build(der.BITS, b"\0" + b"20261121080000Z"),
            der.build(der.BITS, b"\0" + new.data_hash),
            der.build(der.IA5, new.property_info.encode()),
            der.build(der.OCTETS, new.certificate),
            der.oid(new.algorithm),
        )
        signature = der.build(der.BITS, b"\0" + house.makers[BUREAU].sign([tbs])[0])
        old = der.build(der.SEQUENCE, tbs, signature)
        octets = rebuilt(
            voucher,
            lambda ls, old=old: (  # type: ignore[misc]
                replace(ls[0], seals=(SealBlock(block.position, old), *ls[0].seals[1:])),
            ),
        )
        assert "seal_format_v1" == refusal(octets, house.ground())
