"""The voucher library's other paths: known lower layers, hostile bodies, cold and ended seals."""

import gc
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from hub.clock import Instant
from hub.errors import Rejection
from hub.voucher import Ground, VerdictCache, binding, open_message, seal, ses
from hub.voucher.codec import write_message
from hub.voucher.model import Layer, LayerType, SealBlock
from hub.voucher.suites.p256_sha256 import P256Sha256
from hub.voucher.suites.sm2_sm3 import open_suite
from hub.voucher.verification import authentic_layer, body_of, sliced
from tests.bench.library import KIND, verified
from tests.bench.measure import Bench, Figure, medians_us
from tests.support.sealed import (
    BUREAU,
    NOW,
    TREASURY_PARTY,
    House,
    Known,
    a_draft,
    a_draft_above,
    a_house,
)

LOWER_US: Final = 60.0
HOSTILE_MS: Final = 5.0
SIZE: Final = 64 << 10
COLD_ROUNDS: Final = 15


def lower_layer(name: str) -> list[Figure]:
    """What a lower layer costs that this node has verified: decode, slice, look up and bind."""
    house = a_house("p256-sha256")
    draft = a_draft(KIND, full=True, rows=3)
    original = seal(draft, house.positions(draft), house.ground(), at=NOW)
    above = a_draft_above(original, LayerType.RETURN)
    above = replace(above, id=replace(above.id, party=TREASURY_PARTY))
    returned = seal(above, house.positions(above), house.ground(), at=NOW)
    ground = house.ground(known=Known(original.top.stack_digest))
    unknown = house.ground()
    assert returned == verified(ground, returned.octets)
    both = open_message(returned.octets)
    frames = ground.verdicts.frames
    stack = [sliced(layer, ground.env, frames) for layer in both.layers]
    lower = both.layers[0]

    def looked_up() -> object:
        parts = [sliced(lower, ground.env, frames), stack[1]]
        layer = authentic_layer(both, parts, 0, ground, NOW)
        return body_of(layer, None, NOW)

    measured = medians_us({
        "one": lambda: open_message(original.octets),
        "look up": looked_up,
        "known": lambda: verified(ground, returned.octets),
        "unknown": lambda: verified(unknown, returned.octets),
    })  # fmt: skip
    value = measured["one"] + measured["look up"]
    return [
        Figure(
            name, round(value, 1), "us", LOWER_US, None,
            f"body {len(lower.body)} B, {len(lower.seals)} seals: decode {measured['one']:.0f}, "
            f"slice, look up and bind {measured['look up']:.0f} us; a return on it "
            f"p256 {measured['known']:.0f} us, {measured['unknown']:.0f} where it is unknown",
        )
    ]  # fmt: skip


def forged(house: House, body: bytes) -> bytes:
    """A message whose seals hold, over whatever octets: what a registered signer could send."""
    draft = a_draft()
    good = seal(draft, house.positions(draft), house.ground(), at=NOW)
    opened = open_message(good.octets)
    previous, blocks = b"", []
    for block in opened.layers[0].seals:
        old = ses.read_signature(block.octets)
        digest = house.suite.digest
        prev = digest(previous).hex() if previous else binding.START
        bound = replace(binding.read(old.property_info), prev=prev)
        tbs = ses.signature_tbs(old.seal, old.sealed_at, digest(body), binding.write(bound))
        [signature] = house.makers[BUREAU].sign([tbs])
        previous = ses.assemble_signature(tbs, old.certificate, old.algorithm, signature)
        blocks.append(SealBlock(block.position, previous))
    layer = Layer(opened.layers[0].type, body, tuple(blocks))
    return write_message(opened.head, (layer,))


def hostile_bodies(good: bytes) -> dict[str, bytes]:
    """Bodies of 64 KB that cost a careless reader much."""
    start, end = b"<Voucher>", b"</Voucher>"
    row = good[good.index(b"<Detail>") : good.index(b"</Detail>") + len(b"</Detail>")]
    many = good.replace(row, row * ((SIZE - len(good)) // len(row)), 1)

    def filled(piece: bytes, head: bytes = start, tail: bytes = end) -> bytes:
        return head + piece * ((SIZE - len(head) - len(tail)) // len(piece)) + tail

    return {
        "depth": filled(b"<A>", tail=b""),
        "attributes": filled(b' a="1"', b"<Voucher", b"></Voucher>"),
        "character references": filled(b"<A>&#49;</A>"),
        "escapes": filled(b"&amp;", b"<Voucher><A>", b"</B></Voucher>"),
        "lists": filled(b"<DetailList>", tail=b""),
        "elements": filled(b"<A>1</A>"),
        "elements in a row": filled(
            b"<A>1</A>", b"<Voucher><DetailList><Detail>", b"</Detail></DetailList></Voucher>"
        ),
        "empty rows": filled(
            b"<Detail></Detail>", b"<Voucher><DetailList>", b"</DetailList>" + end
        ),
        "one name twice": filled(b"<Id>1</Id>"),
        "namespaces": filled(b'<A xmlns="u:x"></A>'),
        "text": filled(b"a", b"<Voucher><Id>", b"</Id></Voucher>"),
        "wide text": filled("中".encode(), b"<Voucher><Remark>", b"</Remark></Voucher>"),
        "rows, last one open": many[:-1],
        "rows, last one wrong": many.replace(end, b"<A></A>" + end),
        "rows alike": many,
        "rows, many wrong": many.replace(b"<Id>", b"<Id>\\"),
        "comments": filled(b"<!---->"),
    }


def hostile(name: str) -> list[Figure]:
    """Sealed octets that are no voucher, of 64 KB, refused; the slowest form counts."""
    house = a_house("p256-sha256")
    draft = a_draft(full=True, rows=2)
    good = seal(draft, house.positions(draft), house.ground(), at=NOW).top.body
    ground = house.ground()
    taken: dict[str, float] = {}
    codes = set()
    for shape, body in hostile_bodies(good).items():
        assert len(body) <= SIZE
        octets = forged(house, body)

        codes.add(refusal(ground, octets))
        taken[shape] = best_ms(partial(refusal, ground, octets))
    slowest = max(taken, key=lambda shape: taken[shape])
    told = ", ".join(f"{shape} {ms:.1f}" for shape, ms in taken.items())
    return [
        Figure(
            name, round(taken[slowest], 2), "ms", HOSTILE_MS, None,
            f"the slowest of {len(taken)} forms, {slowest!r}, seals that hold included; "
            f"all in ms: {told}; codes: {', '.join(sorted(codes))}",
        )
    ]  # fmt: skip


def refusal(ground: Ground, octets: bytes) -> str:
    """The code."""
    try:
        verified(ground, octets)
    except Rejection as refused:
        return refused.code
    raise AssertionError("not refused")


def best_ms(call: Callable[[], object], rounds: int = 5) -> float:
    """The least CPU milliseconds of a few calls."""
    found = []
    for _ in range(rounds):
        started = time.process_time()
        call()
        found.append(time.process_time() - started)
    return min(found) * 1000


def median_us(call: Callable[[], object], prepare: Callable[[], object]) -> float:
    """Median CPU microseconds of a call that is only once what it is."""
    found = []
    gc.collect()
    for _ in range(COLD_ROUNDS):
        prepare()
        started = time.process_time()
        call()
        found.append(time.process_time() - started)
    return sorted(found)[COLD_ROUNDS // 2] * 1e6


def cold_seal(suite_name: str) -> list[Figure]:
    """The first voucher of a signer: seal and chain judged, keys loaded; nothing kept yet."""
    house = a_house(suite_name)
    draft = a_draft(KIND, full=True, rows=3)
    voucher = seal(draft, house.positions(draft), house.ground(), at=NOW)
    ground = house.ground()
    warm = medians_us({"warm": lambda: verified(ground, voucher.octets)})["warm"]

    def forget() -> None:
        nonlocal ground
        suite = open_suite() if suite_name == "sm2-sm3" else P256Sha256()
        ground = replace(ground, suites={suite_name: suite}, verdicts=VerdictCache())

    value = median_us(lambda: verified(ground, voucher.octets), forget)
    short = suite_name.partition("-")[0]
    return [
        Figure(
            f"library_verify_cold_{short}", round(value, 1), "us", None, None,
            f"{suite_name}: verdicts and keys forgotten before each verify; warm {warm:.0f} us",
        )
    ]  # fmt: skip


def suspension(name: str) -> list[Figure]:
    """From a trust state with the seal suspended to the first refusal, verdicts all warm."""
    house = a_house("sm2-sm3")
    draft = a_draft(KIND, full=True, rows=3)
    voucher = seal(draft, house.positions(draft), house.ground(), at=NOW)
    ground, state = house.ground(), 1
    digest = hashlib.sha256(house.makers[BUREAU].seal).digest()
    row = house.trust.seals[digest]

    def back() -> None:
        nonlocal state
        state += 2
        newer = replace(house.trust, state=state)
        assert voucher == verified(replace(ground, trust=newer), voucher.octets)

    def suspended() -> None:
        ended = replace(row, ended_at=Instant(NOW - 1), ended_as="suspended")
        seals = {**house.trust.seals, digest: ended}
        newer = replace(house.trust, seals=seals, state=state + 1)
        code = refusal(replace(ground, trust=newer), voucher.octets)
        assert code == "seal_suspended"

    value = median_us(suspended, back)
    return [
        Figure(
            name, round(value, 1), "us", None, None,
            "sm2-sm3: from the new trust state to the refusal of the next voucher of that seal; "
            "vouchers that take effect in between: 0; the state is what a node's store tells it",
        )
    ]  # fmt: skip


BENCHES: Final[dict[str, Bench]] = {
    "library_lower_layer": lambda: lower_layer("library_lower_layer"),
    "library_hostile_64kb": lambda: hostile("library_hostile_64kb"),
    "library_verify_cold": lambda: cold_seal("sm2-sm3") + cold_seal("p256-sha256"),
    "library_suspension": lambda: suspension("library_suspension"),
}
