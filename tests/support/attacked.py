"""A good sealed message, what it becomes when it is spoilt, and the code that it is refused by."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import pytest

from hub.clock import Instant
from hub.errors import Held, HubError, Rejection
from hub.voucher import Ground, begin, examine, open_message, prepare, seal, ses, verify
from hub.voucher.codec import write_message
from hub.voucher.model import Draft, Head, Layer, SealBlock, Voucher
from hub.voucher.ports import SealMaker
from tests.support.sealed import BUREAU, NOW, House, a_draft, a_house


def verified(octets: bytes, ground: Ground, at: Instant = NOW) -> Voucher:
    return verify(
        octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env, at=at,
        suites=ground.suites, known=ground.known, verdicts=ground.verdicts,
    )  # fmt: skip


def code_of(asked: Callable[[], object]) -> str:
    """The code by which something is refused."""
    with pytest.raises(HubError) as refused:
        asked()
    return refused.value.code


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
def a_voucher(suite: str = "p256-sha256", number: str = "2026000000001") -> tuple[House, Voucher]:
    """A house and a voucher of its bureau, which verifies."""
    house = a_house(suite)
    draft = a_draft(number=number)
    voucher = seal(draft, house.positions(draft), house.ground(), at=NOW)
    assert voucher == verified(voucher.octets, house.ground())
    assert "TOTAL_PASSED" == examine(voucher.octets, house.ground(), at=NOW).indication
    return house, voucher


def rebuilt(voucher: Voucher, change: Callable[[tuple[Layer, ...]], tuple[Layer, ...]]) -> bytes:
    """The message with other layers under the same envelope."""
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


def unchecked(
    draft: Draft,
    makers: Sequence[tuple[str, SealMaker]],
    ground: Ground,
    change: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """A draft as somebody seals it who has the keys and checks nothing, its body changed before."""
    sealing = begin(draft, [position for position, _ in makers], ground, at=NOW)
    sealing = replace(sealing, body=change(sealing.body))
    for _, maker in makers:
        of, suite = maker, ground.suites[maker.suite]
        item = prepare(sealing, seal=of.seal, certificate=of.certificate, suite=suite, at=NOW)
        octets = ses.assemble_signature(
            item.tbs, item.certificate, item.algorithm, maker.sign([item.tbs])[0]
        )
        seals = (*sealing.seals, SealBlock(item.position, octets))
        sealing = replace(sealing, seals=seals)
    voucher = draft.id.voucher
    head = Head(voucher.division, voucher.year, voucher.kind, voucher.number)
    return write_message(head, (Layer(draft.id.layer, sealing.body, sealing.seals),))
