"""Every way to change a sealed message by one step: octets, elements, attributes, bodies, DER.

Each generator gives (what was done, octets) and never the octets it was given. A step is: an octet
flipped; an element, attribute, text or DER value removed, repeated, moved, swapped, nested or
emptied. Bodies and seals are changed inside their base64, so that the envelope stays good.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Final

from hub.errors import Held, Rejection
from hub.voucher import Ground, der, open_message, seal, verify
from hub.voucher.codec import write_message
from hub.voucher.model import Layer, LayerType, Opened, SealBlock, Voucher
from tests.support.sealed import NOW, Known, a_draft, a_draft_above, a_house

Mutant = tuple[str, bytes]

_TAG: Final = re.compile(rb"<(/?)([A-Za-z_]+)([^<>]*)>")
_ATTRIBUTE: Final = re.compile(rb' [A-Za-z]+="[^"]*"')
_CONSTRUCTED: Final = {der.SEQUENCE, 0x31, 0xA0, 0xA3}


def mutants(octets: bytes) -> Iterator[Mutant]:
    """Structural ones of envelope and seals."""
    opened = open_message(octets)
    yield from _fresh(element_mutants(octets), octets)
    yield from _fresh(attribute_mutants(octets), octets)
    yield from _fresh(_seals(opened), octets)


def body_mutants(octets: bytes) -> Iterator[Mutant]:
    """Structural ones of the bodies inside: many, for every element moves everywhere."""
    opened = open_message(octets)
    for number, layer in enumerate(opened.layers):
        for what, body in _fresh(element_mutants(layer.body), layer.body):
            yield f"body {number}: {what}", _with(opened, number, replace(layer, body=body))


@cache
def sealed_stack(suite: str, upper: LayerType | None) -> tuple[Voucher, Voucher, Ground]:
    """A message, the original in it, and the ground both stand on."""
    house, draft = a_house(suite), a_draft(rows=2)
    original = voucher = seal(draft, house.positions(draft), house.ground(), at=NOW)
    if upper is not None:
        above = a_draft_above(original, upper)
        voucher = seal(above, house.positions(above), house.ground(), at=NOW)
    return voucher, original, house.ground()


def survivors(made: Iterable[Mutant], ground: Ground, known: Known) -> tuple[int, list[str]]:
    """How many were tried, and those that verified."""
    tried, found = 0, []
    for what, octets in made:
        tried += 1
        try:
            verify(
                octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env, at=NOW,
                suites=ground.suites, known=known, verdicts=ground.verdicts,
            )  # fmt: skip
        except (Rejection, Held):
            continue
        found.append(what)
    return tried, found


def _fresh(made: Iterator[Mutant], octets: bytes) -> Iterator[Mutant]:
    seen = {octets}
    for what, changed in made:
        if changed not in seen:
            seen.add(changed)
            yield what, changed


def flips(octets: bytes, masks: tuple[int, ...] = (1,)) -> Iterator[Mutant]:
    """Every octet with each mask."""
    changed = bytearray(octets)
    for at, octet in enumerate(octets):
        for mask in masks:
            changed[at] = octet ^ mask
            yield f"octet {at} ^ {mask:#x}", bytes(changed)
        changed[at] = octet


def _seals(opened: Opened) -> Iterator[Mutant]:
    for number, layer in enumerate(opened.layers):
        for place, block in enumerate(layer.seals):
            for what, changed_seal in der_mutants(block.octets):
                seals = list(layer.seals)
                seals[place] = SealBlock(block.position, changed_seal)
                changed = replace(layer, seals=tuple(seals))
                yield f"seal {number}/{place}: {what}", _with(opened, number, changed)
        for order in permutations(layer.seals):
            changed = replace(layer, seals=order)
            yield f"layer {number}: seals in another order", _with(opened, number, changed)
        for blocks in permutations([block.octets for block in layer.seals]):
            pairs = zip(layer.seals, blocks, strict=True)
            changed = replace(layer, seals=tuple([SealBlock(b.position, o) for b, o in pairs]))
            yield f"layer {number}: seals change places", _with(opened, number, changed)


def _with(opened: Opened, number: int, layer: Layer) -> bytes:
    layers = list(opened.layers)
    layers[number] = layer
    return write_message(opened.head, layers)


def _spans(octets: bytes) -> list[tuple[int, int, int, int]]:
    """Each element: start, start and end of what it holds, end."""
    stack: list[tuple[int, int]] = []
    found = []
    for tag in _TAG.finditer(octets):
        if not tag[1]:
            stack.append((tag.start(), tag.end()))
        else:
            start, inner = stack.pop()
            found.append((start, inner, tag.start(), tag.end()))
    return sorted(found)


def element_mutants(octets: bytes) -> Iterator[Mutant]:
    spans = _spans(octets)
    gaps = sorted({at for start, inner, close, end in spans for at in (start, inner, close, end)})
    for n, (start, inner, close, end) in enumerate(spans):
        whole, held = octets[start:end], octets[inner:close]
        without = octets[:start] + octets[end:]
        name = f"element {n}"
        yield f"{name} removed", without
        yield f"{name} repeated", octets[:end] + whole + octets[end:]
        yield f"{name} emptied", octets[:inner] + octets[close:]
        yield f"{name} unwrapped", octets[:start] + held + octets[end:]
        yield f"{name} in itself", octets[:inner] + whole + octets[close:]
        yield f"{name} wrapped", octets[:start] + octets[start:inner] + whole + octets[close:]
        for gap in gaps:
            if gap <= start:
                yield (
                    f"{name} moved to {gap}",
                    octets[:gap] + whole + octets[gap:start] + octets[end:],
                )
            elif gap >= end:
                yield (
                    f"{name} moved to {gap}",
                    octets[:start] + octets[end:gap] + whole + octets[gap:],
                )
            if not start < gap < end:
                yield f"{name} copied to {gap}", octets[:gap] + whole + octets[gap:]
        for other in spans[n + 1 :]:
            if other[0] >= end:
                yield f"{name} and another swapped", b"".join((
                    octets[:start], octets[other[0] : other[3]], octets[end : other[0]], whole,
                    octets[other[3] :],
                ))  # fmt: skip
                yield f"{name} with another's content", b"".join((
                    octets[:inner], octets[other[1] : other[2]], octets[close : other[1]], held,
                    octets[other[2] :],
                ))  # fmt: skip


def attribute_mutants(octets: bytes) -> Iterator[Mutant]:
    tags = [tag for tag in _TAG.finditer(octets) if not tag[1]]
    places = [
        (a.start(), a.end()) for tag in tags for a in _ATTRIBUTE.finditer(octets, *tag.span(3))
    ]
    ends = [tag.end() - 1 for tag in tags]
    for n, (start, end) in enumerate(places):
        whole, without = octets[start:end], octets[:start] + octets[end:]
        name, _, value = whole.partition(b"=")
        changes = {
            "removed": b"", "repeated": whole * 2, "emptied": name + b'=""', "spaced": b" " + whole,
            "lower": whole.lower(), "upper": whole.upper(), "quoted": name + b"='x'",
            "without value": name, "longer": name + b"=" + value[:-1] + b'0"',
        }  # fmt: skip
        for how, changed in changes.items():
            yield f"attribute {n} {how}", octets[:start] + changed + octets[end:]
        for at in ends:
            moved = at if at < start else at - len(whole)
            if not start <= at < end:
                yield f"attribute {n} moved", without[:moved] + whole + without[moved:]
                yield f"attribute {n} copied", octets[:at] + whole + octets[at:]
        for first, last in places[n + 1 :]:
            yield f"attribute {n} and another swapped", b"".join((
                octets[:start], octets[first:last], octets[end:first], whole, octets[last:],
            ))  # fmt: skip
            other = octets[first:last].partition(b"=")[2]
            yield f"attribute {n} with another's value", b"".join((
                octets[:start], name, b"=", other, octets[end:],
            ))  # fmt: skip


def der_mutants(octets: bytes, depth: int = 3) -> Iterator[Mutant]:
    """A DER structure with one of its values removed, repeated, swapped, emptied or changed."""
    tag, parts = octets[0], _parts(octets)
    if tag not in _CONSTRUCTED or not depth:
        start = octets.index(parts[0]) if parts else len(octets)
        yield "emptied", der.build(tag)
        yield "longer", der.build(tag, octets[start:], b"\0")
        yield "padded", der.build(tag, b"\0", octets[start:])
        yield "other tag", bytes([tag ^ 0x20]) + octets[1:]
        return
    yield "more", der.build(tag, *parts, b"\x05\x00")
    for n, part in enumerate(parts):
        others = (*parts[:n], *parts[n + 1 :])
        yield f"{n} removed", der.build(tag, *others)
        yield f"{n} repeated", der.build(tag, *parts[: n + 1], *parts[n:])
        for at in range(len(others) + 1):
            yield f"{n} moved", der.build(tag, *others[:at], part, *others[at:])
        for what, changed in der_mutants(part, depth - 1):
            yield f"{n}.{what}", der.build(tag, *parts[:n], changed, *parts[n + 1 :])


def _parts(octets: bytes) -> list[bytes]:
    """The TLVs inside a constructed value; else its value alone."""
    start, end = der.enter(octets, 0, len(octets), octets[0])
    if octets[0] not in _CONSTRUCTED:
        return [octets[start:end]]
    parts = []
    while start < end:
        _, stop = der.enter(octets, start, end, octets[start])
        parts.append(octets[start:stop])
        start = stop
    return parts
