"""Which fields stand in which layer's body: the form that a kind has on one layer.

| layer    | flag | header                     | rows                                  |
|----------|------|----------------------------|---------------------------------------|
| original | 0    | all but receipt-only       | all but receipt-only                  |
| receipt  | 1    | Id, receipt-only fields    | Id, receipt-only fields (or no rows)  |
| return   | 1    | Return_Code, Return_Reason | none                                  |
| recall   | 1    | Recall_Reason              | none                                  |
| document | 0    | all                        | all                                   |
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.errors import SchemaViolation
from hub.voucher import xml
from hub.voucher.catalogue import FieldRule, Kind, Presence
from hub.voucher.model import Body, LayerType

FLAG: Final = "VoucherFlag"
ATTACHMENTS_MAX: Final = 100

_RECEIPT: Final = {
    Presence.RECEIPT: Presence.MANDATORY,
    Presence.RECEIPT_OPTIONAL: Presence.OPTIONAL,
}
_TEXT: Final = r"[^\t\n\r]+"
_LAYER_FIELDS: Final = {
    LayerType.RETURN: (
        FieldRule("Return_Code", "refusal", Presence.MANDATORY, 60, "退回代码", "[a-z][a-z0-9_]*"),
        FieldRule("Return_Reason", "text", Presence.MANDATORY, 600, "退回原因", _TEXT),
    ),
    LayerType.RECALL: (
        FieldRule("Recall_Reason", "text", Presence.MANDATORY, 600, "撤销原因", _TEXT),
    ),
}


@dataclass(frozen=True, slots=True)
class Form:
    """One kind's body on one layer; presence is mandatory or optional only."""

    kind: Kind
    layer: LayerType
    header: tuple[FieldRule, ...]
    """In document order, VoucherFlag first."""
    detail: tuple[FieldRule, ...]
    rows_min: int
    rows_max: int
    header_names: Mapping[str, None] = field(init=False, repr=False, compare=False)
    """In document order; derived, for the hot path."""
    detail_names: Mapping[str, None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "header_names", dict.fromkeys([r.name for r in self.header]))
        object.__setattr__(self, "detail_names", dict.fromkeys([r.name for r in self.detail]))


def form(kind: Kind, layer: LayerType) -> Form:
    """The form of a layer.

    Raises:
        SchemaViolation: `layer_not_allowed`; this kind has no such layer.

    Source: protocol rule 13.3; protocol rule 2.1; catalogue of kinds
    """
    if layer not in kind.positions:
        raise SchemaViolation("layer_not_allowed", kind=kind.code, layer=layer)
    lowest = layer in {LayerType.ORIGINAL, LayerType.DOCUMENT}
    digit = "0" if lowest else "1"
    flag = FieldRule(FLAG, "flag", Presence.MANDATORY, 1, "回单标志", digit)
    if layer in _LAYER_FIELDS:
        return Form(kind, layer, (flag, *_LAYER_FIELDS[layer]), (), 0, 0)
    header = _filled_here(kind.header, lowest=lowest)
    detail = _filled_here(kind.detail, lowest=lowest)
    if not lowest and len(detail) <= 1:
        detail = ()
    least, most = (kind.details_min, kind.details_max) if detail else (0, 0)
    return Form(kind, layer, (flag, *header), detail, least, most)


def write(kind: Kind, layer: LayerType, body: Body) -> bytes:
    """The canonical octets of a body: fields in the catalogue's order, VoucherFlag by the layer.

    Promised: a fixed point of exc-c14n. Required: values as the catalogue says; the schema checks
    them. A field left out or empty is not written.

    Raises:
        SchemaViolation: `layer_not_allowed`, `field_unexpected` (with field and row).
        Malformed: `xml_syntax`; text that UTF-8 cannot hold.

    Source: protocol rule 2.5; wire form 2; Exclusive XML Canonicalization 1.0, 3
    """
    return write_form(form(kind, layer), body)


def write_form(of: Form, body: Body) -> bytes:
    """As `write`, for a form already at hand.

    Raises:
        SchemaViolation: `field_unexpected` (with field and row).
        Malformed: `xml_syntax`; text that UTF-8 cannot hold.

    Source: protocol rule 2.5; wire form 2; Exclusive XML Canonicalization 1.0, 3
    """
    fields = {**body.fields, FLAG: of.header[0].pattern}
    _expected(of.header_names, fields, 0)
    for at, row in enumerate(body.details, 1):
        _expected(of.detail_names, row, at)
    whole = Body(fields, body.details, body.attachments)
    return xml.write(whole, (of.header_names, of.detail_names))


def _expected(names: Mapping[str, None], values: Mapping[str, str], row: int) -> None:
    if values.keys() <= names.keys():
        return
    for name, value in values.items():
        if value and name not in names:
            raise SchemaViolation("field_unexpected", field=name, row=row or None)


def _filled_here(rules: tuple[FieldRule, ...], *, lowest: bool) -> tuple[FieldRule, ...]:
    if lowest:
        return tuple(rule for rule in rules if rule.presence not in _RECEIPT)
    return tuple(
        FieldRule(r.name, r.type, _RECEIPT[r.presence], r.length_max, r.name_zh, r.pattern)
        if r.presence in _RECEIPT
        else r
        for r in rules
        if r.presence in _RECEIPT or r.name == "Id"
    )
