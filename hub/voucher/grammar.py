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

_ONE_CLASS: Final = re.compile(r"(\[(?:\\.|[^\]\\])*\])\+")
_OWN_MEANING: Final = re.compile(r"\(\?|[*+?}][*+?]")
"""Lazy, possessive and extended forms: Python's, not XSD's."""


class Grammar:
    """One form's expression."""

    def __init__(self, of: Form, header: Iterable[str], detail: Iterable[str]) -> None:
        self._names = [rule.name for rule in of.header]
        self._row_names = [rule.name for rule in of.detail]
        self._rows = (of.rows_min, of.rows_max)
        self._head = re.compile(f"<{xml.ROOT}>{''.join(header)}", re.ASCII)
        self._row = re.compile(f"<{xml.DETAIL}>{''.join(detail)}</{xml.DETAIL}>", re.ASCII)

    def read(self, octets: bytes) -> Body | None:
        """The content of octets that are certainly good; None when somebody else must look."""
        try:
            text = octets.decode()
        except UnicodeDecodeError:
            return None
        head = self._head.match(text)
        if head is None:
            return None
        at, rows = self._read_rows(text, head.end())
        least, most = self._rows
        tail = _TAIL.fullmatch(text, at)
        if tail is None or not least <= len(rows) <= most:
            return None
        files = _FILE_READ.findall(tail[1]) if tail[1] else ()
        return Body(
            _present(self._names, head.groups()),
            tuple(rows),
            tuple([Attachment(n, d, int(size)) for n, d, size in files]),
        )

    def _read_rows(self, text: str, at: int) -> tuple[int, list[dict[str, str]]]:
        """Where the rows end, and the rows; where there are none, nothing was read."""
        rows: list[dict[str, str]] = []
        if not self._rows[1] or not text.startswith(_ROWS_OPEN, at):
            return at, rows
        end, match, names = at + len(_ROWS_OPEN), self._row.match, self._row_names
        while row := match(text, end):
            rows.append(_present(names, row.groups()))
            end = row.end()
        if not rows or not text.startswith(_ROWS_CLOSE, end):
            return at, []
        return end + len(_ROWS_CLOSE), rows


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
    elif _PLAIN.fullmatch(rule.pattern) and (one := _ONE_CLASS.fullmatch(rule.pattern)):
        value = f"{one[1]}{{1,{rule.length_max}}}"
    elif _PLAIN.fullmatch(rule.pattern) and not _OWN_MEANING.search(rule.pattern):
        value = f"(?=[^<]{{0,{rule.length_max}}}<)(?:{rule.pattern.replace('(', '(?:')})"
    else:
        return None
    mark = "?+" if rule.presence is Presence.OPTIONAL else ""
    return f"(?><{rule.name}>({value})</{rule.name}>){mark}"


def _present(names: list[str], values: Iterable[str | None]) -> dict[str, str]:
    return {n: v for n, v in zip(names, values, strict=True) if v is not None}


_FILE: Final = (
    f"<Name>[^{_NOT_XML}/\\\\]{{1,120}}</Name><Digest>[0-9a-f]{{64}}</Digest>"
    "<Length>(?:0|[1-9][0-9]{0,11})</Length>"
)
_FILE_READ: Final = re.compile("<Name>([^<]+)</Name><Digest>([^<]+)</Digest><Length>([0-9]+)<")
_TAIL: Final = re.compile(
    f"(?><{xml.ATTACHMENTS}>((?:<{xml.ATTACHMENT}>{_FILE}</{xml.ATTACHMENT}>)"
    f"{{1,{ATTACHMENTS_MAX}}}+)</{xml.ATTACHMENTS}>)?+</{xml.ROOT}>",
    re.ASCII,
)
_ROWS_OPEN: Final = f"<{xml.DETAILS}>"
_ROWS_CLOSE: Final = f"</{xml.DETAILS}>"
