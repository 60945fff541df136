"""XML Schema 1.0 of a layer's body, generated from the catalogue.

One file per kind and layer, so that anyone can check a body with any XSD processor. Rules: elements
in the catalogue's order; a field that is absent is not there, one that is there is not empty; every
distinct (type, pattern, length) is one named simple type. What XSD cannot say stands in rules.py.
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from hub.voucher import xml
from hub.voucher.catalogue import FieldRule, Kind, Presence
from hub.voucher.forms import ATTACHMENTS_MAX, Form, form
from hub.voucher.model import LayerType

_ATTACHMENT: Final = (
    FieldRule("Name", "attachment_name", Presence.MANDATORY, 120, "附件名", r"[^\t\n\r/\\]+"),
    FieldRule("Digest", "digest", Presence.MANDATORY, 64, "SHA-256", "[0-9a-f]{64}"),
    FieldRule("Length", "length", Presence.MANDATORY, 12, "字节数", "0|[1-9][0-9]{0,11}"),
)


def xsd(kind: Kind, layer: LayerType) -> bytes:
    """The schema of a kind's body on one layer, UTF-8, always the same octets for the same kind.

    Raises:
        SchemaViolation: `layer_not_allowed`.

    Source: protocol rule 13.4; XML Schema 1.0
    """
    return xsd_of(form(kind, layer))


def xsd_of(of: Form) -> bytes:
    """As `xsd`, for a form already at hand.

    Source: protocol rule 13.4; XML Schema 1.0
    """
    names = _type_names((*of.header, *of.detail, *_ATTACHMENT))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- {_title(of)} Generated. -->",
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">',
        f'  <xs:element name="{xml.ROOT}">',
        "    <xs:complexType>",
        "      <xs:sequence>",
        *(_element(rule, names, 8) for rule in of.header),
        *_list(xml.DETAILS, xml.DETAIL, of.detail, names, (of.rows_min, of.rows_max)),
        *_list(xml.ATTACHMENTS, xml.ATTACHMENT, _ATTACHMENT, names, (0, ATTACHMENTS_MAX)),
        "      </xs:sequence>",
        "    </xs:complexType>",
        "  </xs:element>",
    ]
    for (pattern, length), name in names.items():
        lines += [
            f'  <xs:simpleType name="{name}">',
            '    <xs:restriction base="xs:string">',
            f"      <xs:pattern value={quoteattr(pattern)}/>",
            f'      <xs:maxLength value="{length}"/>',
            "    </xs:restriction>",
            "  </xs:simpleType>",
        ]
    lines.append("</xs:schema>\n")
    return "\n".join(lines).encode()


def _title(of: Form) -> str:
    if of.layer in {LayerType.RETURN, LayerType.RECALL}:
        return f"{of.layer}, the same for every kind."
    return escape(f"{of.kind.code} {of.kind.name_zh}: {of.layer}.")


def _list(
    outer: str,
    inner: str,
    rules: tuple[FieldRule, ...],
    names: dict[tuple[str, int], str],
    rows: tuple[int, int],
) -> list[str]:
    least, most = rows
    if not most:
        return []
    return [
        f'        <xs:element name="{outer}"{"" if least else _OPTIONAL}>',
        "          <xs:complexType>",
        "            <xs:sequence>",
        f'              <xs:element name="{inner}" minOccurs="{max(least, 1)}" maxOccurs="{most}">',
        "                <xs:complexType>",
        "                  <xs:sequence>",
        *(_element(rule, names, 20) for rule in rules),
        "                  </xs:sequence>",
        "                </xs:complexType>",
        "              </xs:element>",
        "            </xs:sequence>",
        "          </xs:complexType>",
        "        </xs:element>",
    ]


_OPTIONAL: Final = ' minOccurs="0"'


def _element(rule: FieldRule, names: dict[tuple[str, int], str], indent: int) -> str:
    optional = _OPTIONAL if rule.presence is Presence.OPTIONAL else ""
    name = names[rule.pattern, rule.length_max]
    return f'{" " * indent}<xs:element name="{rule.name}" type="{name}"{optional}/>'


def _type_names(rules: tuple[FieldRule, ...]) -> dict[tuple[str, int], str]:
    names: dict[tuple[str, int], str] = {}
    for rule in rules:
        key = (rule.pattern, rule.length_max)
        if key not in names:
            name = f"{rule.type}-{rule.length_max}"
            while name in names.values():
                name += "-x"
            names[key] = name
    return names
