"""The older unsealed envelope (protocol rule 2.11), at the party's edge: read, compared, written.

    <?xml version="1.0" encoding="GBK"?><MOF><VoucherCount>1</VoucherCount>
    <VoucherBody AdmDivCode= StYear= VtCode= VoucherNo=><VoucherFlag>0</VoucherFlag>
    <Return_Reason/><Attach/><Voucher>BASE64 of a document with the root Voucher</Voucher>…

Rules: such octets never cross the hub; they are attached by digest.
- The labels GBK and GB2312 are read as GB18030, which holds both; UTF-8 is read as itself.
- Names count without a namespace: some generators declare one, and the specification has none.
- What a value says is carried as it stands, full and half width and inner blanks included; only
  blanks around it fall away. Values are *compared* on a normalised copy.
- Writing refuses a character GBK cannot hold, with field, row and position; nothing is replaced.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from hub.errors import Malformed, SchemaViolation
from hub.voucher import xml
from hub.voucher.catalogue import FieldRule, Kind, Presence
from hub.voucher.forms import FLAG
from hub.voucher.model import Attachment, Body, Head, LayerType

BYTES_MAX: Final = 4 << 20
VOUCHERS_MAX: Final = 500
RETURN_CODE: Final = "returned_by_older_system"
_ROOTS: Final = frozenset({"MOF", "Root"})
_CODECS: Final = {
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "cp936"), "gb18030"),
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
}
_DECLARATION: Final = re.compile(
    rb"\s*<\?xml\s+version\s*=\s*[\"']1\.0[\"']"
    rb"(?:\s+encoding\s*=\s*[\"']([A-Za-z0-9-]{1,20})[\"'])?"
    rb"(?:\s+standalone\s*=\s*[\"'](?:yes|no)[\"'])?\s*\?>"
)
_BLANKS: Final = " \t\r\n"
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}", re.ASCII)
_IDENTITY: Final = ("AdmDivCode", "StYear", "VtCode", "VoucherNo")
_SAID: Final = ("VoucherFlag", "Return_Reason", "Attach", "Voucher")
_RECEIPT: Final = (Presence.RECEIPT, Presence.RECEIPT_OPTIONAL)


@dataclass(frozen=True, slots=True)
class LegacyVoucher:
    """One VoucherBody as it stands; nothing of it is checked against a catalogue."""

    head: Head
    flag: str
    """`0`: original, `1`: receipt."""
    return_reason: str
    attach: str
    body: Body
    """Fields and rows, empty ones left out; no attachments."""


def read(octets: bytes) -> tuple[LegacyVoucher, ...]:
    """The vouchers of an envelope, in its order; at most 4 MB and 500 vouchers.

    Raises:
        Malformed: `legacy_too_large`, `legacy_encoding` (with field, row and position from 1, in
            the document where it is in no field), `legacy_form` (with the field and row where it
            is in one), `legacy_count`, `legacy_identity` (with the field), and the codes of the XML
            parser.

    Source: voucher message specification; GB 18030; protocol rule 2.11
    """
    if len(octets) > BYTES_MAX:
        raise Malformed("legacy_too_large", bytes=len(octets))
    root = _tree(octets)
    bodies = root.findall("VoucherBody")
    if root.tag not in _ROOTS or not bodies or bodies != list(root.iter("VoucherBody")):
        raise Malformed("legacy_form")
    told = _said(root, "VoucherCount")
    _nothing_between((root, *bodies))
    if len(bodies) > VOUCHERS_MAX or (told and told != str(len(bodies))):
        raise Malformed("legacy_count", count=len(bodies))
    return tuple(_voucher(body) for body in bodies)


def native(legacy: LegacyVoucher, kind: Kind, octets: bytes) -> tuple[LayerType, Body]:
    """The layer that an older voucher means, with the older envelope attached by digest.

    An original brings what the issuer fills in; a receipt (flag 1) only what the receiver fills
    in, its rows by Id; a returned voucher its reason. Schema and rules judge it when it is sealed.

    Source: protocol rule 2.11; protocol rule 2.1; voucher message specification
    """
    attached = (attachment(octets, f"{legacy.head.kind}-{legacy.head.number}.mof.xml"),)
    if legacy.return_reason:
        reason = {"Return_Code": RETURN_CODE, "Return_Reason": legacy.return_reason}
        return LayerType.RETURN, Body(reason, (), attached)
    if legacy.flag == "0":
        return LayerType.ORIGINAL, Body(legacy.body.fields, legacy.body.details, attached)
    header, detail = _answers(kind.header), _answers(kind.detail)
    rows = tuple(_only(row, detail) for row in legacy.body.details) if len(detail) > 1 else ()
    return LayerType.RECEIPT, Body(_only(legacy.body.fields, header), rows, attached)


def differing(answer: Body, original: Body, kind: Kind) -> list[tuple[str, int]]:
    """(field, row) where an older receipt says other than its original; row 0 is the header.

    Only what the issuer fills in is compared, on normalised copies: an older system may have
    widened characters or dropped blanks on the way.

    Source: protocol rule 2.2; protocol rule 2.11
    """
    found = [(name, 0) for name in _unlike(answer.fields, original.fields, kind.header)]
    rows = {row.get("Id", ""): row for row in original.details}
    for at, row in enumerate(answer.details, 1):
        asked = rows.get(row.get("Id", ""))
        if asked is None:
            found.append(("Id", at))
        else:
            found += [(name, at) for name in _unlike(row, asked, kind.detail)]
    return found


def normalised(text: str) -> str:
    """A copy for comparing: compatibility forms made one (full width → half), no blanks.

    Never written, never sealed: what a voucher says stands as it was written.

    Source: Unicode Annex 15; protocol rule 2.11
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def write(head: Head, body: Body, *, flag: str, return_reason: str = "") -> bytes:
    """One voucher in the older envelope, in GBK.

    Required: `body` is the original, or the projection `merge` gives of it and its receipt;
    `flag` is `0` for an original, `1` for a receipt.

    Raises:
        SchemaViolation: `legacy_character` with field, row and position (from 1) of the first
            character that GBK does not hold.

    Source: voucher message specification; protocol rule 2.11; protocol rule 2.2
    """
    _held(body, return_reason)
    fields = {name: value for name, value in body.fields.items() if name != FLAG}
    inner = _document(xml.write(Body(fields, body.details)))
    about = zip(_IDENTITY, (head.division, head.year, head.kind, head.number), strict=True)
    names = " ".join(f'{name}="{value}"' for name, value in about)
    reason = xml.write(Body({"Return_Reason": return_reason})).decode()
    reason = reason.removeprefix(f"<{xml.ROOT}>").removesuffix(f"</{xml.ROOT}>")
    outer = (
        f"<MOF><VoucherCount>1</VoucherCount><VoucherBody {names}>"
        f"<VoucherFlag>{flag}</VoucherFlag>{reason}<Attach></Attach>"
        f"<Voucher>{base64.b64encode(inner).decode()}</Voucher></VoucherBody></MOF>"
    )
    return _document(outer.encode())


def attachment(octets: bytes, name: str) -> Attachment:
    """Older octets as an attachment of a layer, by digest; a name is cut at 120 characters.

    Source: protocol rule 2.11; protocol rule 2.13
    """
    return Attachment(name[:120], hashlib.sha256(octets).hexdigest(), len(octets))


def _tree(octets: bytes) -> etree._Element:
    """The element tree, whatever the encoding; the hardened parser sees UTF-8 only."""
    octets = octets.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARATION.match(octets)
    label = (declared[1] or b"utf-8").decode().lower() if declared else "utf-8"
    codec = _CODECS.get(label)
    if codec is None:
        raise Malformed("legacy_encoding")
    rest = octets[declared.end() :] if declared else octets
    try:
        text = rest.decode(codec)
    except UnicodeDecodeError as error:
        raise _undecodable(rest[: error.start].decode(codec)) from None
    root = xml.parse(text.strip(_BLANKS).encode())
    if b"xmlns" in rest:
        for element in root.iter():
            element.tag = etree.QName(element).localname
    return root


def _undecodable(before: str) -> Malformed:
    """Octets that are no character, by what stands before them: the field, else the document."""
    name, inside, value = before.rpartition("<")[2].partition(">")
    if not inside or not name.isidentifier():
        return Malformed("legacy_encoding", at=len(before) + 1)
    inside_row = before.rfind(f"<{xml.DETAIL}>") > before.rfind(f"</{xml.DETAIL}>")
    row = before.count(f"<{xml.DETAIL}>") if inside_row else None
    return Malformed("legacy_encoding", field=name, row=row, at=len(value) + 1)


def _voucher(element: etree._Element) -> LegacyVoucher:
    head = Head(*(str(element.get(name, "")).strip(_BLANKS) for name in _IDENTITY))
    flag, reason, attach, packed = (_said(element, name) for name in _SAID)
    try:
        inner = base64.b64decode("".join(packed.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("legacy_form", field=xml.ROOT) from None
    if not inner:
        raise Malformed("legacy_form", field=xml.ROOT)
    root = _tree(inner)
    if root.tag != xml.ROOT:
        raise Malformed("legacy_form", field=xml.ROOT)
    fields, rows = _content(root)
    told = (head.division, head.year, head.kind, head.number)
    for name, value in zip(_IDENTITY, told, strict=True):
        if not value or fields.get(name, value) != value:
            raise Malformed("legacy_identity", field=name)
    if flag not in {"", "0", "1"}:
        raise Malformed("legacy_form", field=FLAG)
    return LegacyVoucher(head, flag or "0", reason, attach, Body(fields, rows))


def _said(element: etree._Element, name: str) -> str:
    """What one child says; empty where there is none. Of two, nobody could say which counts.

    Each of them is a text, `Attach` too (a short free field): what stands in elements inside would
    reach nobody.
    """
    found = element.findall(name)
    if len(found) > 1 or any(len(child) for child in found):
        raise Malformed("legacy_form", field=name)
    return ((found[0].text or "") if found else "").strip(_BLANKS)


def _nothing_between(elements: Iterable[etree._Element]) -> None:
    """Text beside elements belongs to no field: it would be lost."""
    row = 0
    for element in elements:
        row += element.tag == xml.DETAIL
        texts = [element.text, *(child.tail for child in element)]
        if any(text.strip(_BLANKS) for text in texts if text):
            raise Malformed("legacy_form", field=_name(element), row=row or None)


def _name(element: etree._Element) -> str | None:
    """Where something is wrong; a name no field can have might be content, and is not told."""
    name = str(element.tag)
    return name if _FIELD.fullmatch(name) else None


def _content(root: etree._Element) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    leaves = [child for child in root if child.tag != xml.DETAILS]
    lists = root.findall(xml.DETAILS)
    if len(lists) > 1:
        raise Malformed("legacy_form", field=xml.DETAILS)
    details = lists[0] if lists else ()
    for at, row in enumerate(details, 1):
        if row.tag != xml.DETAIL:
            raise Malformed("legacy_form", field=_name(row), row=at)
    _nothing_between((root, *lists, *details))
    rows = tuple(dict(_leaves(list(row), at)) for at, row in enumerate(details, 1))
    return dict(_leaves(leaves)), rows


def _leaves(
    elements: Sequence[etree._Element], row: int | None = None
) -> Iterator[tuple[str, str]]:
    met = set[str]()
    for element in elements:
        name = str(element.tag)
        if name in met or len(element):
            raise Malformed("legacy_form", field=_name(element), row=row)
        met.add(name)
        value = (element.text or "").strip(_BLANKS)
        if value and name != FLAG:
            yield name, value


def _answers(rules: Sequence[FieldRule]) -> frozenset[str]:
    return frozenset({"Id"} | {rule.name for rule in rules if rule.presence in _RECEIPT})


def _only(values: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in names}


def _unlike(
    answer: Mapping[str, str], original: Mapping[str, str], rules: Sequence[FieldRule]
) -> list[str]:
    asked = [rule.name for rule in rules if rule.presence not in _RECEIPT]
    return [
        name
        for name in asked
        if name in answer and normalised(answer[name]) != normalised(original.get(name, ""))
    ]


def _held(body: Body, return_reason: str) -> None:
    for row, values in enumerate((body.fields, *body.details)):
        for name, value in values.items():
            _held_in_gbk(name, value, row)
    _held_in_gbk("Return_Reason", return_reason, 0)


def _held_in_gbk(name: str, value: str, row: int) -> None:
    if value.isascii():
        return
    for at, character in enumerate(value, 1):
        try:
            back = character.encode("gbk").decode("gb18030")
        except UnicodeEncodeError:
            back = ""
        if back != character:
            raise SchemaViolation("legacy_character", field=name, row=row or None, at=at)


def _document(canonical: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="GBK"?>' + canonical.decode().encode("gbk")
