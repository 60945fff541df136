"""The one hardened XML parser and the one canonical writer of voucher bodies.

Rules (PROTOCOL §2, SEALS §3 and §5):
- A body is UTF-8 and equals our own canonical writing of what was parsed; every such writing is a
  fixed point of exclusive c14n 1.0. So one content has one form, and nothing can hide in another:
  no declaration, DOCTYPE, comment, processing instruction, CDATA, attribute, namespace or blank
  between elements.
- `<!` and `<?` are refused before anything is parsed: canonical text cannot hold them.
- The parser resolves nothing, fetches nothing, and keeps lxml's limits on depth and size.
- Order of elements: header fields, `DetailList` of `Detail` rows, `AttachmentList`.
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from hub.errors import Malformed
from hub.voucher.model import Attachment, Body

ROOT: Final = "Voucher"
DETAILS: Final = "DetailList"
DETAIL: Final = "Detail"
ATTACHMENTS: Final = "AttachmentList"
ATTACHMENT: Final = "Attachment"

_LEAF: Final = re.compile(r"<([^<>/]+)>([^<]*)</")


def parse(octets: bytes) -> etree._Element:
    """The element tree of octets, by the hardened parser.

    Raises:
        Malformed: `xml_forbidden` (DOCTYPE, comment, CDATA, instruction, declaration, BOM),
            `xml_syntax` (not well-formed UTF-8 XML, or beyond the parser's limits).
    """
    if b"<!" in octets or b"<?" in octets or octets[:1] != b"<":
        raise Malformed("xml_forbidden")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
        strip_cdata=False,
    )
    try:
        return etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("xml_syntax") from None


def is_canonical(root: etree._Element, octets: bytes) -> bool:
    """Whether octets are the exclusive c14n 1.0 of the tree; False where c14n has no answer."""
    try:
        return bool(etree.tostring(root, method="c14n", exclusive=True) == octets)
    except etree.LxmlError:
        return False


def read(octets: bytes) -> tuple[etree._Element, Body]:
    """Tree and content of body octets that are exactly our canonical writing of that content.

    Raises:
        Malformed: the codes of `parse`, `body_structure`, and `xml_not_canonical`.
    """
    root = parse(octets)
    return root, content(octets)


def content(octets: bytes) -> Body:
    """The content of canonical body octets, scanned, then proven by writing it again.

    What the scan cannot see is not in the content, so the writing differs and is refused. Whether
    names and characters are XML's is `parse`'s to say.

    Raises:
        Malformed: `xml_syntax` (not UTF-8), `body_structure`, `xml_not_canonical`.
    """
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        raise Malformed("xml_syntax") from None
    header, _, rest = text.partition(f"<{DETAILS}>")
    rows, _, tail = rest.partition(f"</{DETAILS}>")
    before, _, files = (tail if rest else header).partition(f"<{ATTACHMENTS}>")
    body = Body(
        _leaves(header if rest else before),
        tuple([_leaves(row) for row in rows.split(f"</{DETAIL}>")[:-1]]),
        tuple([_attachment(_leaves(row)) for row in files.split(f"</{ATTACHMENT}>")[:-1]]),
    )
    if write(body) != octets:
        raise Malformed("xml_not_canonical")
    return body


def write(body: Body) -> bytes:
    """The canonical octets of a body: a fixed point of exc-c14n, `read` gives the body back.

    An empty DetailList or AttachmentList is not written. Required: names are XML names and values
    hold only characters XML 1.0 allows (a schema sees to both).
    """
    parts = [f"<{ROOT}>"]
    parts += [f"<{k}>{v}</{k}>" for k, v in _escaped(body.fields).items()]
    if body.details:
        parts.append(f"<{DETAILS}>")
        for row in body.details:
            parts.append(f"<{DETAIL}>")
            parts += [f"<{k}>{v}</{k}>" for k, v in _escaped(row).items()]
            parts.append(f"</{DETAIL}>")
        parts.append(f"</{DETAILS}>")
    if body.attachments:
        parts.append(f"<{ATTACHMENTS}>")
        for item in body.attachments:
            row = {"Name": item.name, "Digest": item.digest, "Length": str(item.length)}
            parts.append(f"<{ATTACHMENT}>")
            parts += [f"<{k}>{v}</{k}>" for k, v in _escaped(row).items()]
            parts.append(f"</{ATTACHMENT}>")
        parts.append(f"</{ATTACHMENTS}>")
    parts.append(f"</{ROOT}>")
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise Malformed("xml_syntax") from None


def _escaped(values: Mapping[str, str]) -> Mapping[str, str]:
    joined = "".join(values.values())
    if "&" not in joined and "<" not in joined and ">" not in joined and "\r" not in joined:
        return values
    return {
        k: v.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
        for k, v in values.items()
    }


def _leaves(text: str) -> dict[str, str]:
    leaves = dict(_LEAF.findall(text))
    if "&" not in text:
        return leaves
    return {
        k: v.replace("&lt;", "<").replace("&gt;", ">").replace("&#xD;", "\r").replace("&amp;", "&")
        for k, v in leaves.items()
    }


def _attachment(leaves: Mapping[str, str]) -> Attachment:
    length = leaves.get("Length", "")
    if list(leaves) != ["Name", "Digest", "Length"] or not length.isascii():
        raise Malformed("body_structure")
    if not length.isdecimal() or len(length) > 12:
        raise Malformed("body_structure")
    return Attachment(leaves["Name"], leaves["Digest"], int(length))
