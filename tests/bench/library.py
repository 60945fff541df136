"""The voucher library: verifying and sealing a 3 KB voucher with one seal, against its raw parts.

Raw parts are bare library calls on the same octets: finding the envelope's tags, base64, slicing
DER, the hashes the protocol asks for, lxml's parse, exc-c14n and XSD, and the public-key operation.
The limit stands on their sum, each part in a warm loop of its own; `also` tells the ratio to the
same parts run one after another, as a voucher meets them.
"""

import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from hub.voucher import Ground, open_message, seal, ses, verify
from hub.voucher.model import Draft, Voucher
from hub.voucher.suites.sm2_sm3 import Sm2Sm3
from tests.bench.measure import Bench, Figure, medians_us
from tests.support.sealed import NOW, House, a_draft, a_house, schemas

LIMIT: Final = 1.4
KIND: Final = "5509"  # one seal; all fields filled: a body of 3 KB

Parts = Mapping[str, Callable[[], object]]


def sealed(suite: str) -> tuple[House, Ground, Draft, Voucher]:
    """A house, its ground, a draft and the draft sealed once."""
    house, draft = a_house(suite), a_draft(KIND, full=True)
    ground = house.ground()
    return house, ground, draft, seal(draft, house.positions(draft), ground, at=NOW)


def raw_verify(house: House, voucher: Voucher) -> Parts:
    """The bare parts of verifying."""
    octets = voucher.octets
    layer = open_message(octets).layers[0]
    body, block = layer.body, layer.seals[0].octets
    found = ses.read_signature(block)
    texts = [binascii.b2a_base64(part, newline=False) for part in (body, block)]
    tags = (b'<Layer Type="', b"<Voucher>", b"</Voucher>", b"<Sign ", b"</Sign>", b"</Layer>")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(body, parser)
    kind = schemas().kind(KIND, "370100", "2026")
    schema = schemas().compiled(kind, layer.type).schema
    digest, public_key = house.suite.digest, public_key_verify(house, found)

    def hashes() -> None:
        digest(body)
        for data in (octets, body + block, found.seal, found.certificate):
            hashlib.sha256(data).digest()

    return {
        "envelope": lambda: [octets.find(tag) for tag in tags],
        "base64": lambda: [binascii.a2b_base64(text, strict_mode=True) for text in texts],
        "der": lambda: ses.read_signature(block),
        "hashes": hashes,
        "parse": lambda: etree.fromstring(body, parser),
        "c14n": lambda: etree.tostring(root, method="c14n", exclusive=True),
        "xsd": lambda: schema.validate(root),
        "verify": public_key,
    }


def public_key_verify(house: House, found: ses.SesSignature) -> Callable[[], object]:
    """The public-key operation alone, on a loaded key."""
    suite = house.suite
    if isinstance(suite, Sm2Sm3):
        facts = suite.certificate(found.certificate)
        key = suite.library.public_key(facts.spki) if facts else None
        assert key is not None
        return lambda: suite.library.verify(key, found.signature, found.tbs)
    return lambda: suite.verify(found.certificate, found.signature, found.tbs)


def raw_seal(house: House, draft: Draft, voucher: Voucher) -> Parts:
    """The bare parts of sealing: build, hash, sign, write the envelope, and verify it."""
    layer = open_message(voucher.octets).layers[0]
    found = ses.read_signature(layer.seals[0].octets)
    maker = house.makers[draft.id.party]
    blobs = (layer.body, layer.seals[0].octets)

    def build() -> bytes:
        root = etree.Element("Voucher")
        for name, value in draft.body.fields.items():
            etree.SubElement(root, name).text = value
        details = etree.SubElement(root, "DetailList")
        for row in draft.body.details:
            detail = etree.SubElement(details, "Detail")
            for name, value in row.items():
                etree.SubElement(detail, name).text = value
        return bytes(etree.tostring(root, method="c14n", exclusive=True))

    return {
        "build": build,
        "encode": lambda: [binascii.b2a_base64(blob, newline=False) for blob in blobs],
        "digest": lambda: house.suite.digest(layer.body),
        "sign": lambda: maker.sign([found.tbs]),
        **raw_verify(house, voucher),
    }


def figure(name: str, parts: Parts, whole: Callable[[], object], what: str) -> Figure:
    """The whole against the sum of its parts."""

    def in_turn() -> None:
        for part in parts.values():
            part()

    measured = medians_us({**parts, "in turn": in_turn, "whole": whole})
    value, in_turn_us = measured.pop("whole"), measured.pop("in turn")
    raw = sum(measured.values())
    detail = " ".join(f"{part}={us:.0f}" for part, us in measured.items())
    return Figure(
        name, round(value, 1), "us", round(LIMIT * raw, 1), round(value / raw, 3),
        f"{what}; one core, warm verdicts; raw parts alone {raw:.0f} us: {detail}; in turn "
        f"{in_turn_us:.0f} us",
        also={"ratio_in_turn": round(value / in_turn_us, 3)},
    )  # fmt: skip


def verify_bench(name: str, suite: str) -> Figure:
    """Verify one voucher."""
    house, ground, _, voucher = sealed(suite)

    def whole() -> Voucher:
        return verify(
            voucher.octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env,
            at=NOW, suites=ground.suites, known=ground.known, verdicts=ground.verdicts,
        )  # fmt: skip

    what = f"{suite}, body {len(voucher.top.body)} B, message {len(voucher.octets)} B, 1 seal"
    return figure(name, raw_verify(house, voucher), whole, what)


def seal_bench(name: str, suite: str) -> Figure:
    """Seal one voucher and verify what was attached."""
    house, ground, draft, voucher = sealed(suite)
    makers = house.positions(draft)
    what = f"{suite}, body {len(voucher.top.body)} B, 1 seal; sealing verifies what it attached"
    return figure(
        name,
        raw_seal(house, draft, voucher),
        lambda: seal(draft, makers, ground, at=NOW),
        what,
    )


BENCHES: Final[dict[str, Bench]] = {
    "library_verify_sm2": lambda: [verify_bench("library_verify_sm2", "sm2-sm3")],
    "library_verify_p256": lambda: [verify_bench("library_verify_p256", "p256-sha256")],
    "library_seal_sm2": lambda: [seal_bench("library_seal_sm2", "sm2-sm3")],
    "library_seal_p256": lambda: [seal_bench("library_seal_p256", "p256-sha256")],
}
