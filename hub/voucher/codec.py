"""The envelope of a message: one voucher, its layers, each with its body and its seals.

    <MOF Version="1"><VoucherBody AdmDivCode="370100" StYear="2026" VtCode="5201" VoucherNo="1">
    <Layer Type="original"><Voucher>BASE64</Voucher><Sign Position="cz_jb">BASE64</Sign></Layer>
    </VoucherBody></MOF>                                    (on one line; docs/reference/wire.md)

Rules (protocol 2):
- There is one writing of a message. `open_message(octets)` succeeds exactly when `write_message` of
  what it read gives the same octets: no declaration, blank, other attribute order or base64 form.
- A stack is `original`, or `original` and one of receipt, return, recall; or `document` alone.
- Sizes are checked before anything is decoded.
"""

import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import Final

import pybase64

from hub.errors import Malformed
from hub.voucher.model import Head, Layer, LayerType, Opened, SealBlock

BODY_BYTES_MAX: Final = 1 << 20
SEAL_BYTES_MAX: Final = 32 << 10
SEALS_MAX: Final = 8
MESSAGE_BYTES_MAX: Final = 2 << 20

_HEAD: Final = re.compile(
    rb'<MOF Version="1"><VoucherBody AdmDivCode="([0-9A-Za-z_.-]{1,60})" StYear="([0-9]{4})"'
    rb' VtCode="([0-9A-Za-z_.-]{1,60})" VoucherNo="([0-9A-Za-z-]{1,60})">'
)
_LAYER: Final = re.compile(rb'<Layer Type="(original|receipt|return|recall|document)"><Voucher>')
_POSITION: Final = re.compile("[0-9A-Za-z_.-]{1,60}")
_SIGN: Final = re.compile(rb'<Sign Position="([0-9A-Za-z_.-]{1,60})">')
_TAIL: Final = b"</VoucherBody></MOF>"
_TYPES: Final = {str(type_).encode(): type_ for type_ in LayerType}
_STACKS: Final = frozenset(
    {
        (LayerType.DOCUMENT,),
        (LayerType.ORIGINAL,),
        (LayerType.ORIGINAL, LayerType.RECEIPT),
        (LayerType.ORIGINAL, LayerType.RETURN),
        (LayerType.ORIGINAL, LayerType.RECALL),
    }
)


def open_message(
    octets: bytes, *, body_bytes_max: int = BODY_BYTES_MAX, digest: bytes | None = None
) -> Opened:
    """Read a canonical envelope; nothing in the result is authentic yet.

    `body_bytes_max` bounds each body in bytes; the kind's own limit is checked in `authenticate`.
    `digest` is the octets' SHA-256 where the caller has it already.

    Raises:
        Malformed: `message_size`, `envelope_syntax`, `base64_form`, `body_size`, `seal_size`,
            `layer_order`.

    Source: protocol rule 2.5; protocol rule 2.10; wire form 1; RFC 4648, 3.5
    """
    if len(octets) > MESSAGE_BYTES_MAX:
        raise Malformed("message_size", bytes=len(octets))
    head = _HEAD.match(octets)
    if head is None:
        raise Malformed("envelope_syntax", at=0)
    at = head.end()
    layers: list[Layer] = []
    while not octets.startswith(b"</", at):
        if len(layers) == 2:
            raise Malformed("layer_order")
        layer, at = _layer(octets, at, body_bytes_max)
        layers.append(layer)
    if octets[at:] != _TAIL:
        raise Malformed("envelope_syntax", at=at)
    if tuple([layer.type for layer in layers]) not in _STACKS:
        raise Malformed("layer_order")
    return Opened(
        octets,
        Head(*map(bytes.decode, head.groups())),
        tuple(layers),
        digest or hashlib.sha256(octets).digest(),
    )


def write_message(head: Head, layers: Sequence[Layer]) -> bytes:
    """The canonical octets of a message: what `open_message` reads back.

    Required: values inside the charsets of the wire form, layers in a legal stack.

    Source: protocol rule 2.5; wire form 1
    """
    parts = [_opening(head)]
    for layer in layers:
        parts.append(f'<Layer Type="{layer.type}"><Voucher>'.encode())
        parts.append(pybase64.b64encode(layer.body))
        parts.append(b"</Voucher>")
        for seal in layer.seals:
            parts.append(f'<Sign Position="{seal.position}">'.encode())
            parts.append(pybase64.b64encode(seal.octets))
            parts.append(b"</Sign>")
        parts.append(b"</Layer>")
    parts.append(_TAIL)
    return b"".join(parts)


def _opening(head: Head) -> bytes:
    return (
        f'<MOF Version="1"><VoucherBody AdmDivCode="{head.division}" StYear="{head.year}"'
        f' VtCode="{head.kind}" VoucherNo="{head.number}">'
    ).encode()


def sealed_message(head: Head, layers: Sequence[Layer]) -> Opened:
    """What `open_message` reads of `write_message`'s octets, without decoding what was encoded.

    Raises:
        Malformed: as `open_message` would of these octets: `message_size`, `envelope_syntax`,
            `layer_order`, `body_size`, `seal_size`, `base64_form`.

    Source: protocol rule 2.5; protocol rule 2.10; wire form 1
    """
    octets = write_message(head, layers)
    if len(octets) > MESSAGE_BYTES_MAX:
        raise Malformed("message_size", bytes=len(octets))
    if _HEAD.fullmatch(_opening(head)) is None:
        raise Malformed("envelope_syntax", at=0)
    for layer in layers:
        _bounded(layer)
    if tuple([layer.type for layer in layers]) not in _STACKS:
        raise Malformed("layer_order")
    return Opened(octets, head, tuple(layers), hashlib.sha256(octets).digest())


def _bounded(layer: Layer) -> None:
    if len(layer.body) > BODY_BYTES_MAX:
        raise Malformed("body_size", bytes_max=BODY_BYTES_MAX)
    if len(layer.seals) > SEALS_MAX:
        raise Malformed("seal_size", seals=len(layer.seals))
    for seal in layer.seals:
        if _POSITION.fullmatch(seal.position) is None:
            raise Malformed("envelope_syntax")
        if len(seal.octets) > SEAL_BYTES_MAX:
            raise Malformed("seal_size", bytes_max=SEAL_BYTES_MAX)
    if not layer.body or not all(seal.octets for seal in layer.seals):
        raise Malformed("base64_form")


def _layer(octets: bytes, at: int, body_bytes_max: int) -> tuple[Layer, int]:
    opening = _LAYER.match(octets, at)
    if opening is None:
        raise Malformed("envelope_syntax", at=at)
    body, at = _base64(octets, opening.end(), b"</Voucher>", "body_size", body_bytes_max)
    seals: list[SealBlock] = []
    while (sign := _SIGN.match(octets, at)) is not None:
        if len(seals) == SEALS_MAX:
            raise Malformed("seal_size", seals=SEALS_MAX + 1)
        seal, at = _base64(octets, sign.end(), b"</Sign>", "seal_size", SEAL_BYTES_MAX)
        seals.append(SealBlock(sign[1].decode(), seal))
    if not octets.startswith(b"</Layer>", at):
        raise Malformed("envelope_syntax", at=at)
    return Layer(_TYPES[opening[1]], body, tuple(seals)), at + 8


def _base64(octets: bytes, at: int, tag: bytes, code: str, bytes_max: int) -> tuple[bytes, int]:
    end = octets.find(b"<", at, at + (bytes_max + 2) // 3 * 4 + 1)
    if end < 0 or not octets.startswith(tag, end):
        raise _no_base64(octets, at, tag, code, bytes_max)
    text = octets[at:end]
    try:
        decoded = pybase64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed("base64_form", at=at) from None
    if not decoded or pybase64.b64encode(decoded) != text:  # so it is the one writing
        raise Malformed("base64_form", at=at)
    if len(decoded) > bytes_max:
        raise Malformed(code, bytes_max=bytes_max)
    return decoded, end + len(tag)


def _no_base64(octets: bytes, at: int, tag: bytes, code: str, bytes_max: int) -> Malformed:
    """Why no base64 ends in the tag: it has none, it is too long, or something stands inside."""
    if octets.find(tag, at, at + (bytes_max + 2) // 3 * 4 + len(tag)) >= 0:
        return Malformed("base64_form", at=at)
    if octets.find(tag, at) < 0:
        return Malformed("envelope_syntax", at=at)
    return Malformed(code, bytes_max=bytes_max)
