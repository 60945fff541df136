"""What the voucher library does for files, without a node: draft, seal, verify, show, draw.

Everything a verdict depends on is given: the trust in force, the catalogue, suites, keys, the
clock. The commands of `hubctl voucher` and `hubctl seal` are one call each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import Clock, Instant
from hub.errors import Malformed, Misconfigured, SchemaViolation
from hub.parties import Party, party
from hub.voucher import Ground, drafts, open_message, seal, ses, verify, xml
from hub.voucher.catalogue import Kind
from hub.voucher.foreign_forms import read_signature
from hub.voucher.forms import Form, form, write_form
from hub.voucher.model import (
    Body,
    Draft,
    LayerId,
    LayerType,
    Opened,
    SealBlock,
    Voucher,
    VoucherId,
)
from hub.voucher.ports import SealMaker
from hub.voucher.report import NO_TOKENS, Report, examine
from hub.voucher.schema import Explanation, Schemas

MakerOf = Callable[[Party, str], SealMaker]
"""The seal of a party for a position."""
Drawing = Callable[[Voucher, Kind, Report, Instant, Sequence[str], int], bytes]
"""A page of a verified voucher: its copies' names, and the how-many-eth printing it is."""
ONE_COPY: Final = ("",)
EVERYBODY: Final = "*"
"""Receiver of base data."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it stands, nothing of it verified: its envelope, and each layer's content."""

    opened: Opened
    contents: tuple[Body, ...]
    seal_names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Alone:
    """The voucher library with its ground."""

    ground: Ground
    release: int
    clock: Clock
    maker_of: MakerOf
    draw: Drawing
    registered: Callable[[Party], bool]
    """Whether the trust list in force names a party."""

    def new(self, voucher: VoucherId, to: Sequence[str], given: Mapping[str, str]) -> Draft:
        """A draft of an original, with every mandatory field: given, known, or empty.

        Raises:
            SchemaViolation: `kind_unknown`, `field_unexpected`.
            Malformed: `party_format`.
            Misconfigured: `party_unknown`: issuer or receiver, which nobody could seal or get.
        """
        kind = self._kind(voucher)
        lowest = LayerType.DOCUMENT if kind.document else LayerType.ORIGINAL
        layer = LayerId(voucher, lowest, voucher.issuer)
        of = form(kind, lowest)
        _expected(of, given)
        for one in (voucher.issuer, *(party(text) for text in to if text != EVERYBODY)):
            if not self.registered(one):
                raise Misconfigured("party_unknown", party=str(one))
        return drafts.blank(layer, self.release, tuple(to), of, given)

    def assumed(self, draft: Draft) -> bool:
        """Whether the code of the draft's kind is only assumed.

        Raises:
            SchemaViolation: `kind_unknown`.
        """
        return not self._kind(draft.id.voucher).certain

    def answer(
        self, layer: LayerType, acting: Party, below: Voucher, given: Mapping[str, str]
    ) -> Draft:
        """A draft of a receipt, return or recall on a verified voucher.

        Raises:
            SchemaViolation: `kind_unknown`, `layer_not_allowed`, `field_unexpected`.
        """
        voucher = below.id
        to = (str(voucher.issuer),) if acting != voucher.issuer else below.original.to
        of = form(self._kind(voucher), layer)
        _expected(of, given)
        answered = drafts.blank(
            LayerId(voucher, layer, acting), self.release, to, of, {**_ids(below), **given}
        )
        return drafts.rows_of(answered, below, of)

    def seal(self, draft: Draft) -> Voucher:
        """Seal a draft at all required positions of its kind, with the acting party's seals.

        Raises:
            Rejection: what schema, rules or the seals say.
            Misconfigured: a key or a seal for a position is missing.
        """
        kind = self._kind(draft.id.voucher)
        positions = [p.name for p in kind.positions.get(draft.id.layer, ()) if p.required]
        makers = [(name, self.maker_of(draft.id.party, name)) for name in positions]
        return seal(draft, makers, self.ground, at=self.clock.now())

    def explain(self, draft: Draft) -> list[Explanation]:
        """Everything wrong with the fields of a draft, for whoever wrote it: it holds values.

        Raises:
            SchemaViolation: `kind_unknown`, `layer_not_allowed`; `field_unexpected`, `rows_…`.
        """
        release, kind = self._release(), self._kind(draft.id.voucher)
        of = form(kind, draft.id.layer)
        octets = write_form(of, draft.body)
        voucher = draft.id.voucher
        where = (voucher.kind, voucher.division, voucher.year, draft.id.layer)
        found = release.explain(*where, octets)
        if not found:
            release.parse(*where, octets)
        return found

    def read(self, octets: bytes, at: Instant | None = None) -> Voucher:
        """The voucher in message octets, verified.

        Raises:
            Rejection, Held: as `hub.voucher.verify`.
        """
        ground = self.ground
        return verify(
            octets, trust=ground.trust, catalogues=ground.catalogues, env=ground.env,
            at=self._at(at), suites=ground.suites, known=ground.known, verdicts=ground.verdicts,
        )  # fmt: skip

    def examine(
        self,
        octets: bytes,
        at: Instant | None = None,
        tokens: Mapping[LayerType, bytes] = NO_TOKENS,
    ) -> Report:
        """Everything that can be said of message octets at a proof time, or at their tokens'."""
        return examine(octets, self.ground, at=self._at(at), tokens=tokens)

    def page(
        self,
        octets: bytes,
        at: Instant | None = None,
        copies: Sequence[str] = ONE_COPY,
        counted: Callable[[str, Instant, int], int] | None = None,
        tokens: Mapping[LayerType, bytes] = NO_TOKENS,
    ) -> bytes:
        """The page of a voucher that verifies, as PDF; `counted` counts it as printed.

        Without a good token for every layer the page says so.

        Raises:
            Rejection, Held: as `hub.voucher.verify`; what does not verify gets no page.
            TargetDown: it could not be counted, so it was not drawn.
        """
        voucher = self.read(octets, at)
        report = self.examine(octets, at, tokens)
        times = counted(str(voucher.top.id), self.clock.now(), len(copies)) if counted else 0
        kind = self._kind(voucher.id)
        return self.draw(voucher, kind, report, self._at(at), copies, times)

    def _at(self, at: Instant | None) -> Instant:
        return self.clock.now() if at is None else at

    def _kind(self, voucher: VoucherId) -> Kind:
        return self._release().kind(voucher.kind, voucher.division, voucher.year)

    def _release(self) -> Schemas:
        release = self.ground.catalogues.release(self.release)
        assert release is not None, "the release in force is here"
        return release


def show(octets: bytes) -> Shown:
    """What a message says, without any trust.

    Raises:
        Malformed: the octets are no message.
    """
    opened = open_message(octets)
    return Shown(
        opened,
        tuple(xml.content(layer.body) for layer in opened.layers),
        tuple(tuple(_name(block) for block in layer.seals) for layer in opened.layers),
    )


def seal_in(octets: bytes) -> bytes:
    """The SES_Seal inside a SES_Signature; octets that are no signature come back as they are."""
    try:
        return read_signature(octets)[0].seal
    except Malformed:
        return octets


def seals_in(octets: bytes) -> list[bytes]:
    """The signatures of a voucher's seals, in sealing order, the lowest layer's first.

    Raises:
        Malformed: the octets are no message.
    """
    return [seal.octets for layer in open_message(octets).layers for seal in layer.seals]


def _name(block: SealBlock) -> str:
    return ses.read_seal(ses.read_signature(block.octets).seal).content.name


def _expected(of: Form, given: Mapping[str, str]) -> None:
    """A name that its form does not have would be dropped without a word."""
    known = {rule.name for rule in (*of.header, *of.detail)} | {"VouDate"}
    for name in given:
        if name not in known:
            raise SchemaViolation("field_unexpected", field=name)


def _ids(below: Voucher) -> dict[str, str]:
    return {"Id": below.original.content.fields.get("Id", "")}
