"""The quick ways say what the plain ways say: frames, batches, messages that were just written."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError, Malformed, Rejection
from hub.voucher import der, open_message, seal, seal_many, ses, verify, verify_many, write_message
from hub.voucher.codec import SEAL_BYTES_MAX, sealed_message
from hub.voucher.frames import FRAMES_MAX, Frame, Frames
from hub.voucher.model import Body, Head, Layer, LayerType, Opened, Reading, SealBlock, Voucher
from tests.support.mutator import flips, sealed_stack
from tests.support.sealed import BUREAU, NOW, a_draft, a_draft_above, a_house

SUITES = ["digest-only", "p256-sha256", "sm2-sm3"]
KEY = b"k" * 64


def blocks(suite: str) -> list[bytes]:
    house = a_house(suite)
    drafts = [a_draft(number=f"N{n}") for n in range(3)]
    made = seal_many(drafts, house.positions(drafts[0]), house.ground(), at=NOW)
    return [open_message(voucher.octets).layers[0].seals[0].octets for voucher in made]


def sliced(octets: bytes) -> ses.SesSignature | None:
    try:
        return ses.read_signature(octets)
    except Malformed:
        return None


@pytest.mark.parametrize("suite", SUITES)
def test_a_frame_reads_every_signature_of_its_signer(suite: str) -> None:
    first, *others = blocks(suite)
    frame = Frame(first, ses.read_signature(first), KEY)
    for octets in others:
        read = frame.read(octets)
        assert read is not None
        assert read == ses.read_signature(octets)
        assert read.key == KEY


@pytest.mark.parametrize("suite", SUITES)
def test_a_frame_never_reads_what_strict_der_refuses(suite: str) -> None:
    first, other, _ = blocks(suite)
    frame = Frame(first, ses.read_signature(first), KEY)
    changed = [octets for _, octets in flips(other, (0x01, 0x80))]
    changed += [other[:cut] for cut in range(0, len(other), 9)]
    changed += [other + b"\0", other[:-1] + b"\0\0", b"", other * 2]
    read = 0
    for octets in changed:
        try:
            found = frame.read(octets)
        except Malformed:
            found = None
        if found is not None:
            read += 1
            assert found == sliced(octets)
    assert read > 100  # time, digest, text or signature differ: still a signature of this frame


@given(st.binary(max_size=40), st.integers(0, 3000), st.integers(0, 40))
def test_a_frame_agrees_with_the_slicer_on_spoilt_signatures(
    piece: bytes, at: int, length: int
) -> None:
    first, other, _ = blocks("digest-only")
    at %= len(other)
    octets = other[:at] + piece + other[at + length :]
    frames = Frames()
    frames.keep(first, ses.read_signature(first), KEY)
    try:
        found: ses.SesSignature | None = frames.read(octets)
    except Malformed:
        found = None
    assert sliced(octets) == found


def test_frames_are_bounded() -> None:
    frames = Frames()
    octets = blocks("digest-only")[0]
    for n in range(FRAMES_MAX + 10):
        other = octets[:23] + n.to_bytes(2) + octets[25:]  # another seal
        frames.keep(other, ses.read_signature(other), KEY)
    assert len(frames._frames) == FRAMES_MAX


def outcome(step: Callable[[], object]) -> object:
    try:
        return step()
    except HubError as refused:
        return refused.code


HEADS = st.builds(Head, *[st.text('AZaz09_.-" <>&é', min_size=1, max_size=4)] * 4)
SEALS = st.builds(SealBlock, st.text('a_.-"é', max_size=3), st.binary(max_size=4))
LAYERS = st.builds(
    Layer,
    st.sampled_from(LayerType),
    st.binary(max_size=5),
    st.lists(SEALS, max_size=9).map(tuple),
)


@given(HEADS, st.lists(LAYERS, max_size=3))
def test_a_message_just_written_is_refused_as_its_octets_are(
    head: Head, layers: list[Layer]
) -> None:
    made = outcome(lambda: sealed_message(head, layers))
    opened = outcome(lambda: open_message(write_message(head, layers)))
    assert isinstance(made, Opened) == isinstance(opened, Opened)
    if isinstance(made, Opened):
        assert opened == made


def test_a_good_message_just_written_is_what_opens() -> None:
    voucher, _, _ = sealed_stack("digest-only", LayerType.RECEIPT)
    opened = open_message(voucher.octets)
    assert opened == sealed_message(opened.head, opened.layers)
    layer = opened.layers[0]
    long = Layer(layer.type, layer.body, (SealBlock("cz_jb", b"x" * (SEAL_BYTES_MAX + 1)),))
    with pytest.raises(Malformed, match="seal_size"):
        sealed_message(opened.head, [long])


def test_a_batch_gets_the_verdicts_of_one_by_one() -> None:
    house, draft = a_house("digest-only"), a_draft()
    good = seal(draft, house.positions(draft), house.ground(), at=NOW)
    above = a_draft_above(good)
    receipt = seal(above, house.positions(above), house.ground(), at=NOW)
    spoilt = re.sub(rb'VoucherNo="[^"]*"', b'VoucherNo="1"', good.octets)
    batch = [good.octets, b"", spoilt, receipt.octets, good.octets[:-1], good.octets]

    def single(octets: bytes) -> object:
        ground = house.ground()
        return outcome(lambda: verify(
            octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env, at=NOW,
            suites=ground.suites, known=ground.known, verdicts=ground.verdicts,
        ))  # fmt: skip

    verdicts = verify_many(batch, house.ground(), at=NOW)
    told = [v if isinstance(v, Voucher) else v.code for v in verdicts]
    assert [single(octets) for octets in batch] == told
    assert [Voucher, Malformed, Voucher] == [type(verdicts[n]) for n in (0, 1, 5)]
    assert isinstance(verdicts[2], Rejection)


def test_a_body_is_made_once_and_only_when_asked() -> None:
    made = []

    def whole() -> Body:
        made.append(1)
        return Body({"Id": "1", "Remark": "x"})

    reading = Reading(Body({"Id": "1"}), whole)
    assert reading.ruled == Body({"Id": "1"})
    assert [] == made
    assert reading.content is reading.content
    assert reading == Reading(Body({"Id": "1", "Remark": "x"}))
    assert [1] == made


def test_a_second_signer_under_one_seal_is_read_too() -> None:
    first = blocks("p256-sha256")[0]
    signature = ses.read_signature(first)
    other = ses.assemble_signature(
        signature.tbs, b"another certificate", signature.algorithm, signature.signature
    )
    frames = Frames()
    frames.keep(first, signature, KEY)
    assert b"another certificate" == frames.read(other).certificate
    assert b"" == frames.read(other).key
    assert der.whole(other)
    assert BUREAU in a_house("p256-sha256").makers
