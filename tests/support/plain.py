"""Vouchers without XML: canonical JSON sealed with a keyed digest, for the deterministic simulator.

Everything the exchange asks of a verifier and a sealer, at a few microseconds a message. What a
stranger writes (`forged`) does not verify; the envelope of a forgery reads like the genuine one.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from hub.clock import Instant
from hub.errors import Malformed, Rejection, SealBroken
from hub.exchange.routing import Directory
from hub.parties import NodeId, Party, party
from hub.voucher.batch import Refusal
from hub.voucher.catalogue import Kind, Sign
from hub.voucher.model import (
    Body,
    Draft,
    Head,
    Layer,
    LayerId,
    LayerType,
    Opened,
    Reading,
    SealBlock,
    SealedLayer,
    Voucher,
    VoucherId,
)
from hub.voucher.ports import KnownLayers

KEY: Final = b"every party of the simulation"


def a_kind(code: str, *, copies: tuple[str, ...] = (), message_class: str = "online") -> Kind:
    """A kind without rules."""
    return Kind(
        code, code, code, (), (), copies, (), (), (), "", "", Sign.ANY, {}, 65536, message_class,
        retention_years=30, certain=True,
    )  # fmt: skip


class PlainSealer:
    """Seals for anybody."""

    def seal(self, drafts: Sequence[Draft]) -> list[Voucher]:
        return [sealed(draft) for draft in drafts]


def sealed(draft: Draft, *, forged: bool = False, nonce: bytes = b"") -> Voucher:
    """The voucher of a draft; a forged one bears a seal that does not hold."""
    body = _json(
        {
            "id": [*_identity(draft.id.voucher), str(draft.id.party)],
            "to": list(draft.to),
            "cat": draft.cat,
            "fields": dict(draft.body.fields),
            "details": [dict(row) for row in draft.body.details],
        }
    )
    below = () if draft.below is None else _read(draft.below.octets)[1][:1]
    previous = below[-1].seals[0].octets if below else b""
    key = b"stranger" if forged else KEY
    seal = nonce + hmac.new(key, nonce + previous + body, hashlib.sha256).digest()
    layers = (*below, Layer(draft.id.layer, body, (SealBlock("one", seal),)))
    return _voucher(_write(layers), layers)


class PlainVerifier:
    """The Verifier port over such messages; `state` is raised by whoever changes trust."""

    def __init__(self, directory: Directory, kinds: Mapping[str, Kind], state: int) -> None:
        self._directory = directory
        self._kinds = kinds
        self._state = state
        self.number = 0
        """Of the trust list, and the moment after which it carries nothing new."""
        self.ends_at = Instant(2**62)
        self.verified = 0
        """Layers whose seals were checked: lower ones that are known are not."""

    @property
    def trust_state(self) -> int:
        return self._state

    @property
    def trust_number(self) -> int:
        return self.number

    def expired(self, at: Instant) -> bool:
        return at > self.ends_at

    def refresh(self, trust_state: int) -> None:
        self._state = trust_state

    def open(self, octets: bytes, digest: bytes | None = None) -> Opened:
        return Opened(octets, *_read(octets), digest or hashlib.sha256(octets).digest())

    def verify_many(
        self, messages: Sequence[tuple[Opened, Instant]], known: KnownLayers
    ) -> list[Voucher | Refusal]:
        found: list[Voucher | Refusal] = []
        for opened, at in messages:
            try:
                found.append(self.one(opened, at, known))
            except Rejection as refusal:
                found.append(refusal)
        return found

    def one(self, opened: Opened, at: Instant, known: KnownLayers) -> Voucher:
        assert at > 0
        previous = b""
        for layer in opened.layers:
            seal = layer.seals[0].octets
            lower = layer is not opened.layers[-1]
            if not (lower and known.known(layer.stack_digest)):
                self.verified += 1
                nonce = seal[:-32]
                good = hmac.new(KEY, nonce + previous + layer.body, hashlib.sha256).digest()
                if not hmac.compare_digest(nonce + good, seal):
                    raise SealBroken("signature_broken")
            previous = seal
        return _voucher(opened.octets, opened.layers)

    def kind(self, voucher: Voucher) -> Kind:
        return self._kinds[voucher.id.kind]

    def acting(self, opened: Opened) -> list[Party]:
        return [_layer(opened.layers[-1]).id.party]

    def may_submit(self, sender: NodeId, party: Party) -> bool:
        return sender == self._directory.hub or self._directory.node_of.get(party) == sender

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(signature, PlainSigner(node).sign(data)) and bool(signer)


class PlainSigner:
    """A node key."""

    def __init__(self, node: NodeId) -> None:
        self.certificate = node.encode()

    def sign(self, data: bytes) -> bytes:
        return hmac.new(KEY + self.certificate, data, hashlib.sha256).digest()


def _identity(voucher: VoucherId) -> list[str]:
    return [
        voucher.env, voucher.division, voucher.year, voucher.kind, str(voucher.issuer),
        voucher.number,
    ]  # fmt: skip


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _write(layers: Sequence[Layer]) -> bytes:
    return _json([[la.type, la.body.decode(), la.seals[0].octets.hex()] for la in layers])


def _read(octets: bytes) -> tuple[Head, tuple[Layer, ...]]:
    try:
        rows = json.loads(octets)
        layers = tuple(
            Layer(LayerType(kind), body.encode(), (SealBlock("one", bytes.fromhex(seal)),))
            for kind, body, seal in rows
        )
        identity = json.loads(layers[0].body)["id"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Malformed("envelope_malformed") from error
    return Head(identity[1], identity[2], identity[3], identity[5]), layers


def _voucher(octets: bytes, layers: Sequence[Layer]) -> Voucher:
    return Voucher(
        octets, hashlib.sha256(octets).digest(), tuple(_layer(layer) for layer in layers)
    )


@lru_cache(maxsize=1000)  # every node on the way reads the same octets
def _layer(layer: Layer) -> SealedLayer:
    content: dict[str, Any] = json.loads(layer.body)
    env, division, year, kind, issuer, number, acting = content["id"]
    return SealedLayer(
        LayerId(
            VoucherId(env, division, year, kind, party(issuer), number), layer.type, party(acting)
        ),
        content["cat"],
        tuple(content["to"]),
        layer.body,
        layer.body_digest,
        layer.stack_digest,
        Reading(Body(content["fields"], tuple(content["details"]))),
        (),
    )
