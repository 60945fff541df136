"""A corpus of hostile octets: for every place that refuses, one input that it refuses.

`python -m tests.support.corpus` adds inputs for places that have none yet; it never rewrites one.
Files are `tests/fault/corpus/<reader>/<code>.<place>.bin`: the code is what the reader must say
(`read` where it reads them), the place is where it said so when the file was made.

A place is the chain of calls in the reader up to where it refuses. All inputs are made here, of
small good ones by keys that nobody keeps: steps of `mutator`, hostile bodies, noise by seed.
"""

import base64
import hashlib
import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from hub.errors import HubError, Rejection
from hub.voucher import der, foreign_forms, legacy, open_message, ses, xml
from hub.voucher.codec import write_message
from hub.voucher.model import Attachment, Body, Head, Layer, LayerType, SealBlock
from tests.support.foreign import a_foreign_file, loose_mutants
from tests.support.mutator import Mutant, attribute_mutants, der_mutants, element_mutants
from tests.support.sealed import BUREAU, NOW, Holder, a_holder, a_seal, suites

FOLDER: Final = Path(__file__).parents[1] / "fault/corpus"
READ: Final = "read"
NOISE: Final = 6000
BYTES_MAX: Final = 64 << 10
P256: Final = "p256-sha256"
HEAD: Final = Head("370100", "2026", "5201", "2026000000001")
BODY: Final = Body(
    {"VoucherFlag": "0", "VoucherNo": HEAD.number, "Remark": "设备 & <购置>"},
    ({"Id": "1"}, {"Id": "2"}),
    (Attachment("a.ofd", hashlib.sha256(b"").hexdigest(), 0),),
)
ODD: Final = b"<>&;\"=/!?\\'-\x00\r\n\x80\x81\x84\xff\x30\x04\x03\x02\x06\x18\x17\xa0"


def read_ses(octets: bytes) -> object:
    """A signature with the seal in it, strictly."""
    return ses.read_seal(ses.read_signature(octets).seal)


def read_foreign(octets: bytes) -> object:
    """The same, tolerantly."""
    return foreign_forms.read_seal(foreign_forms.read_signature(octets)[0].seal)


READERS: Final[Mapping[str, Callable[[bytes], object]]] = {
    "envelope": open_message,
    "ses": read_ses,
    "foreign": read_foreign,
    "xml": xml.read,
    "legacy": legacy.read,
}


def verdict(reader: str, octets: bytes) -> tuple[str, str]:
    """The code a reader says, and the place where it says so; what is no refusal is raised."""
    try:
        READERS[reader](octets)
    except Rejection as refused:
        calls = traceback.extract_tb(refused.__traceback__)
        inside = [call for call in calls if "/hub/" in call.filename]
        chain = "/".join(f"{Path(c.filename).stem}.{c.name}:{c.line}" for c in inside)
        return refused.code, f"{inside[-1].name.strip('_')}-{_short(chain.encode())}"
    return READ, ""


def made(reader: str) -> Iterator[bytes]:
    """Hostile octets for a reader: steps of a good one, then shapes of its own, then noise."""
    good = GOOD[reader]()
    yield good
    for _, octets in STEPS[reader](good):
        yield octets
    yield from OWN[reader](good)
    yield from noise(good, NOISE)


def noise(good: bytes, count: int) -> Iterator[bytes]:
    """Good octets with a few random changes; the same ones in every run."""
    source = random.Random(len(good))
    for _ in range(count):
        octets = bytearray(good)
        for _ in range(source.randrange(1, 5)):
            at = source.randrange(len(octets) + 1)
            size, start = source.randrange(1, 40), source.randrange(len(octets) + 1)
            new = [
                bytes([source.choice(ODD)]),
                b"",
                source.randbytes(size),
                bytes(octets[start : start + size]),
            ][source.randrange(4)]
            octets[at : at + source.choice([0, 1, size])] = new
            if not octets:
                break
        yield bytes(octets)


def _short(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:8]


# --- good ones -----------------------------------------------------------------------------------


def a_message() -> bytes:
    seals = tuple(SealBlock(name, b"\x30\x03\x02\x01\x01") for name in ("cz_jb", "cz_gz"))
    layer = Layer(LayerType.ORIGINAL, xml.write(BODY), seals)
    answer = Layer(LayerType.RECEIPT, b"<Voucher><Id>1</Id></Voucher>", seals[:1])
    return write_message(HEAD, (layer, answer))


def a_signature() -> bytes:
    suite = suites()[P256]
    maker: Holder = a_holder(suite, "Corpus Maker", authority=True)
    signer = a_holder(suite, "Corpus Signer", maker)
    picture = ses.Picture("svg", b"<svg/>", 4, 4)
    seal = a_seal(suite, signer, maker, BUREAU, picture=picture)
    tbs = ses.signature_tbs(seal, NOW, suite.digest(b""), "evx1")
    return ses.assemble_signature(
        tbs, signer.certificate, suite.signature_oid, signer.key.sign(tbs)
    )


def an_older_envelope() -> bytes:
    return legacy.write(HEAD, Body(BODY.fields, BODY.details), flag="0", return_reason="退")


GOOD: Final[Mapping[str, Callable[[], bytes]]] = {
    "envelope": a_message,
    "ses": a_signature,
    "foreign": lambda: a_foreign_file(P256)[0],
    "xml": lambda: xml.write(BODY),
    "legacy": an_older_envelope,
}


# --- steps and shapes ----------------------------------------------------------------------------


def _text(good: bytes) -> Iterator[Mutant]:
    yield from element_mutants(good)
    yield from attribute_mutants(good)


STEPS: Final[Mapping[str, Callable[[bytes], Iterator[Mutant]]]] = {
    "envelope": _text, "xml": _text, "legacy": _text, "ses": lambda good: der_mutants(good, 6),
    "foreign": lambda good: loose_mutants(good, 6),
}  # fmt: skip


def _stacks(good: bytes) -> Iterator[bytes]:
    """Envelopes with layers and seals that may not be."""
    yield from (b"", good + b"\n", b"<MOF>" * 900, good * 2)
    seal = SealBlock("cz_jb", b"\x30\x00")
    for types in ("receipt",), ("document", "receipt"), ("original", "original"), ("recall",) * 3:
        yield write_message(HEAD, [Layer(LayerType(one), b"x", (seal,)) for one in types])
    for seals in ((), (seal,) * 9, (replace(seal, octets=b"x" * ((32 << 10) + 1)),)):
        yield write_message(HEAD, [Layer(LayerType.ORIGINAL, b"x", seals)])


def _shapes(good: bytes) -> Iterator[bytes]:
    """What costs a careless reader of DER much: long, deep, many, lying lengths."""
    yield b""
    yield b"\x05\x00" * (foreign_forms.ELEMENTS_MAX + 1)
    yield b"\x30\x80" * 2000
    deep = b""
    for _ in range(2000):
        deep = b"\x30\x84" + len(deep).to_bytes(4, "big") + deep
    yield deep
    for length in (b"\x80", b"\x84\xff\xff\xff\xff", b"\x85\0\0\0\0\1", b"\xff", b"\x81\x01"):
        yield good[:1] + length + good[2:]
    bits, empty = der.build(der.BITS, b"\0"), der.build(der.SEQUENCE)
    beside = (der.build(der.OCTETS), der.oid("1.2"), bits)
    old_seal = der.build(der.SEQUENCE, empty, empty)
    yield der.build(der.SEQUENCE, empty, bits)
    for version in (1, 3, 4, 5):
        for seal in (empty, old_seal):
            time = der.build(der.TIME, b"20261121080000Z")
            text = der.build(der.IA5, b"x")
            tbs = der.build(der.SEQUENCE, der.integer(version), seal, time, bits, text)
            yield der.build(der.SEQUENCE, tbs, *beside)


HOSTILE: Final[Mapping[str, str]] = {
    "depth": "xml_syntax", "attributes": "xml_syntax", "escapes": "xml_syntax",
    "lists": "xml_syntax", "rows, last one open": "xml_syntax", "comments": "xml_forbidden",
    "character references": "xml_not_canonical", "elements": "xml_not_canonical",
    "elements in a row": "xml_not_canonical", "one name twice": "xml_not_canonical",
    "namespaces": "xml_not_canonical", "rows, last one wrong": "xml_not_canonical",
    "empty rows": READ, "text": READ, "wide text": READ, "rows alike": READ,
    "rows, many wrong": READ,
}  # fmt: skip
"""What is said of bodies of 64 KB by themselves; schema and rules come after."""


def hostile() -> dict[str, bytes]:
    """Bodies of 64 KB that cost a careless reader much, by shape."""
    from tests.bench.library_paths import hostile_bodies

    head = GOOD["xml"]().partition(b"<DetailList>")[0]
    row = b"<Detail><Id>1</Id></Detail>"
    return hostile_bodies(head + b"<DetailList>" + row + b"</DetailList></Voucher>")


def _hostile(good: bytes) -> Iterator[bytes]:
    yield from hostile().values()
    yield b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + good
    yield b"\xef\xbb\xbf" + good
    yield b"<A>" * 300


def _declared(good: bytes) -> Iterator[bytes]:
    for label in (b"UTF-16", b"latin-1", b"GB2312", b"utf-8"):
        yield good.replace(b"GBK", label, 1)
    for text in (b"0", b"1e9", b"-1", b"2"):
        yield good.replace(b"<VoucherCount>1<", b"<VoucherCount>" + text + b"<")
    yield good.replace(b"</VoucherFlag>", b"2</VoucherFlag>")
    start, end = good.index(b"<Voucher>") + 9, good.index(b"</Voucher>")
    for inner in (
        b"<Other></Other>", b"<Voucher>" + b"<DetailList></DetailList>" * 2 + b"</Voucher>",
        b"<Voucher><DetailList><Id>1</Id></DetailList></Voucher>", b"<Voucher>" * 900,
        b"<Voucher><Id>1</Id><Id>1</Id></Voucher>", b"<Voucher><Id><Id>1</Id></Id></Voucher>",
        b"<!DOCTYPE a><Voucher></Voucher>", b"<Voucher>\xff</Voucher>", b"",
        b"<Voucher><VoucherNo>2</VoucherNo></Voucher>",
    ):  # fmt: skip
        yield good[:start] + base64.b64encode(inner) + good[end:]
    body = good[good.index(b"<VoucherBody ") : good.index(b"</MOF>")]
    yield good.replace(body, body * 501).replace(b"<VoucherCount>1<", b"<VoucherCount>501<")


OWN: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
    "envelope": _stacks, "ses": _shapes, "foreign": _shapes, "xml": _hostile, "legacy": _declared,
}  # fmt: skip


def too_large() -> Iterator[tuple[str, str, bytes]]:
    """(reader, code, octets) of what is hostile by its size: made, not kept."""
    yield "envelope", "message_size", b" " * ((2 << 20) + 1)
    yield "envelope", "envelope_syntax", b"<" * (2 << 20)
    wide = Layer(LayerType.ORIGINAL, b"x" * ((1 << 20) + 1), (SealBlock("cz_jb", b"\x30\x00"),))
    yield "envelope", "body_size", write_message(HEAD, [wide])
    yield "xml", "xml_syntax", b"<A>" * (600 << 10)
    for shape, octets in hostile().items():
        yield "xml", HOSTILE[shape], octets
    yield "foreign", "ses_der", b"\x05\x00" * (300 << 10)
    yield "foreign", "ses_der", b"\x30\x84\x00\x10\x00\x00" + b"\x05\x00" * (512 << 10)
    yield "ses", "ses_der", b"\x30\x83\x10\x00\x00" + b"\x05\x00" * (512 << 10)
    yield "legacy", "legacy_too_large", b" " * (legacy.BYTES_MAX + 1)


def main() -> None:
    for reader in READERS:
        folder = FOLDER / reader
        folder.mkdir(parents=True, exist_ok=True)
        have = {path.name for path in folder.iterdir()}
        found: dict[str, bytes] = {}
        for octets in made(reader):
            code, place = verdict(reader, octets)
            name = f"{code}.{place}.bin" if place else f"{code}.bin"
            kept = found.get(name)
            if len(octets) <= BYTES_MAX and (kept is None or len(octets) < len(kept)):
                found[name] = octets
        for name in found.keys() - have:
            (folder / name).write_bytes(found[name])


if __name__ == "__main__":
    try:
        main()
    except HubError as error:
        raise SystemExit(str(error)) from error
