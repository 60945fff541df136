"""Sealing in two steps, singly and in batches: prepare (octets to sign), attach (what came back).

    sealing  = begin(draft, ("cz_jb", "cz_gz"), ground, at=now)
    prepared = prepare(sealing, seal=…, certificate=…, suite=…, at=now)
    sealing  = attach(sealing, prepared, signature)          undo(sealing) takes the last one off
    voucher  = complete(sealing, ground, at=now)

Rules:
- The body is written once, by the canonical writer, and checked by schema and rules before anybody
  seals; positions and their number are fixed before the first seal.
- What leaves here has gone through `verify`, as at every receiver: nothing can be sealed that a
  peer with the same ground would refuse.
- Keys stay away: a SealMaker signs octets; a clerk is shown `Prepared.shown`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hub.clock import Instant, business_year
from hub.errors import Held, SchemaViolation, SealBroken
from hub.voucher import binding as property_info
from hub.voucher import forms, rules, ses
from hub.voucher.binding import START
from hub.voucher.codec import open_message, sealed_message
from hub.voucher.ground import Ground
from hub.voucher.model import (
    Binding,
    Draft,
    Head,
    Layer,
    Reading,
    SealBlock,
    Voucher,
)
from hub.voucher.ports import KnownLayers, SealMaker, Suite
from hub.voucher.verification import admit, authenticate, check_body


@dataclass(frozen=True, slots=True)
class Sealing:
    """A layer that is being sealed: its body octets are fixed, its seals grow one by one.

    Source: protocol rule 2.12; protocol rule 2.6
    """

    draft: Draft
    body: bytes
    reading: Reading
    """What the body octets say, checked against schema and rules."""
    positions: tuple[str, ...]
    below: tuple[Layer, ...] = ()
    seals: tuple[SealBlock, ...] = ()

    @property
    def next_position(self) -> str | None:
        """Where the next seal belongs; None when all are there."""
        return self.positions[len(self.seals)] if len(self.seals) < len(self.positions) else None


@dataclass(frozen=True, slots=True)
class Prepared:
    """One seal to be signed: what the key signs, and what the person is shown.

    Source: protocol rule 2.12; GB/T 38540-2020, 7.2
    """

    tbs: bytes
    position: str
    certificate: bytes
    algorithm: str
    digest: bytes
    """The suite's, over the body octets."""
    on: "Sealing"
    """What it was prepared for: this draft, under these seals."""

    @property
    def shown(self) -> Mapping[str, str]:
        """What a person sees before the key is used."""
        digest = self.digest.hex()
        return {**self.on.reading.content.fields, "position": self.position, "digest": digest}


def begin(draft: Draft, positions: Sequence[str], ground: Ground, *, at: Instant) -> Sealing:
    """Write the body, check it against schema and rules, and fix the positions.

    Required: `positions` are names of the kind's, in its order, the required ones among them.

    Raises:
        Rejection: what schema or rules say; `kind_unknown`; `layer_not_allowed`; `draft_identity`
            where the body says another identity than the draft.
        SealBroken: `position_order` for positions that are not the kind's, in its order;
            `positions_incomplete` where a required one is missing.
        Held: `catalogue_missing`.

    Source: protocol rule 2.12; protocol rule 2.6; GB/T 38540-2020, 7.2
    """
    release = ground.catalogues.release(draft.cat)
    if release is None:
        raise Held("catalogue_missing", cat=draft.cat)
    voucher, layer = draft.id.voucher, draft.id.layer
    kind = release.kind(voucher.kind, voucher.division, voucher.year)
    if layer not in kind.positions:
        raise SchemaViolation("layer_not_allowed", kind=kind.code, layer=layer)
    if list(positions) != [name for name in kind.position_names[layer] if name in positions]:
        raise SealBroken("position_order")
    if any(p.required and p.name not in positions for p in kind.positions[layer]):
        raise SealBroken("positions_incomplete")
    body = forms.write_form(release.compiled(kind, layer).form, draft.body)
    reading = release.read(kind, layer, body)
    try:
        check_body(voucher, reading.ruled)
    except SealBroken as differs:  # nothing is sealed yet: a slip of the author's, no forgery
        raise SchemaViolation("draft_identity", **differs.context) from None
    below = draft.below
    lower = below.original.content if below is not None else None
    rules.check(kind, layer, reading.ruled, lower, business_year(at))
    layers = open_message(below.octets).layers[:1] if below is not None else ()
    return Sealing(draft, body, reading, tuple(positions), layers)


def prepare(
    sealing: Sealing, *, seal: bytes, certificate: bytes, suite: Suite, at: Instant
) -> Prepared:
    """The octets to be signed for the next position, and what the person is shown.

    Required: `seal` (SES_Seal) and `certificate` are DER, the certificate in the seal's list;
    `suite` is the one that the trust list registers for the seal. `at` becomes the sealing time.

    Raises:
        SealBroken: `position_order` when all seals are there.
        Malformed: `property_info` for a value outside the charset.

    Source: GB/T 38540-2020, 7.2; protocol rule 2.4; protocol rule 2.12
    """
    position = sealing.next_position
    if position is None:
        raise SealBroken("position_order")
    draft, voucher = sealing.draft, sealing.draft.id.voucher
    before = sealing.seals or (sealing.below[-1].seals if sealing.below else ())
    bound = Binding(
        env=voucher.env,
        cat=draft.cat,
        layer=draft.id.layer,
        type=voucher.kind,
        year=voucher.year,
        div=voucher.division,
        issuer=str(voucher.issuer),
        to=draft.to,
        no=voucher.number,
        pos=position,
        index=len(sealing.seals) + 1,
        count=len(sealing.positions),
        suite=suite.name,
        prev=suite.digest(before[-1].octets).hex() if before else START,
    )
    digest = suite.digest(sealing.body)
    tbs = ses.signature_tbs(seal, at, digest, property_info.write(bound))
    return Prepared(tbs, position, certificate, suite.signature_oid, digest, sealing)


def attach(sealing: Sealing, prepared: Prepared, signature: bytes, suite: Suite) -> Sealing:
    """The sealing with one more seal, whose signature has been verified.

    `signature` is DER, over `prepared.tbs`, by the key of `prepared.certificate`.

    Raises:
        SealBroken: `signature_invalid`; `position_order` when it was prepared for another place:
            another draft, another position, or on other seals.

    Source: GB/T 38540-2020, 7.2; protocol rule 2.12
    """
    if not suite.verify(prepared.certificate, signature, prepared.tbs):
        raise SealBroken("signature_invalid", position=prepared.position)
    return _insert(sealing, prepared, signature)


def undo(sealing: Sealing) -> Sealing:
    """The sealing without its last seal; only possible before anything is sent.

    Raises:
        SealBroken: `position_order` when there is none.

    Source: protocol rule 2.12; voucher store specification
    """
    if not sealing.seals:
        raise SealBroken("position_order")
    return _with(sealing, sealing.seals[:-1])


def complete(sealing: Sealing, ground: Ground, *, at: Instant) -> Voucher:
    """The sealed voucher, verified as every receiver will verify it.

    Raises:
        Rejection: what `verify` raises; `positions_incomplete` while seals are missing.
        SealBroken: `binding_stack`: the seals bind another layer than the draft's.
        Held: `catalogue_missing`.

    Source: protocol rule 2.12; protocol rule 1.9; GB/T 38540-2020, 7.3
    """
    voucher = sealing.draft.id.voucher
    head = Head(voucher.division, voucher.year, voucher.kind, voucher.number)
    layer = Layer(sealing.draft.id.layer, sealing.body, sealing.seals)
    opened = sealed_message(head, (*sealing.below, layer))
    below = sealing.draft.below
    if below is not None:
        stacks = frozenset(lower.stack_digest for lower in below.layers)
        ground = replace(ground, known=_Below(ground.known, stacks))
    # Schema, binding and rules saw these very octets in `begin`.
    sealed = admit(authenticate(opened, ground, at), read=sealing.reading)
    if sealed.top.id != sealing.draft.id:
        raise SealBroken("binding_stack")
    return sealed


def seal(
    draft: Draft, makers: Sequence[tuple[str, SealMaker]], ground: Ground, *, at: Instant
) -> Voucher:
    """Seal one draft at the named positions, in order, and verify the result.

    Store what you get before you send it, and never seal the same number again.

    Raises:
        Rejection: as `seal_many`: the draft or a seal does not hold.
        Held: `catalogue_missing`.
        CustodyDown: a key cannot be used now; nothing was sealed.

    Source: GB/T 38540-2020, 7.2; protocol rule 2.12; protocol rule 1.9
    """
    return seal_many((draft,), makers, ground, at=at)[0]


def seal_many(
    drafts: Sequence[Draft],
    makers: Sequence[tuple[str, SealMaker]],
    ground: Ground,
    *,
    at: Instant,
) -> list[Voucher]:
    """Seal many drafts with the same makers: each key is asked once for the whole batch.

    `makers`: position and who seals there, in the kind's order. All are sealed, or none.

    Raises:
        Rejection: what `begin`, `prepare` and `complete` raise: a draft or a seal does not hold.
        Held: `catalogue_missing`.
        CustodyDown: a key cannot be used now.

    Source: GB/T 38540-2020, 7.2; protocol rule 2.12; protocol rule 1.9
    """
    positions = [position for position, _ in makers]
    sealings = [begin(draft, positions, ground, at=at) for draft in drafts]
    for _, maker in makers:
        suite = ground.suites[maker.suite]
        certificate, octets = maker.certificate, maker.seal
        prepared = [
            prepare(sealing, seal=octets, certificate=certificate, suite=suite, at=at)
            for sealing in sealings
        ]
        signatures = maker.sign([item.tbs for item in prepared])
        sealings = [
            _insert(sealing, item, signature)
            for sealing, item, signature in zip(sealings, prepared, signatures, strict=True)
        ]
    return [complete(sealing, ground, at=at) for sealing in sealings]


def _insert(sealing: Sealing, prepared: Prepared, signature: bytes) -> Sealing:
    if prepared.on is not sealing and _place(prepared.on) != _place(sealing):
        raise SealBroken("position_order")
    octets = ses.assemble_signature(
        prepared.tbs, prepared.certificate, prepared.algorithm, signature
    )
    seals = (*sealing.seals, SealBlock(prepared.position, octets))
    return _with(sealing, seals)


def _place(sealing: Sealing) -> tuple[Draft, tuple[str, ...], tuple[SealBlock, ...]]:
    return sealing.draft, sealing.positions, sealing.seals


def _with(sealing: Sealing, seals: tuple[SealBlock, ...]) -> Sealing:
    return Sealing(
        sealing.draft, sealing.body, sealing.reading, sealing.positions, sealing.below, seals
    )


@dataclass(frozen=True, slots=True)
class _Below:
    """What is known, and the layers of the voucher below, which has been verified."""

    known_before: KnownLayers
    stacks: frozenset[bytes]

    def known(self, stack_digest: bytes) -> bool:
        """Whether the layer was verified here before."""
        return stack_digest in self.stacks or self.known_before.known(stack_digest)
