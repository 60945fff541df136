"""What is sealed is verified, by every suite; two steps, batches and undo."""

from dataclasses import replace

import pytest

from hub.clock import Instant
from hub.errors import SealBroken
from hub.voucher import attach, begin, complete, prepare, seal, seal_many, undo, verify
from hub.voucher.ground import Ground
from hub.voucher.model import LayerType, Voucher
from hub.voucher.seal import Prepared, Sealing
from tests.support.sealed import BANK, BUREAU, NOW, Known, a_draft, a_draft_above, a_house, suites

SUITES = ("sm2-sm3", "p256-sha256", "digest-only")


def verified(octets: bytes, ground: Ground) -> Voucher:
    return verify(
        octets,
        trust=ground.trust,
        catalogues=ground.catalogues,
        env=ground.env,
        at=NOW,
        suites=ground.suites,
        known=ground.known,
        verdicts=ground.verdicts,
    )


@pytest.mark.parametrize("suite", SUITES)
def test_a_sealed_voucher_is_verified_as_itself(suite: str) -> None:
    house, draft = a_house(suite), a_draft()
    sealed = seal(draft, house.positions(draft), house.ground(), at=NOW)
    voucher = verified(sealed.octets, house.ground())
    assert sealed == voucher
    assert draft.id == voucher.top.id
    assert {"cz_jb", "cz_fh", "cz_gz"} >= {fact.position for fact in voucher.top.seals}
    assert {BUREAU} == {fact.party for fact in voucher.top.seals}


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("layer", [LayerType.RECEIPT, LayerType.RETURN, LayerType.RECALL])
def test_a_second_layer_stands_on_the_original_and_never_edits_it(
    suite: str, layer: LayerType
) -> None:
    house, draft = a_house(suite), a_draft()
    original = seal(draft, house.positions(draft), house.ground(), at=NOW)
    above = a_draft_above(original, layer)
    sealed = seal(above, house.positions(above), house.ground(), at=NOW)
    for known in (Known(), Known(original.top.stack_digest)):
        voucher = verified(sealed.octets, house.ground(known=known))
        assert sealed == voucher
        assert original.top == voucher.original
        assert above.id == voucher.top.id


def test_a_batch_is_sealed_with_one_call_per_key() -> None:
    house = a_house("p256-sha256")
    drafts = [a_draft(number=f"N{number}") for number in range(5)]
    sealed = seal_many(drafts, house.positions(drafts[0]), house.ground(), at=NOW)
    assert [draft.id for draft in drafts] == [voucher.top.id for voucher in sealed]


def test_two_steps_with_an_undo_between_make_the_same_voucher() -> None:
    house, draft = a_house("digest-only"), a_draft()
    maker, suite, ground = house.makers[BUREAU], suites()["digest-only"], house.ground()
    whole = seal(draft, house.positions(draft), ground, at=NOW)
    sealing = begin(draft, [name for name, _ in house.positions(draft)], ground, at=NOW)
    undone = False
    while sealing.next_position is not None:
        prepared = prepare(
            sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=NOW
        )
        assert draft.id.voucher.number == prepared.shown["VoucherNo"]
        sealing = attach(sealing, prepared, maker.sign([prepared.tbs])[0], suite)
        if not undone:
            sealing, undone = undo(sealing), True
    assert whole == complete(sealing, ground, at=NOW)


def test_a_wrong_signature_is_not_attached() -> None:
    house, draft = a_house("p256-sha256"), a_draft()
    maker, suite = house.makers[BUREAU], suites()["p256-sha256"]
    positions = [name for name, _ in house.positions(draft)]
    sealing = begin(draft, positions, house.ground(), at=NOW)
    prepared = prepare(sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=NOW)
    signature = maker.sign([prepared.tbs + b"x"])[0]
    with pytest.raises(SealBroken, match="signature_invalid"):
        attach(sealing, prepared, signature, suite)


def test_a_seal_is_attached_only_to_what_it_was_prepared_for() -> None:
    """Another voucher's seal, or one that stood on a seal which was taken off meanwhile."""
    house = a_house("p256-sha256")
    maker, suite, ground = house.makers[BUREAU], suites()["p256-sha256"], house.ground()
    positions = [name for name, _ in house.positions(a_draft())]
    one, other = (begin(a_draft(number=n), positions, ground, at=NOW) for n in ("1", "2"))

    def prepared(sealing: Sealing, at: Instant = NOW) -> Prepared:
        return prepare(sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=at)

    def attached(sealing: Sealing, item: Prepared) -> Sealing:
        return attach(sealing, item, maker.sign([item.tbs])[0], suite)

    first = attached(one, prepared(one))
    again = attached(undo(first), prepared(one, Instant(NOW + 1000)))
    assert first.seals != again.seals
    for sealing, item in ((other, prepared(one)), (first, prepared(one)), (again, prepared(first))):
        with pytest.raises(SealBroken, match="position_order"):
            attached(sealing, item)


def test_a_voucher_without_its_last_seal_does_not_leave() -> None:
    house, draft = a_house("digest-only"), a_draft()
    positions = [name for name, _ in house.positions(draft)]
    sealing = begin(draft, positions, house.ground(), at=NOW)
    with pytest.raises(SealBroken, match="positions_incomplete"):
        complete(sealing, house.ground(), at=NOW)


def test_nobody_seals_for_a_party_that_the_draft_does_not_name() -> None:
    house, draft = a_house("digest-only"), a_draft()
    makers = [(name, house.makers[BANK]) for name, _ in house.positions(draft)]
    with pytest.raises(Exception, match="issuer_not_first"):
        seal(draft, makers, house.ground(), at=NOW)
    other = replace(draft, id=replace(draft.id, party=BANK))
    makers = [(name, house.makers[BUREAU]) for name, _ in makers]
    with pytest.raises(SealBroken, match="binding_stack"):
        seal(other, makers, house.ground(), at=NOW)
