"""The voucher library: verifying and sealing 3 KB vouchers with one seal, against their raw parts.

Raw parts are bare library calls on the same octets: finding the envelope's tags, base64, slicing
DER, the hashes the protocol asks for, lxml's parse, exc-c14n and XSD, and the public-key operation.
Sealing's are building the body with lxml, base64, digest and signing, and all of verifying's, for
what is sealed is verified. Every part and the whole go round the same `STREAM` different vouchers,
so that no memory of one text helps. The limit stands on the parts' sum, each part in a warm loop of
its own; `also` tells the ratio to the same parts run one after another, as a voucher meets them.
"""

import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from hub.voucher import Ground, open_message, seal, seal_many, ses, verify, verify_many
from hub.voucher.model import Draft, Voucher
from hub.voucher.ports import Suite
from hub.voucher.suites.sm2_sm3 import Sm2Sm3, open_suite
from hub.voucher.suites.sm2_tables import EARNED, TRIAL
from tests.bench.measure import Bench, Figure, medians_us
from tests.support.sealed import NOW, House, a_draft, a_house, schemas

VERIFY_MOST: Final = 1.15
SEAL_MOST: Final = 1.3
KNOWN_KEY_MOST: Final = 320 / 600  # of plain libcrypto
KIND: Final = "5509"  # one seal; all fields filled and three rows: a body of 3 KB
STREAM: Final = 64
TAGS: Final = (b'<Layer Type="', b"<Voucher>", b"</Voucher>", b"<Sign ", b"</Sign>", b"</Layer>")

T = TypeVar("T")
Part = Callable[[], object]
Parts = Mapping[str, Part]


@dataclass(frozen=True)
class Sealed:
    """A house and the vouchers it sealed."""

    house: House
    ground: Ground
    drafts: Sequence[Draft]
    vouchers: Sequence[Voucher]

    @property
    def about(self) -> str:
        """As conditions tell it."""
        first = self.vouchers[0]
        return (
            f"{self.house.suite.name}, {STREAM} vouchers in turn, body {len(first.top.body)} B, "
            f"message {len(first.octets)} B, 1 seal"
        )


def sealed(suite: str) -> Sealed:
    """Different vouchers of one issuer."""
    house = a_house(suite)
    ground = house.ground()
    drafts = [a_draft(KIND, f"2026{n:09d}", n, full=True, rows=3) for n in range(STREAM)]
    makers = house.positions(drafts[0])
    return Sealed(house, ground, drafts, seal_many(drafts, makers, ground, at=NOW))


def each(items: Iterable[T], do: Callable[[T], object]) -> Part:
    """One call after another for one item after another."""
    source = cycle(items)
    return lambda: do(next(source))


def raw_verify(made: Sealed) -> Parts:
    """The bare parts of verifying."""
    messages = [voucher.octets for voucher in made.vouchers]
    layers = [open_message(octets).layers[0] for octets in messages]
    bodies = [layer.body for layer in layers]
    blocks = [layer.seals[0].octets for layer in layers]
    found = [ses.read_signature(block) for block in blocks]
    texts = [
        [binascii.b2a_base64(x, newline=False) for x in pair]
        for pair in zip(bodies, blocks, strict=True)
    ]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    roots = [etree.fromstring(body, parser) for body in bodies]
    kind = schemas().kind(KIND, "370100", "2026")
    schema = schemas().compiled(kind, layers[0].type).schema
    digest, sha256 = made.house.suite.digest, hashlib.sha256

    def tags(octets: bytes) -> None:
        at = 0
        for tag in TAGS:
            at = octets.find(tag, at)

    def all_hashes(of: tuple[bytes, bytes, bytes, ses.SesSignature]) -> None:
        octets, body, block, signature = of
        digest(body)
        for data in (octets, body + block, signature.seal, signature.certificate):
            sha256(data).digest()

    return {
        "envelope": each(messages, tags),
        "base64": each(
            texts, lambda pair: [binascii.a2b_base64(x, strict_mode=True) for x in pair]
        ),
        "der": each(blocks, ses.read_signature),
        "hashes": each(list(zip(messages, bodies, blocks, found, strict=True)), all_hashes),
        "parse": each(bodies, lambda body: etree.fromstring(body, parser)),
        "c14n": each(roots, lambda root: etree.tostring(root, method="c14n", exclusive=True)),
        "xsd": each(roots, schema.validate),
        "verify": each(found, public_key_verify(made.house.suite, found[0].certificate)),
    }


def public_key_verify(suite: Suite, certificate: bytes) -> Callable[[ses.SesSignature], object]:
    """The public-key operation alone, on a loaded key."""
    if isinstance(suite, Sm2Sm3):
        facts = suite.certificate(certificate)
        key = suite.library.public_key(facts.spki) if facts else None
        assert key is not None
        return lambda found: suite.library.verify(key, found.signature, found.tbs)
    loaded = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    algorithm = ec.ECDSA(hashes.SHA256())
    return lambda found: loaded.verify(found.signature, found.tbs, algorithm)


def raw_seal(made: Sealed) -> Parts:
    """The bare parts of sealing: build, encode, digest and sign, and those of verifying."""
    layers = [open_message(voucher.octets).layers[0] for voucher in made.vouchers]
    tbs = [ses.read_signature(layer.seals[0].octets).tbs for layer in layers]
    maker = made.house.makers[made.drafts[0].id.party]

    def build(draft: Draft) -> bytes:
        root = etree.Element("Voucher")
        for name, value in draft.body.fields.items():
            etree.SubElement(root, name).text = value
        details = etree.SubElement(root, "DetailList")
        for row in draft.body.details:
            detail = etree.SubElement(details, "Detail")
            for name, value in row.items():
                etree.SubElement(detail, name).text = value
        return bytes(etree.tostring(root, method="c14n", exclusive=True))

    blobs = [(layer.body, layer.seals[0].octets) for layer in layers]
    return {
        "build": each(made.drafts, build),
        "encode": each(blobs, lambda pair: [binascii.b2a_base64(x, newline=False) for x in pair]),
        "digest": each([layer.body for layer in layers], made.house.suite.digest),
        "sign": each(tbs, lambda one: maker.sign([one])),
        **raw_verify(made),
    }


def figure(name: str, parts: Parts, whole: Mapping[str, Part], most: float, what: str) -> Figure:
    """The whole against the sum of its parts; other wholes stand beside it, per voucher."""

    def in_turn() -> None:
        for part in parts.values():
            part()

    measured = medians_us({**parts, **whole, "in turn": in_turn})
    raw, value = sum(measured[part] for part in parts), measured["whole"]
    detail = " ".join(f"{part}={measured[part]:.0f}" for part in parts)
    also = {"ratio_in_turn": round(value / measured["in turn"], 3)}
    for other in whole.keys() - {"whole"}:
        us = measured[other] / STREAM
        also |= {f"{other}_us": round(us, 1), f"{other}_ratio": round(us / raw, 3)}
    return Figure(
        name, round(value, 1), "us", round(most * raw, 1), round(value / raw, 3),
        f"{what}; one core, warm verdicts; raw parts alone {raw:.0f} us: {detail}; in turn "
        f"{measured['in turn']:.0f} us",
        also=also,
    )  # fmt: skip


def verified(ground: Ground, octets: bytes) -> Voucher:
    """Verify one message."""
    return verify(
        octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env, at=NOW,
        suites=ground.suites, known=ground.known, verdicts=ground.verdicts,
    )  # fmt: skip


def verify_bench(name: str, suite: str) -> Figure:
    """Verify one voucher after another; beside it, all of them as one batch."""
    made = sealed(suite)
    messages = [voucher.octets for voucher in made.vouchers]
    assert list(made.vouchers) == verify_many(messages, made.ground, at=NOW)
    wholes: Parts = {
        "whole": each(messages, lambda octets: verified(made.ground, octets)),
        "batch": lambda: verify_many(messages, made.ground, at=NOW),
    }
    return figure(name, raw_verify(made), wholes, VERIFY_MOST, made.about)


def seal_bench(name: str, suite: str) -> Figure:
    """Seal one voucher after another and verify what was attached; beside it, as one batch."""
    made = sealed(suite)
    makers = made.house.positions(made.drafts[0])
    wholes: Parts = {
        "whole": each(made.drafts, lambda draft: seal(draft, makers, made.ground, at=NOW)),
        "batch": lambda: seal_many(made.drafts, makers, made.ground, at=NOW),
    }
    what = f"{made.about}; sealing verifies what it attached"
    return figure(name, raw_seal(made), wholes, SEAL_MOST, what)


def known_key_bench(name: str) -> Figure:
    """Verify vouchers of a signer whose key has a table, against plain libcrypto."""
    made = sealed("sm2-sm3")
    suite = open_suite(tables=1)
    quick = made.house.ground(suites={suite.name: suite})
    messages = [voucher.octets for voucher in made.vouchers]
    for octets in messages * ((EARNED + TRIAL) // STREAM + 2):
        verified(quick, octets)
        while suite.grow():
            continue
    measured = medians_us({
        "tables": each(messages, lambda octets: verified(quick, octets)),
        "plain": each(messages, lambda octets: verified(made.ground, octets)),
    })  # fmt: skip
    assert suite.tables is not None
    assert suite.tables.trusted
    value, plain = measured["tables"], measured["plain"]
    return Figure(
        name, round(value, 1), "us", round(KNOWN_KEY_MOST * plain, 1), round(value / plain, 3),
        f"{made.about}; the whole verify with a table of the signer's key; plain libcrypto "
        f"{plain:.0f} us; the limit is 320 where plain takes 600",
    )  # fmt: skip


BENCHES: Final[dict[str, Bench]] = {
    "library_verify_sm2": lambda: [verify_bench("library_verify_sm2", "sm2-sm3")],
    "library_verify_p256": lambda: [verify_bench("library_verify_p256", "p256-sha256")],
    "library_verify_sm2_known_key": lambda: [known_key_bench("library_verify_sm2_known_key")],
    "library_seal_sm2": lambda: [seal_bench("library_seal_sm2", "sm2-sm3")],
    "library_seal_p256": lambda: [seal_bench("library_seal_p256", "p256-sha256")],
}
