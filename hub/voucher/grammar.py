"""The good path of a body: one expression per form, made from the same rules as its XSD.

It recognises canonical octets, order, presence, facets and the number of rows in one pass, and
reads the fields. Rules:
- It may only accept what parser, canonical form and XSD accept, and reads the same content. What
  it does not match goes to them; they also say what is wrong. A test mutates bodies of every kind
  and holds both against each other.
- A form gets one only if every pattern is of plain ASCII classes, or is the text pattern.
- Every element is an atomic group: the time is linear in the body.
"""

import re
from collections.abc import Iterable
from typing import Final

from hub.voucher import xml
from hub.voucher.catalogue import FieldRule, Presence
from hub.voucher.forms import ATTACHMENTS_MAX, Form
from hub.voucher.model import Attachment, Body

TEXT: Final = r"[^\t\n\r]+"
_NAME: Final = r"[^\t\n\r/\\]+"
_NOT_XML: Final = "\\x00-\\x1f<>&\ud800-\udfff\ufffe\uffff"
"""What XML 1.0 forbids, what must be escaped, and the blanks that no text may hold."""
_PLAIN: Final = re.compile(
    r"(?:\\[.\-]|\[(?:[0-9A-Za-z_+/. ]|\\[.\-])(?:[0-9A-Za-z_+/.-]|\\[.\-])*\]"
    r"|[0-9A-Za-z_:/=(){},|?*+-])+",
    re.ASCII,
)

_OWN_MEANING: Final = re.compile(r"\(\?|[*+?}][*+?]")
"""Lazy, possessive and extended forms: Python's, not XSD's."""


class Grammar:
    """One form's expression."""

    def __init__(self, of: Form, header: Iterable[str], detail: Iterable[str]) -> None:
        fields, row = "".join(header), "".join(detail)
        rows = f"<{xml.DETAIL}>{_bare(row)}</{xml.DETAIL}>"
        details = (
            f"<{xml.DETAILS}>((?:{rows}){{{max(of.rows_min, 1)},{of.rows_max}}}+)</{xml.DETAILS}>"
        )
        files = (
            f"<{xml.ATTACHMENTS}>((?:<{xml.ATTACHMENT}>{_FILE}</{xml.ATTACHMENT}>)"
            f"{{1,{ATTACHMENTS_MAX}}}+)</{xml.ATTACHMENTS}>"
        )
        mark = "" if of.rows_min else "?+"
        self._names = [rule.name for rule in of.header]
        self._row_names = [rule.name for rule in of.detail]
        self._whole = re.compile(
            f"<{xml.ROOT}>{fields}{f'(?>{details}){mark}' if of.rows_max else '()'}"
            f"(?>{files})?+</{xml.ROOT}>",
            re.ASCII,
        )
        self._row = re.compile(f"<{xml.DETAIL}>{row}</{xml.DETAIL}>", re.ASCII)

    def read(self, octets: bytes) -> Body | None:
        """The content of octets that are certainly good; None when somebody else must look."""
        try:
            match = self._whole.fullmatch(octets.decode())
        except UnicodeDecodeError:
            return None
        if match is None:
            return None
        *fields, rows, files = match.groups()
        return Body(
            _present(self._names, fields),
            tuple([_present(self._row_names, r.groups()) for r in self._row.finditer(rows or "")]),
            tuple([Attachment(n, d, int(size)) for n, d, size in _FILE_READ.findall(files or "")]),
        )


def grammar(of: Form) -> Grammar | None:
    """The grammar of a form, or None when one of its patterns is not plain enough."""
    header = [_element(rule) for rule in of.header]
    detail = [_element(rule) for rule in of.detail]
    if None in header or None in detail or (of.rows_max and not detail):
        return None
    return Grammar(of, [e for e in header if e], [e for e in detail if e])


def _element(rule: FieldRule) -> str | None:
    if rule.pattern == TEXT:
        value = f"[^{_NOT_XML}]{{1,{rule.length_max}}}"
    elif _PLAIN.fullmatch(rule.pattern) and not _OWN_MEANING.search(rule.pattern):
        value = f"(?=[^<]{{0,{rule.length_max}}}<)(?:{rule.pattern.replace('(', '(?:')})"
    else:
        return None
    mark = "?+" if rule.presence is Presence.OPTIONAL else ""
    return f"(?><{rule.name}>({value})</{rule.name}>){mark}"


def _present(names: list[str], values: Iterable[str | None]) -> dict[str, str]:
    return {n: v for n, v in zip(names, values, strict=True) if v is not None}


def _bare(element: str) -> str:
    """The same without capturing groups, for what repeats."""
    return re.sub(r">\((?!\?)", ">(?:", element)


_FILE: Final = (
    f"<Name>[^{_NOT_XML}/\\\\]{{1,120}}</Name><Digest>[0-9a-f]{{64}}</Digest>"
    "<Length>(?:0|[1-9][0-9]{0,11})</Length>"
)
_FILE_READ: Final = re.compile("<Name>([^<]+)</Name><Digest>([^<]+)</Digest><Length>([0-9]+)<")
