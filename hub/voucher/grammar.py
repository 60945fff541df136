"""The good path of a body: one expression per form, made from the same rules as its XSD.

It recognises canonical octets, order, presence, facets and the number of rows in one pass, and
reads the fields. Rules:
- It may only accept what parser, canonical form and XSD accept, and reads the same content. What
  it does not match goes to them; they also say what is wrong. A test mutates bodies of every kind
  and holds both against each other.
- A form gets one only if every pattern is of plain ASCII classes, or is the text pattern.
- It admits no blank text, as the rules do not; so they need only the fields that they look at, and
  the others are not made before somebody asks for them.
- Every element is an atomic group: the time is linear in the body.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from hub.voucher import xml
from hub.voucher.catalogue import FieldRule, Presence
from hub.voucher.forms import ATTACHMENTS_MAX, Form
from hub.voucher.model import Attachment, Body, Reading

TEXT: Final = r"[^\t\n\r]+"
_NAME: Final = r"[^\t\n\r/\\]+"
_NOT_XML: Final = "\\x00-\\x1f<>&\ud800-\udfff\ufffe\uffff"
"""What XML 1.0 forbids, what must be escaped, and the blanks that no text may hold."""
BLANKS: Final = " \\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""No text begins with one here, so that none is blank; one that does goes to the others."""
_PLAIN: Final = re.compile(
    r"(?:\\[.\-]|\[(?:[0-9A-Za-z_+/. ]|\\[.\-])(?:[0-9A-Za-z_+/.-]|\\[.\-])*\]"
    r"|[0-9A-Za-z_:/=(){},|?*+-])+",
    re.ASCII,
)

_ONE_CLASS: Final = re.compile(r"(\[(?:\\.|[^\]\\])*\])\+")
_OWN_MEANING: Final = re.compile(r"\(\?|[*+?}][*+?]")
"""Lazy, possessive and extended forms: Python's, not XSD's."""

Ruled = tuple[frozenset[str], frozenset[str]] | None
"""The fields of header and rows that rules look at; None: all."""


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that an expression does not recognise."""

    number: int
    alone: bytes
    """A body with the same header and this row only."""


class Grammar:
    """One form's expression: the way of good bodies. What it does not know is for `schema.checked`.

    Source: protocol rule 13.4; protocol rule 2.5; wire form 2
    """

    def __init__(self, of: Form, parts: tuple[Sequence[str], Sequence[str]], ruled: Ruled) -> None:
        self._names = [rule.name for rule in of.header]
        self._row_names = [rule.name for rule in of.detail]
        self._rows = (of.rows_min, of.rows_max)
        header, detail = parts
        self._head = re.compile(f"<{xml.ROOT}>{''.join(header)}", re.ASCII)
        self._row = re.compile(f"<{xml.DETAIL}>{''.join(detail)}</{xml.DETAIL}>", re.ASCII)
        self._ruled = ruled is not None
        self._ruled_head = _Some(self._names, ruled[0] if ruled else frozenset())
        self._ruled_row = _Some(self._row_names, ruled[1] if ruled else frozenset())

    def read(self, octets: bytes) -> Reading | None:
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
        whole = partial(self._whole, head, rows, tail[1])
        if not self._ruled:
            return Reading(whole())
        some = self._ruled_row
        return Reading(Body(self._ruled_head(head), tuple([some(row) for row in rows])), whole)

    def first_wrong(self, octets: bytes) -> WrongRow | None:
        """The first row that is not recognised, or the first at all where the header is not.

        Whatever is wrong with octets whose rows are in order is wrong there first, or behind it.
        """
        text = octets.decode()
        header = text.partition(_ROWS_OPEN)[0]
        head, at, rows = self._head.match(text), len(header), 0
        if self._rows[0] > 1 or at == len(text):
            return None
        if head is not None and head.end() == at:
            at, found = self._read_rows(text, at, closed=False)
            rows = len(found)
        else:
            at += len(_ROWS_OPEN)
        end = text.find(_ROW_CLOSE, at) + len(_ROW_CLOSE)
        if not text.startswith(_ROW_OPEN, at) or end < at:
            return None
        alone = f"{header}{_ROWS_OPEN}{text[at:end]}{_ROWS_CLOSE}</{xml.ROOT}>"
        return WrongRow(rows + 1, alone.encode())

    def _read_rows(
        self, text: str, at: int, *, closed: bool = True
    ) -> tuple[int, list[re.Match[str]]]:
        """Where the rows end, and the rows; where there are none, nothing was read.

        Not `closed`: as far as rows are recognised, whatever follows.
        """
        rows: list[re.Match[str]] = []
        if not self._rows[1] or not text.startswith(_ROWS_OPEN, at):
            return at, rows
        end, match = at + len(_ROWS_OPEN), self._row.match
        while row := match(text, end):
            rows.append(row)
            end = row.end()
        if not closed:
            return end, rows
        if not rows or not text.startswith(_ROWS_CLOSE, end):
            return at, []
        return end + len(_ROWS_CLOSE), rows

    def _whole(self, head: re.Match[str], rows: list[re.Match[str]], files: str | None) -> Body:
        names = self._row_names
        found = _FILE_READ.findall(files) if files else ()
        return Body(
            _present(self._names, head.groups()),
            tuple([_present(names, row.groups()) for row in rows]),
            tuple([Attachment(n, d, int(size)) for n, d, size in found]),
        )


class _Some:
    """Reads some of the fields that an expression has found."""

    def __init__(self, names: Sequence[str], wanted: frozenset[str]) -> None:
        self._groups = [n for n, name in enumerate(names, 1) if name in wanted]
        self._names = [names[n - 1] for n in self._groups]

    def __call__(self, match: re.Match[str]) -> dict[str, str]:
        if len(self._groups) < 2:
            return {n: v for n in self._names if (v := match[self._groups[0]]) is not None}
        values = match.group(*self._groups)
        return {n: v for n, v in zip(self._names, values, strict=True) if v is not None}


def grammar(of: Form, ruled: Ruled = None) -> Grammar | None:
    """The grammar of a form, or None when one of its patterns is not plain enough.

    `ruled`: the fields that rules look at, so that the others are made only when asked for.

    Source: protocol rule 13.4; protocol rule 2.5
    """
    header = [_element(rule) for rule in of.header]
    detail = [_element(rule) for rule in of.detail]
    if None in header or None in detail or (of.rows_max and not detail):
        return None
    return Grammar(of, ([e for e in header if e], [e for e in detail if e]), ruled)


def _element(rule: FieldRule) -> str | None:
    if rule.pattern == TEXT:
        value = f"[^{_NOT_XML}{BLANKS}][^{_NOT_XML}]{{0,{rule.length_max - 1}}}"
    elif rule.type == "text":
        return None
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
_ROW_OPEN: Final = f"<{xml.DETAIL}>"
_ROW_CLOSE: Final = f"</{xml.DETAIL}>"
_ROWS_OPEN: Final = f"<{xml.DETAILS}>"
_ROWS_CLOSE: Final = f"</{xml.DETAILS}>"
