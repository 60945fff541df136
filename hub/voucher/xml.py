"""The one hardened XML parser and the one canonical writer of voucher bodies.

Rules (protocol rules 2.5, 2.14):
- A body is UTF-8 and equals our own canonical writing of what was parsed; every such writing is a
  fixed point of exclusive c14n 1.0. So one content has one form, and nothing can hide in another:
  no declaration, DOCTYPE, comment, processing instruction, CDATA, attribute, namespace or blank
  between elements.
- `<!` and `<?` are refused before anything is parsed: canonical text cannot hold them.
- The parser resolves nothing, fetches nothing, and keeps lxml's limits on depth and size.
- Order of elements: header fields, `DetailList` of `Detail` rows, `AttachmentList`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from lxml import etree

from hub.errors import Malformed
from hub.voucher.model import Attachment, Body

ROOT: Final = "Voucher"
DETAILS: Final = "DetailList"
DETAIL: Final = "Detail"
ATTACHMENTS: Final = "AttachmentList"
ATTACHMENT: Final = "Attachment"

_ITEM_END: Final = f"</{ATTACHMENT}>"
_LEAF: Final = re.compile(r"<([^<>/]+)>([^<]*)</")
_TEXT: Final = "[^<>&\r]*+"
_ROW: Final = f"(?:<(?!Detail|Attach)([A-Za-z_][A-Za-z0-9_]*+)>{_TEXT}</\\{{}}>)"
_FILE: Final = (
    f"<Name>{_TEXT}</Name><Digest>{_TEXT}</Digest><Length>(?:0|[1-9][0-9]{{0,11}})</Length>"
)
_PLAIN: Final = re.compile(
    f"<{ROOT}>{_ROW.format(1)}++"
    f"(?:<{DETAILS}>(?:<{DETAIL}>{_ROW.format(2)}++</{DETAIL}>)++</{DETAILS}>)?+"
    f"(?:<{ATTACHMENTS}>(?:<{ATTACHMENT}>{_FILE}</{ATTACHMENT}>)++</{ATTACHMENTS}>)?+</{ROOT}>",
    re.ASCII,
)
"""A body with fields, without escapes and names that begin like ours: possessive, so linear."""


def parse(octets: bytes) -> etree._Element:
    """The element tree of octets, by the hardened parser.

    Raises:
        Malformed: `xml_forbidden` (DOCTYPE, comment, CDATA, instruction, declaration, BOM),
            `xml_syntax` (not well-formed UTF-8 XML, or beyond the parser's limits).

    Source: protocol rule 2.14; XML 1.0, 2.8
    """
    forbid(octets)
    return _tree(octets)


def forbid(octets: bytes) -> None:
    """Refuse at a glance what no body may hold.

    Raises:
        Malformed: `xml_forbidden`, as `parse`.

    Source: protocol rule 2.14; XML 1.0, 2.8
    """
    if b"<!" in octets or b"<?" in octets or octets[:1] != b"<" or octets[1:2] == b"\0":
        raise Malformed("xml_forbidden")


def _tree(octets: bytes) -> etree._Element:
    # No declaration, no BOM, no second octet zero: libxml2 can only take it for UTF-8.
    try:
        return etree.fromstring(octets, _parser())
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("xml_syntax") from None


@lru_cache(maxsize=1)
def _parser() -> etree.XMLParser:
    """Making one costs a third of parsing; lxml guards it with a lock of its own."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
        strip_cdata=False,
    )


def is_canonical(root: etree._Element, octets: bytes) -> bool:
    """Whether octets are the exclusive c14n 1.0 of the tree; False where c14n has no answer.

    Source: Exclusive XML Canonicalization 1.0, 3; protocol rule 2.5
    """
    try:
        return bool(etree.tostring(root, method="c14n", exclusive=True) == octets)
    except etree.LxmlError:
        return False


def read(octets: bytes) -> tuple[etree._Element, Body]:
    """Tree and content of body octets that are exactly our canonical writing of that content.

    Raises:
        Malformed: the codes of `parse`, `body_structure`, and `xml_not_canonical`.

    Source: protocol rule 2.5; wire form 2; Exclusive XML Canonicalization 1.0, 3
    """
    try:
        plain = _PLAIN.fullmatch(octets.decode()) is not None
    except UnicodeDecodeError:
        plain = False
    root = _tree(octets) if plain else parse(octets)
    return root, content(octets, plain=plain)


def content(octets: bytes, *, plain: bool | None = None) -> Body:
    """The content of canonical body octets, proven canonical by the form they are read with.

    `plain`: whether `_PLAIN` admits the octets, where somebody has asked already.
    Text without escapes is recognised by one expression that admits our own writing only; else it
    is scanned, and proven by writing it again. Whether names and characters are XML's is `parse`'s
    to say.

    Raises:
        Malformed: `xml_syntax` (not UTF-8), `body_structure`, `xml_not_canonical`.

    Source: protocol rule 2.5; wire form 2
    """
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        raise Malformed("xml_syntax") from None
    header, _, rest = text.partition(f"<{DETAILS}>")
    rows, _, tail = rest.partition(f"</{DETAILS}>")
    before, _, files = (tail if rest else header).partition(f"<{ATTACHMENTS}>")
    fields = _LEAF.findall(header if rest else before)
    details = [_LEAF.findall(row) for row in rows.split(f"</{DETAIL}>")[:-1]]
    body = Body(
        _values(fields, text),
        tuple([_values(row, text) for row in details]),
        tuple([_attachment(_values(_LEAF.findall(f), text)) for f in files.split(_ITEM_END)[:-1]]),
    )
    if plain or (plain is None and _PLAIN.fullmatch(text) is not None):
        # Only a name that stands twice is left to be found.
        if len(fields) != len(body.fields) or list(map(len, details)) != list(
            map(len, body.details)
        ):
            raise Malformed("xml_not_canonical")
    elif write(body) != octets:
        raise Malformed("xml_not_canonical")
    return body


def write(
    body: Body, names: tuple[Iterable[str], Iterable[str]] | tuple[None, None] = (None, None)
) -> bytes:
    """The canonical octets of a body: a fixed point of exc-c14n, `read` gives the body back.

    `names` of header and rows say what is written, in their order, where it is there and not empty;
    else all is, in its own. An empty DetailList or AttachmentList is not written. Required: names
    are XML names and values hold only characters XML 1.0 allows (a schema sees to both).

    Raises:
        Malformed: `xml_syntax`; text that UTF-8 cannot hold.

    Source: protocol rule 2.5; wire form 2; Exclusive XML Canonicalization 1.0, 3; XML 1.0, 2.2
    """
    header, detail = names
    parts = [f"<{ROOT}>", _record(body.fields, header)]
    if body.details:
        rows = [f"<{DETAIL}>{_record(row, detail)}</{DETAIL}>" for row in body.details]
        parts += [f"<{DETAILS}>", *rows, f"</{DETAILS}>"]
    if body.attachments:
        parts.append(f"<{ATTACHMENTS}>")
        for item in body.attachments:
            row = {"Name": item.name, "Digest": item.digest, "Length": str(item.length)}
            parts.append(f"<{ATTACHMENT}>{_record(row, None)}</{ATTACHMENT}>")
        parts.append(f"</{ATTACHMENTS}>")
    parts.append(f"</{ROOT}>")
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise Malformed("xml_syntax") from None


def _record(values: Mapping[str, str], names: Iterable[str] | None) -> str:
    values = _escaped(values)
    if names is None:
        return "".join([f"<{k}>{v}</{k}>" for k, v in values.items()])
    return "".join([f"<{k}>{v}</{k}>" for k in names if (v := values.get(k))])


def _escaped(values: Mapping[str, str]) -> Mapping[str, str]:
    joined = "".join(values.values())
    if "&" not in joined and "<" not in joined and ">" not in joined and "\r" not in joined:
        return values
    return {
        k: v.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
        for k, v in values.items()
    }


def _values(leaves: list[tuple[str, str]], text: str) -> dict[str, str]:
    values = dict(leaves)
    if "&" not in text:
        return values
    return {
        k: v.replace("&lt;", "<").replace("&gt;", ">").replace("&#xD;", "\r").replace("&amp;", "&")
        for k, v in values.items()
    }


def _attachment(leaves: Mapping[str, str]) -> Attachment:
    length = leaves.get("Length", "")
    if list(leaves) != ["Name", "Digest", "Length"] or not length.isascii():
        raise Malformed("body_structure")
    if not length.isdecimal() or len(length) > 12 or str(int(length)) != length:
        raise Malformed("body_structure")
    return Attachment(leaves["Name"], leaves["Digest"], int(length))
