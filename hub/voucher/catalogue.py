"""The catalogue: voucher kinds as data, never as code (protocol 13).

A release is base plus all division and year overlays of an environment under one number
(protocol rule 10.7). `hub.voucher.release` builds a `Catalogue` from parsed data; reading files is
wiring's work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hub.parties import Party
from hub.voucher.model import LayerType

_CHECKED: Final = frozenset({"text", "amount", "date"})
"""Types of which a schema cannot say everything."""


class Presence(StrEnum):
    """Whether a field must, may, or only in the receipt may be there."""

    MANDATORY = "mandatory"
    OPTIONAL = "optional"
    RECEIPT = "receipt"  # receipt-only, mandatory in the receipt
    RECEIPT_OPTIONAL = "receipt_optional"


class Sign(StrEnum):
    """What sign an amount must have."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    ZERO = "zero"
    NONZERO = "nonzero"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: name as the specification spells it, data type, length, presence."""

    name: str
    type: str
    """A named type of schemas/catalogue/types.toml: text, code, date, amount, division, …"""
    presence: Presence
    length_max: int
    name_zh: str = ""
    pattern: str = ""
    """In the common subset of XSD and Python, for the whole value."""


@dataclass(frozen=True, slots=True)
class Equal:
    """A detail field that must repeat a header field, where both are filled (与主单一致)."""

    detail: str
    header: str


@dataclass(frozen=True, slots=True)
class Equation:
    """Amounts of one record that add up: total = plus… - minus…, on the header or every row."""

    total: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    on_detail: bool


@dataclass(frozen=True, slots=True)
class Position:
    """A named seal position of a layer, in sealing order.

    Source: protocol rule 13.1; protocol rule 2.6; catalogue of kinds
    """

    name: str
    name_zh: str
    org_types: tuple[str, ...]
    """Who may stand here, as org type codes; `bank` for any bank."""
    required: bool

    def admits(self, party: Party) -> bool:
        """Whether a party of this organisation type may stand here."""
        return admits(self.org_types, party)


@dataclass(frozen=True, slots=True)
class Kind:
    """One voucher kind under one release: everything that a system may know of it.

    Amounts are named by field and are whole fen in sums; `body_bytes_max` is octets before base64.

    Source: protocol rule 13.1; catalogue of kinds; voucher message specification
    """

    code: str
    name_zh: str
    name_en: str
    issuers: tuple[str, ...]
    receivers: tuple[str, ...]
    copies: tuple[str, ...]
    """Org types that may get a copy without business effect."""
    replies: tuple[LayerType, ...]
    """Layers that may stand on the original."""
    header: tuple[FieldRule, ...]
    detail: tuple[FieldRule, ...]
    amount: str
    """Header amount field, or empty."""
    detail_amount: str
    """Detail amount field whose sum must equal the header's, or empty."""
    sign: Sign
    positions: Mapping[LayerType, tuple[Position, ...]]
    body_bytes_max: int
    message_class: str
    """urgent, online or batch."""
    retention_years: int
    certain: bool
    """False: the code is assumed, not confirmed by a source; shown as such."""
    details_max: int = 500
    details_min: int = 1
    detail_sign: Sign = Sign.ANY
    receipt_amount: str = ""
    """Header amount of the receipt, or empty."""
    receipt_detail_amount: str = ""
    """Detail amount of the receipt whose sum must equal the header's, or empty."""
    equal: tuple[Equal, ...] = ()
    equations: tuple[Equation, ...] = ()
    count: str = ""
    """Header field that holds the number of rows (of all packs), or empty."""
    pack: tuple[str, ...] = ()
    """Header fields for the number of packs and this pack's number, where rows come in packs."""
    header_checked: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    """Header fields whose values rules look at, with their types: derived, for the hot path."""
    detail_checked: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    position_names: Mapping[LayerType, list[str]] = field(init=False, repr=False, compare=False)
    """All positions of a layer, in sealing order."""

    def __post_init__(self) -> None:
        names = {layer: [p.name for p in places] for layer, places in self.positions.items()}
        object.__setattr__(self, "header_checked", self._checked(self.header))
        object.__setattr__(self, "detail_checked", self._checked(self.detail))
        object.__setattr__(self, "position_names", names)

    def _checked(self, rules: tuple[FieldRule, ...]) -> tuple[tuple[str, str], ...]:
        money = {self.amount, self.detail_amount, self.receipt_amount, self.receipt_detail_amount}
        for equation in self.equations:
            money |= {equation.total, *equation.plus, *equation.minus}
        types = [(r.name, "amount" if r.name in money else r.type) for r in rules]
        return tuple([(name, type_) for name, type_ in types if type_ in _CHECKED])

    @property
    def layers(self) -> tuple[LayerType, ...]:
        """The layers this kind knows, the lowest first."""
        return tuple(self.positions)

    @property
    def document(self) -> bool:
        """Whether it stands alone and is no voucher."""
        return LayerType.DOCUMENT in self.positions

    def class_of(self, layer: LayerType) -> str:
        """The class a message with this layer on top travels in: a recall is always urgent."""
        return "urgent" if layer is LayerType.RECALL else self.message_class

    def may_act(self, layer: LayerType, party: Party) -> bool:
        """Whether a party's organisation type may make this layer: it stands at position one."""
        return layer in self.positions and self.positions[layer][0].admits(party)

    def may_receive(self, party: Party) -> bool:
        """Whether originals of this kind are meant for parties of this type."""
        return admits(self.receivers, party)

    def may_copy(self, party: Party) -> bool:
        """Whether a party of this type may get a copy without business effect."""
        return admits(self.copies, party)


def admits(org_types: tuple[str, ...], party: Party) -> bool:
    """Whether the party's type is listed; `bank` stands for any bank, `any` for everybody.

    Source: protocol rule 13.1; protocol rule 10.8
    """
    return (
        party.org_type in org_types or ("bank" in org_types and party.is_bank) or "any" in org_types
    )


@dataclass(frozen=True)
class Catalogue:
    """All kinds of one release, with division and year overlays already merged for look-up.

    Source: protocol rule 10.7; protocol rule 13.2
    """

    release: int
    env: str
    kinds: Mapping[str, Kind]
    overlays: Mapping[tuple[str, str, str], Kind | None] = field(default_factory=dict)
    """(division or '', year or '', code) → the merged kind there, None where it is disabled."""

    def kind(self, code: str, division: str, year: str) -> Kind | None:
        """The kind in force for a division and year: the most specific overlay wins."""
        for key in ((division, year, code), (division, "", code), ("", year, code)):
            if key in self.overlays:
                return self.overlays[key]
        return self.kinds.get(code)
