"""From octets to a voucher: Opened → Authentic → Voucher (protocol 2, wire form 4).

Rules:
- Cheap refusals first: size, envelope, DER, env, catalogue, positions, trust, digest, signature.
- A body is parsed only after its octets are authentic.
- A lower layer that this node has verified is looked up by the digest of its body and all its
  seals; else it is verified in full, its proof time being the moment the layer above it was sealed
  by another party (never later than the message's own proof time).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hub.clock import Instant, business_year
from hub.errors import Held, Malformed, RuleBroken, SchemaViolation, SealBroken
from hub.parties import party
from hub.voucher import binding as property_info
from hub.voucher import rules, ses
from hub.voucher.case import Case
from hub.voucher.catalogue import Kind
from hub.voucher.checks import check_known, check_seal
from hub.voucher.codec import BODY_BYTES_MAX, open_message
from hub.voucher.frames import Frames
from hub.voucher.ground import Ground, VerdictCache
from hub.voucher.model import (
    Binding,
    Body,
    Layer,
    LayerId,
    LayerType,
    Opened,
    Reading,
    SealedLayer,
    SealFact,
    Voucher,
    VoucherId,
)
from hub.voucher.ports import Catalogues, KnownLayers, Suite, TrustView
from hub.voucher.schema import Schemas
from hub.voucher.ses import SesSignature

SealedBy = tuple[SesSignature, Binding]
"""One seal, sliced, with what it binds its layer to."""
Sealed = Sequence[SealedBy]
"""The seals of a layer."""

UPPER = frozenset({LayerType.RECEIPT, LayerType.RETURN, LayerType.RECALL})


@dataclass(frozen=True, slots=True)
class AuthenticLayer:
    """A layer whose octets are sealed by entitled signers; its body is not parsed yet."""

    layer: Layer
    id: LayerId
    binding: Binding
    kind: Kind
    release: Schemas
    seals: tuple[SealFact, ...]
    body_digest: bytes
    stack_digest: bytes
    known: bool
    """Verified by this node before, so schema and rules were, too."""


@dataclass(frozen=True, slots=True)
class Authentic:
    """A message whose octets are authentic; layers from the bottom up."""

    opened: Opened
    at: Instant
    layers: tuple[AuthenticLayer, ...]


def verify(  # noqa: PLR0913 - what a verdict depends on is said in full at each call
    octets: bytes,
    *,
    trust: TrustView,
    catalogues: Catalogues,
    env: str,
    at: Instant,
    suites: Mapping[str, Suite],
    known: KnownLayers,
    verdicts: VerdictCache,
    body_bytes_max: int = BODY_BYTES_MAX,
) -> Voucher:
    """The voucher in message octets, if format, seals, entitlement, schema, binding and rules hold.

    `at` is the proof time of the top layer; `body_bytes_max` bounds every body in octets, the
    kind's own limit besides. Trust what comes back, never the octets.

    Raises:
        Rejection: one of its leaves, with a stable code (docs/reference/errors.md); the same
            octets get it again.
        Held: `catalogue_missing`: not decidable on this node yet.

    Source: protocol rule 2.7; protocol rule 2.8; GB/T 38540-2020, 7.3; wire form 4
    """
    ground = Ground(trust, catalogues, env, suites, known, verdicts)
    opened = open_message(octets, body_bytes_max=body_bytes_max)
    return admit(authenticate(opened, ground, at))


def authenticate(opened: Opened, ground: Ground, at: Instant) -> Authentic:
    """Check every seal of every layer; nothing of a body's content is looked at.

    `at` is the proof time of the top layer. Who wants the content goes on with `admit`.

    Raises:
        Rejection: what `sliced` and `authentic_layer` raise: Malformed, SealBroken,
            SealUntrusted, SchemaViolation or RuleBroken.
        Held: `catalogue_missing`.

    Source: protocol rule 2.7; protocol rule 2.8; GB/T 38540-2020, 7.3
    """
    frames = ground.verdicts.frames
    stack = [sliced(layer, ground.env, frames) for layer in opened.layers]
    layers = [authentic_layer(opened, stack, n, ground, at) for n in range(len(stack))]
    return Authentic(opened, at, tuple(layers))


def authentic_layer(
    opened: Opened, stack: Sequence[Sealed], number: int, ground: Ground, at: Instant
) -> AuthenticLayer:
    """Check every seal of layer `number`; 0 is the lowest.

    The lowest, where it is known here, has its binding checked and nothing else.

    Raises:
        Rejection: what `kind_of`, `positions_complete`, `position_order`, `check_seal` raise.
        Held: `catalogue_missing`.

    Source: protocol rule 2.9; GB/T 38540-2020, 7.3
    """
    layer = opened.layers[number]
    body_hash = hashlib.sha256(layer.body)
    body_digest = body_hash.digest()
    for block in layer.seals:
        body_hash.update(block.octets)
    stack_digest = body_hash.digest()
    known = number == 0 < len(stack) - 1 and ground.known.known(stack_digest)
    cases = cases_of(opened, stack, number, ground, at)
    first = cases[0]
    release, kind = kind_of(first, at)
    positions_complete(stack[number])
    position_order(layer, stack[number], kind)
    check = check_known if known else check_seal
    for case in cases:
        case.kind = kind
        check(case)
    return AuthenticLayer(
        layer=layer,
        id=LayerId(voucher_id(first.binding), first.binding.layer, first.registered.party),
        binding=first.binding,
        kind=kind,
        release=release,
        seals=tuple([case.fact() for case in cases]),
        body_digest=body_digest,
        stack_digest=stack_digest,
        known=known,
    )


def admit(authentic: Authentic, *, read: Reading | None = None) -> Voucher:
    """Parse authentic bodies, compare them with what is sealed, and check the rules.

    `read`: a top body that was read, bound and checked just now, by who sealed it.

    Raises:
        Rejection: Malformed, SchemaViolation, SealBroken `binding_body`, or RuleBroken.

    Source: protocol rule 2.7; protocol rule 2.4; protocol rule 13.5
    """
    below: Reading | None = None
    layers: list[SealedLayer] = []
    top = authentic.layers[-1]
    for layer in authentic.layers:
        given = read if layer is top else None
        below = given or body_of(layer, below, authentic.at)
        layers.append(
            SealedLayer(
                id=layer.id,
                cat=layer.binding.cat,
                to=layer.binding.to,
                body=layer.layer.body,
                body_digest=layer.body_digest,
                stack_digest=layer.stack_digest,
                reading=below,
                seals=layer.seals,
            )
        )
    return Voucher(authentic.opened.octets, authentic.opened.digest, tuple(layers))


def body_of(layer: AuthenticLayer, below: Reading | None, at: Instant) -> Reading:
    """The content of one authentic layer, in schema, bound and obeying the rules.

    `below` is the original's reading, for an answer; `at` gives the year that none may be after.

    Raises:
        Rejection: Malformed, SchemaViolation, SealBroken `binding_body`, or RuleBroken.

    Source: protocol rule 2.7; protocol rule 2.9; protocol rule 13.5
    """
    octets, type_ = layer.layer.body, layer.id.layer
    if layer.known:
        return Reading(None, partial(layer.release.reread, layer.kind, type_, octets))
    reading = layer.release.read(layer.kind, type_, octets)
    check_body(layer.id.voucher, reading.ruled)
    lower = below.content if below is not None else None
    rules.check(layer.kind, type_, reading.ruled, lower, business_year(at))
    return reading


def check_body(voucher: VoucherId, body: Body) -> None:
    """What a body says of its own identity is what is sealed; a field it leaves out says nothing.

    Raises:
        SealBroken: `binding_body`, with the field.

    Source: protocol rule 2.4
    """
    said = body.fields.get
    for name, value in (
        ("AdmDivCode", voucher.division),
        ("StYear", voucher.year),
        ("VtCode", voucher.kind),
        ("VoucherNo", voucher.number),
    ):
        if said(name, value) != value:
            raise SealBroken("binding_body", field=name)


def sliced(layer: Layer, env: str, frames: Frames | None = None) -> list[SealedBy]:
    """The seals of a layer with their bindings; env is read first.

    Raises:
        Malformed: `ses_der`, `seal_format_v1`, `property_info`, `other_environment`.
        SealBroken: `positions_incomplete` when there is no seal at all.

    Source: protocol rule 1.1; protocol rule 2.4; wire form 3
    """
    found = []
    read = frames.read if frames is not None else ses.read_signature
    for block in layer.seals:
        signature = read(block.octets)
        bound = property_info.read(signature.property_info)
        if bound.env != env:
            raise Malformed("other_environment")
        found.append((signature, bound))
    if not found:
        raise SealBroken("positions_incomplete")
    return found


def cases_of(
    opened: Opened,
    stack: Sequence[Sealed],
    number: int,
    ground: Ground,
    at: Instant,
) -> list[Case]:
    """One case per seal of layer `number`; `kind` is filled in by who knows it.

    Required: `stack` is what `sliced` gave of every layer. The proof time of a lower layer is the
    moment the one above was sealed, never later than `at`.

    Source: protocol rule 2.9; protocol rule 8.1; decision 6
    """
    layer, parts = opened.layers[number], stack[number]
    top = number == len(stack) - 1
    proof = at if top else Instant(min(at, *(s.sealed_at for s, _ in stack[number + 1])))
    previous = opened.layers[number - 1].seals[-1].octets if number else b""
    before = len(stack[number - 1][-1][0].seal) if number else 0
    cases = []
    for block, (signature, bound) in zip(layer.seals, parts, strict=True):
        cases.append(
            Case(
                ground=ground, at=proof, fresh=top, head=opened.head, kind=None, layer=layer,
                block=block, ses=signature, binding=bound, first=stack[0][0][1],
                opening=parts[0][1], previous=previous, previous_seal=before,
            )
        )  # fmt: skip
        previous, before = block.octets, len(signature.seal)
    return cases


def kind_of(case: Case, at: Instant) -> tuple[Schemas, Kind]:
    """The release a layer names, and the kind there; on top, the release must be in force.

    Raises:
        Held: `catalogue_missing`.
        SchemaViolation: `kind_unknown`.
        RuleBroken: `catalogue_not_in_force`.
        Malformed: `body_too_large`.

    Source: protocol rule 10.5; protocol rule 10.7; protocol rule 2.10
    """
    bound, catalogues = case.opening, case.ground.catalogues
    release = catalogues.release(bound.cat)
    if release is None:
        raise Held("catalogue_missing", cat=bound.cat)
    kind = release.kind(bound.type, bound.div, bound.year)
    if case.fresh and not catalogues.in_force(bound.cat, at):
        raise RuleBroken("catalogue_not_in_force", cat=bound.cat)
    if len(case.layer.body) > kind.body_bytes_max:
        raise Malformed("body_too_large", kind=kind.code)
    return release, kind


def positions_complete(parts: Sealed) -> None:
    """`n=i/k` counts every seal of the layer: each stands there once, in order, to the last.

    Raises:
        SealBroken: `position_repeated`, `position_order`, `positions_incomplete`.

    Source: protocol rule 2.6; wire form 3
    """
    found = [bound.index for _, bound in parts]
    if len(set(found)) != len(found):
        raise SealBroken("position_repeated")
    if found != sorted(found):
        raise SealBroken("position_order")
    for index, (_, bound) in enumerate(parts, 1):
        if (bound.index, bound.count) != (index, len(parts)):
            raise SealBroken("positions_incomplete", n=bound.index, k=bound.count)


def position_order(layer: Layer, parts: Sealed, kind: Kind) -> None:
    """Positions stand in the catalogue's order, every required one among them.

    Raises:
        SchemaViolation: `layer_not_allowed`.
        SealBroken: `position_order`, `positions_incomplete`.

    Source: protocol rule 2.6; catalogue of kinds
    """
    positions = kind.position_names.get(layer.type)
    if positions is None or (layer.type in UPPER and layer.type not in kind.replies):
        raise SchemaViolation("layer_not_allowed", kind=kind.code, layer=layer.type)
    names = [block.position for block in layer.seals]
    if names != [bound.pos for _, bound in parts]:
        raise SealBroken("position_order")
    if names == positions:
        return
    if names != [name for name in positions if name in names]:
        raise SealBroken("position_order")
    if any(p.required and p.name not in names for p in kind.positions[layer.type]):
        raise SealBroken("positions_incomplete")


def voucher_id(bound: Binding) -> VoucherId:
    """The identity that a binding names.

    Required: a binding that `binding.read` gave.

    Source: protocol rule 1.2
    """
    issuer = party(bound.issuer)
    return VoucherId(bound.env, bound.div, bound.year, bound.type, issuer, bound.no)
