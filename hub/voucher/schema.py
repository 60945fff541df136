"""Bodies against the catalogue: octets in, `Body` out, or a refusal that names field and row.

Rules (protocol rules 2.5, 13.4):
- Size first, then the number of tags, canonical form, and the schema; the schema is compiled once
  per kind and layer, when first used. What the form's grammar recognises is all of that at once.
- A refusal names code, field, and row, never a value. `explain` is for the person who wrote the
  voucher; what it returns is never logged.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from lxml import etree

from hub.errors import Malformed, Rejection, SchemaViolation
from hub.voucher import rules, xml
from hub.voucher.catalogue import Catalogue, FieldRule, Kind, Presence
from hub.voucher.forms import ATTACHMENTS_MAX, Form, form, write_form
from hub.voucher.grammar import Grammar, grammar
from hub.voucher.model import Body, LayerType, Reading
from hub.voucher.xsd import xsd_of

_STEP: Final = re.compile(r"/([A-Za-z_][A-Za-z0-9_]*)(?:\[([0-9]+)\])?\Z", re.ASCII)
_ROW: Final = re.compile(rf"/{xml.DETAILS}/{xml.DETAIL}(?:\[([0-9]+)\])?", re.ASCII)
_ROWS: Final = f"<{xml.DETAILS}>".encode()
_ROW_END: Final = f"</{xml.DETAIL}>".encode()
_AROUND: Final = 4 * ATTACHMENTS_MAX + 3
"""Elements that are no fields: attachments, the lists, the root."""
_TWICE: Final = 4  # an element has two tags
_CODES: Final = {
    "SCHEMAV_CVC_PATTERN_VALID": "field_format",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "field_too_long",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "field_format",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "body_structure",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A form with its compiled schema."""

    form: Form
    schema: etree.XMLSchema
    grammar: Grammar | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One thing wrong, for the person who wrote the voucher: never logged, it may hold values."""

    line: int
    field: str
    """`/Voucher/PayAmt`, `/Voucher/DetailList/Detail[2]/Id`, also of what is not there."""
    seen: str
    expected: str


class Schemas:
    """All schemas of one catalogue release; compiled on first use and kept.

    Source: protocol rule 13.4; XML Schema 1.0
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._compiled: dict[tuple[int, LayerType], Compiled] = {}
        self._alike: dict[object, tuple[etree.XMLSchema, Grammar | None]] = {}

    @property
    def catalogue(self) -> Catalogue:
        """The release these schemas are of."""
        return self._catalogue

    def kind(self, code: str, division: str, year: str) -> Kind:
        """The kind in force.

        Raises:
            SchemaViolation: `kind_unknown`.
        """
        kind = self._catalogue.kind(code, division, year)
        if kind is None:
            raise SchemaViolation("kind_unknown")
        return kind

    def parse(
        self, kind_code: str, division: str, year: str, layer: LayerType, body: bytes
    ) -> Body:
        """The content of body octets that are canonical and obey the kind's schema.

        Raises:
            Malformed: `body_too_large`, `xml_…`, `body_structure`.
            SchemaViolation: `kind_unknown`, `layer_not_allowed`, `field_…`, `rows_…`, with field
                and row.
        """
        return self.read(self.kind(kind_code, division, year), layer, body).content

    def read(self, kind: Kind, layer: LayerType, body: bytes) -> Reading:
        """As `parse`, for a kind at hand; what no rule looks at is made once it is asked for.

        Raises:
            Malformed: as `parse`; `body_too_large` before anything is read.
            SchemaViolation: as `parse`.
        """
        if len(body) > kind.body_bytes_max:
            raise Malformed("body_too_large", kind=kind.code)
        compiled = self.compiled(kind, layer)
        if compiled.grammar and (good := compiled.grammar.read(body)):
            return good
        return Reading(checked(compiled, body))

    def reread(self, kind: Kind, layer: LayerType, body: bytes) -> Body:
        """The content of canonical octets that `parse` has read before.

        Raises:
            Malformed: `xml_…`, `body_structure`: they were never parsed.
            SchemaViolation: `layer_not_allowed`.
        """
        reader = self.compiled(kind, layer).grammar
        read = reader.read(body) if reader is not None else None
        return xml.content(body) if read is None else read.content

    def write(
        self, kind_code: str, division: str, year: str, layer: LayerType, body: Body
    ) -> bytes:
        """The canonical octets of a body, proven by parsing them again.

        Raises:
            Rejection: what `parse` would say of these octets; `field_unexpected`.
        """
        kind = self.kind(kind_code, division, year)
        octets = write_form(self.compiled(kind, layer).form, body)
        self.parse(kind_code, division, year, layer, octets)
        return octets

    def compiled(self, kind: Kind, layer: LayerType) -> Compiled:
        """The compiled schema of a kind of this catalogue.

        Raises:
            SchemaViolation: `layer_not_allowed`.
        """
        key = (id(kind), layer)
        found = self._compiled.get(key)
        if found is None:
            of = form(kind, layer)
            ruled = rules.looks_at(kind) if layer in rules.LOWEST else None
            fields = (of.header, of.detail, of.rows_min, of.rows_max, ruled)
            if fields not in self._alike:
                schema = etree.XMLSchema(etree.fromstring(xsd_of(of)))
                self._alike[fields] = (schema, grammar(of, ruled))
            found = self._compiled[key] = Compiled(of, *self._alike[fields])
        return found

    def explain(
        self, kind_code: str, division: str, year: str, layer: LayerType, body: bytes
    ) -> list[Explanation]:
        """Everything wrong with a body's schema, in words; slow, for authors of vouchers.

        Raises:
            Rejection: `kind_unknown`, `layer_not_allowed`, or not XML at all.
        """
        kind = self.kind(kind_code, division, year)
        return list(dict.fromkeys(_explained(self.compiled(kind, layer), body)))


def checked(compiled: Compiled, body: bytes) -> Body:
    """The content by parser, canonical form and schema: the arbiter of every refusal.

    Raises:
        Malformed: `xml_…`, `body_structure`.
        SchemaViolation: `field_…`, `rows_…`.

    Source: protocol rule 2.5; protocol rule 13.4; XML Schema 1.0; wire form 2
    """
    if _far_too_many(compiled.form, body):
        xml.forbid(body)
        raise Malformed("body_structure")
    root, content = xml.read(body)
    _count_rows(compiled.form, content)
    wrong = compiled.grammar.first_wrong(body) if compiled.grammar else None
    if wrong is not None and not compiled.schema.validate(xml.parse(wrong.alone)):
        raise _violation(compiled, content, wrong.number)
    if not compiled.schema.validate(root):
        raise _violation(compiled, content)
    return content


def _far_too_many(of: Form, body: bytes) -> bool:
    """Whether some part has twice the tags that the form has there: not worth parsing."""
    header, _, rest = body.partition(_ROWS)
    *rows, tail = rest.split(_ROW_END)
    row_most = _TWICE * (len(of.detail) + 1)
    return (
        header.count(b"<") > _TWICE * (len(of.header) + _AROUND)
        or tail.count(b"<") > _TWICE * _AROUND
        or len(rows) > 2 * of.rows_max
        or any(row.count(b"<") > row_most for row in rows)
    )


def _count_rows(of: Form, content: Body) -> None:
    rows = len(content.details)
    if rows > of.rows_max and of.rows_max:
        raise SchemaViolation("rows_too_many", rows=rows, limit=of.rows_max)
    if rows < of.rows_min:
        raise SchemaViolation("rows_missing", rows=rows, limit=of.rows_min)


def _violation(compiled: Compiled, content: Body, only: int = 0) -> Rejection:
    """What the schema found first, without values or foreign names.

    `only`: the row that it was shown alone.
    """
    errors = cast("Iterable[Any]", compiled.schema.error_log)
    error = next(iter(errors))
    code = _CODES.get(error.type_name or "")
    if code is None:
        return _misplaced(compiled.form, content)
    path = error.path or ""
    step, row = _STEP.search(path), _ROW.search(path)
    return SchemaViolation(
        code, field=step[1] if step else None, row=only or int(row[1] or 1) if row else None
    )


def _misplaced(of: Form, content: Body) -> Rejection:
    for at, values in enumerate((content.fields, *content.details)):
        rules = of.detail if at else of.header
        row = at or None
        for rule in rules:
            if rule.presence is Presence.MANDATORY and rule.name not in values:
                return SchemaViolation("field_missing", field=rule.name, row=row)
        there = [rule.name for rule in rules if rule.name in values]
        if len(there) < len(values):
            return SchemaViolation("field_unexpected", row=row)
        for name, expected in zip(values, there, strict=True):
            if name != expected:
                return SchemaViolation("field_order", field=name, row=row)
    return SchemaViolation("body_structure")


def _explained(compiled: Compiled, body: bytes) -> Iterator[Explanation]:
    import xmlschema  # noqa: PLC0415 - slow to load, and only people who ask why need it

    schema = xmlschema.XMLSchema(xsd_of(compiled.form).decode())
    root = xml.parse(body)
    missing = list(_completed(compiled.form, root))
    for absent, rule in missing:
        path = root.getroottree().getpath(absent)
        yield Explanation(_line(absent.getparent()), path, "", _expected(rule))
    filled = {absent for absent, _ in missing}
    rules = {rule.name: rule for rule in (*compiled.form.header, *compiled.form.detail)}
    for error in schema.iter_errors(root):
        element: Any = error.elem if error.elem is not None else root
        if element in filled:
            continue
        name = str(element.tag)
        expected = _expected(rules[name]) if name in rules else (error.reason or "")
        yield Explanation(_line(element), error.path or name, element.text or "", expected)


def _completed(of: Form, root: etree._Element) -> Iterator[tuple[etree._Element, FieldRule]]:
    """Put every mandatory field that is missing in its place, empty: schemas stop at the first."""
    rows = root.findall(f"{xml.DETAILS}/{xml.DETAIL}")
    for element, fields in ((root, of.header), *((row, of.detail) for row in rows)):
        order = {rule.name: at for at, rule in enumerate(fields)}
        for at, rule in enumerate(fields):
            if rule.presence is Presence.MANDATORY and element.find(rule.name) is None:
                after = [str(child.tag) for child in element]
                place = (n for n, name in enumerate(after) if order.get(name, len(fields)) > at)
                absent = etree.Element(rule.name)
                element.insert(next(place, len(after)), absent)
                yield absent, rule


def _line(element: etree._Element | None) -> int:
    return getattr(element, "sourceline", None) or 0


def _expected(rule: FieldRule) -> str:
    return f"{rule.pattern} ≤ {rule.length_max}"
