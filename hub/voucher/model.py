"""Vouchers as values: identities, layers, seals, and the typestate Raw → … → Voucher.

Raw octets → Opened (envelope) → Authentic (sealed, entitled) → Voucher (parsed, bound, rules).

Rules of this file (protocol 1, 2):
- A message is a stack of layers: `original`, and directly on it at most one of `receipt`, `return`,
  `recall`; a `document` (statement, trust list, catalogue release) stands alone.
- Each layer has its own body octets and its own seals; nothing edits the layer below.
- Identities are text, so that stores, journals and people read the same thing.
- Only `Voucher` enters exchange, desks and clearing.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.clock import Instant
from hub.parties import Party


class LayerType(StrEnum):
    """What a layer does."""

    ORIGINAL = "original"
    RECEIPT = "receipt"
    RETURN = "return"
    RECALL = "recall"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class VoucherId:
    """(env, AdmDivCode, StYear, VtCode, issuer, VoucherNo); never used again (protocol rule 1.2).

    For a document: kind is its document kind, number is `<incarnation>-<serial>`.
    """

    env: str
    division: str
    year: str
    kind: str
    issuer: Party
    number: str

    def __str__(self) -> str:
        """`sd-test/370100/2026/5201/011.370100/2026000000001`."""
        return "/".join(
            (self.env, self.division, self.year, self.kind, str(self.issuer), self.number)
        )


@dataclass(frozen=True, slots=True)
class LayerId:
    """(voucher_id, layer, acting party)."""

    voucher: VoucherId
    layer: LayerType
    party: Party

    def __str__(self) -> str:
        """The voucher's identity, then `/receipt/102.370100`."""
        return f"{self.voucher}/{self.layer}/{self.party}"


@dataclass(frozen=True, slots=True)
class SealBlock:
    """One SES_Signature (GB/T 38540) in DER, as received, at a named position."""

    position: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as it stands in the envelope: body octets and seals in sealing order.

    Source: protocol rule 2.1; protocol rule 2.9; wire form 1
    """

    type: LayerType
    body: bytes
    seals: tuple[SealBlock, ...]

    @property
    def body_digest(self) -> bytes:
        """SHA-256 of the body octets."""
        return hashlib.sha256(self.body).digest()

    @property
    def stack_digest(self) -> bytes:
        """SHA-256 over the body and all SES_Signatures: the key of a verified lower layer."""
        digest = hashlib.sha256(self.body)
        for seal in self.seals:
            digest.update(seal.octets)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Head:
    """What the envelope says; believed only after it is compared with sealed propertyInfo."""

    division: str
    year: str
    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A well-formed canonical envelope: nothing in it is authentic yet."""

    octets: bytes
    head: Head
    layers: tuple[Layer, ...]
    digest: bytes
    """SHA-256 of the whole message octets: what hop notices name."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a layer, by name, SHA-256 (hex) and length in bytes."""

    name: str
    digest: str
    length: int


@dataclass(frozen=True, slots=True)
class Body:
    """The parsed content of a layer's body, fields spelled as the specification spells them.

    `fields` are header fields in document order; `details` the rows of DetailList.
    A receipt carries VoucherFlag=1, the X fields, and rows named by Id; a return carries
    Return_Code and Return_Reason; a recall carries Recall_Reason.
    """

    fields: Mapping[str, str]
    details: tuple[Mapping[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()


class Reading:
    """A body that was read and found good: what rules look at now, all of it once it is asked for.

    A node that only hands a voucher on never makes the rest.

    Source: protocol rule 2.7
    """

    __slots__ = ("_content", "_ruled", "_whole")

    def __init__(self, ruled: Body | None, whole: Callable[[], Body] | None = None) -> None:
        """`ruled`: the fields that rules look at; the whole body where there is no `whole`."""
        assert ruled is not None or whole is not None
        self._ruled = ruled
        self._whole = whole
        self._content = ruled if whole is None else None

    @property
    def ruled(self) -> Body:
        """What rules look at, at least."""
        return self._ruled or self.content

    @property
    def content(self) -> Body:
        """All of it."""
        if self._content is None:
            assert self._whole is not None
            self._content = self._whole()
        return self._content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reading) and self.content == other.content

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Reading({self.content!r})"


@dataclass(frozen=True, slots=True)
class Binding:
    """The sealed propertyInfo of one seal, parsed (protocol rule 2.4), in the wire's order."""

    env: str
    cat: int
    layer: LayerType
    type: str
    year: str
    div: str
    issuer: str
    to: tuple[str, ...]
    no: str
    pos: str
    index: int
    count: int
    suite: str
    prev: str


@dataclass(frozen=True, slots=True)
class SealFact:
    """What a verified seal says: where, whose, by which certificate, when, in which suite."""

    position: str
    seal_id: str
    party: Party
    signer: bytes
    """SHA-256 of the signer's certificate."""
    sealed_at: Instant
    suite: str


@dataclass(frozen=True, slots=True)
class SealedLayer:
    """A layer whose seals hold and whose signers are entitled, with its parsed body.

    Source: protocol rule 1.3; protocol rule 2.7
    """

    id: LayerId
    cat: int
    to: tuple[str, ...]
    """Executing receivers as parties' text; ("*",) for base data."""
    body: bytes
    body_digest: bytes
    stack_digest: bytes
    reading: Reading
    seals: tuple[SealFact, ...]

    @property
    def content(self) -> Body:
        """The parsed body."""
        return self.reading.content


@dataclass(frozen=True)
class Voucher:
    """A message that is verified, parsed, bound and obeys the rules; layers from the bottom up.

    Source: protocol rule 1.2; protocol rule 2.7
    """

    octets: bytes
    digest: bytes
    layers: tuple[SealedLayer, ...] = field(repr=False)

    @property
    def id(self) -> VoucherId:
        """Identity of the voucher all layers belong to."""
        return self.layers[0].id.voucher

    @property
    def top(self) -> SealedLayer:
        """The layer this message brings."""
        return self.layers[-1]

    @property
    def original(self) -> SealedLayer:
        """The lowest layer."""
        return self.layers[0]


@dataclass(frozen=True, slots=True)
class Draft:
    """A layer to be sealed, on top of an optional message below."""

    id: LayerId
    cat: int
    to: tuple[str, ...]
    body: Body
    below: Voucher | None = None
