"""Every kind's samples pass schema and rules, and come back as they were written."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.errors import Rejection, SchemaViolation
from hub.voucher import rules
from hub.voucher.catalogue import Kind, Presence
from hub.voucher.forms import form, write, write_form
from hub.voucher.model import Attachment, Body, LayerType
from hub.voucher.schema import Compiled, checked
from tests.support.samples import a_body, a_layer
from tests.support.sealed import schemas

SCHEMAS = schemas()
KINDS = SCHEMAS.catalogue.kinds
LAYERS = [(code, layer) for code, kind in KINDS.items() for layer in kind.layers]


@pytest.mark.parametrize(("code", "layer"), LAYERS)
def test_samples_of_every_kind_and_layer_pass_schema_and_rules(code: str, layer: LayerType) -> None:
    kind = KINDS[code]
    for seed in range(2):
        lowest = a_body(kind, seed, full=bool(seed))
        on_top = layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}
        body = a_layer(kind, layer, lowest, seed, failed=seed) if on_top else lowest
        octets = SCHEMAS.write(code, "370100", "2026", layer, body)
        parsed = SCHEMAS.parse(code, "370100", "2026", layer, octets)
        assert body == parsed
        rules.check(kind, layer, parsed, lowest if on_top else None, "2026")


@settings(deadline=None)
@given(st.sampled_from(LAYERS), st.integers(0, 10**6), st.data())
def test_a_mutated_body_is_read_or_refused_and_never_crashes(
    which: tuple[str, LayerType], seed: int, data: st.DataObject
) -> None:
    code, layer = which
    kind = KINDS[code]
    lowest = a_body(kind, seed % 50)
    on_top = layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}
    octets = bytearray(write(kind, layer, a_layer(kind, layer, lowest) if on_top else lowest))
    at = data.draw(st.integers(0, len(octets) - 1))
    length = data.draw(st.integers(0, 8))
    octets[at : at + length] = data.draw(st.binary(max_size=8))
    with suppress(Rejection):
        body = SCHEMAS.parse(code, "370100", "2026", layer, bytes(octets))
        rules.check(kind, layer, body, lowest if on_top else None, "2026")
        assert bytes(octets) == write(kind, layer, body)


TEXT = st.text(
    st.characters(
        exclude_categories=["Cs"], exclude_characters="\t\n\r\ufffe\uffff", min_codepoint=32
    ),
    min_size=1,
    max_size=300,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(KINDS)), TEXT, st.integers(0, 99))
def test_what_is_written_is_a_fixed_point_of_canonical_xml_and_comes_back(
    code: str, text: str, seed: int
) -> None:
    kind = KINDS[code]
    body = a_body(kind, seed, full=True)
    name = "Remark" if "Remark" in body.fields else ""
    fields = {**body.fields, name: text} if name else body.fields
    body = Body(fields, body.details, (*body.attachments, Attachment(text[:120], "0" * 64, 1)))
    layer = kind.layers[0]
    octets = write(kind, layer, body)
    assert octets == etree.tostring(etree.fromstring(octets), method="c14n", exclusive=True)
    if "/" not in text and "\\" not in text:
        assert body == SCHEMAS.parse(code, "370100", "2026", layer, octets)


YEAR, CODE = "<StYear>2026</StYear>", "<VtCode>5201</VtCode>"


def judged(kind: Kind, octets: bytes) -> None:
    body = SCHEMAS.parse(kind.code, "370100", "2026", LayerType.ORIGINAL, octets)
    rules.check(kind, LayerType.ORIGINAL, body, None, "2026")


@pytest.mark.parametrize(
    ("spoil", "code", "field", "row"),
    [
        (("<PayAmt>", "<PayAmt>1"), "amount_sum", "PayAmt", None),
        (("<VouDate>2", "<VouDate>x"), "field_format", "VouDate", None),
        (("<PayKindCode>", f"<PayKindCode>{'0' * 50}"), "field_too_long", "PayKindCode", 1),
        (("<VouDate>", "<Voudate>"), "xml_syntax", None, None),
        (("<Id>", "<Id>1</Id><Id>"), "xml_not_canonical", None, None),
        (("<StYear>2026</StYear>", ""), "field_missing", "StYear", None),
        (("<VoucherBillNo>", "<Colour>red</Colour><VoucherBillNo>"), "field_unexpected", None, 1),
        ((YEAR + CODE, CODE + YEAR), "field_order", "VtCode", None),
        (("<VoucherFlag>0", "<VoucherFlag>1"), "field_format", "VoucherFlag", None),
        (("</DetailList>", "</DetailList> "), "xml_not_canonical", None, None),
        (("<Voucher>", "<Voucher><!---->"), "xml_forbidden", None, None),
    ],
)
def test_a_refusal_names_code_field_and_row_but_no_value(
    spoil: tuple[str, str], code: str, field: str | None, row: int | None
) -> None:
    kind = KINDS["5201"]
    octets = write(kind, LayerType.ORIGINAL, a_body(kind, 3, rows=2)).decode()
    octets = octets.replace(*spoil, 1)
    with pytest.raises(Rejection) as refused:
        judged(kind, octets.encode())
    said = refused.value
    assert (code, field, row) == (said.code, said.context.get("field"), said.context.get("row"))


def test_rows_and_size_are_bounded() -> None:
    kind = KINDS["5201"]
    body = a_body(kind, 3, rows=1)
    many = Body(body.fields, body.details * 501)
    for code, wrong in (("body_too_large", many), ("rows_missing", Body(body.fields))):
        octets = write(kind, LayerType.ORIGINAL, wrong)
        with pytest.raises(Rejection) as refused:
            SCHEMAS.parse("5201", "370100", "2026", LayerType.ORIGINAL, octets)
        assert code == refused.value.code
    pack = KINDS["3501"]
    octets = write(pack, LayerType.ORIGINAL, a_body(pack, 3, rows=501))
    with pytest.raises(SchemaViolation) as too_many:
        SCHEMAS.parse("3501", "370100", "2026", LayerType.ORIGINAL, octets)
    assert ("rows_too_many", 501) == (too_many.value.code, too_many.value.context["rows"])


SPOILT = ["", "\\", "-", "12.345", "7" * 200, "中", "\u3000", "<A></A>"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 10**4), st.sampled_from(SPOILT)), max_size=4))
def test_a_wrong_row_shown_alone_is_refused_as_the_whole_body_is(
    spoils: list[tuple[int, str]],
) -> None:
    kind = KINDS["5201"]
    compiled = SCHEMAS.compiled(kind, LayerType.ORIGINAL)
    texts = write(kind, LayerType.ORIGINAL, a_body(kind, 3, rows=6)).decode().split("</")
    for at, value in spoils:
        opening = texts[at % len(texts)].rpartition(">")[0]
        texts[at % len(texts)] = f"{opening}>{value}"
    body = "</".join(texts).encode()
    assert outcome(replace(compiled, grammar=None), body) == outcome(compiled, body)


def outcome(compiled: Compiled, body: bytes) -> object:
    try:
        return checked(compiled, body)
    except Rejection as refused:
        return refused.code, refused.context.get("field"), refused.context.get("row")


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<A>1</A>" * 5000, "body_structure"),
        ("<A></A>" * 5000, "body_structure"),
        ("<A>" * 5000, "body_structure"),
        ("<!---->" * 5000, "xml_forbidden"),
    ],
)
@pytest.mark.parametrize("place", ["<DetailList>", "</Detail>", "</DetailList>", "</Voucher>"])
def test_far_too_many_tags_are_refused_before_they_are_parsed(
    inside: str, code: str, place: str
) -> None:
    kind = KINDS["5201"]
    octets = write(kind, LayerType.ORIGINAL, a_body(kind, 3, rows=2)).decode()
    spoilt = octets.replace(place, inside + place, 1).encode()
    with pytest.raises(Rejection) as refused:
        checked(SCHEMAS.compiled(kind, LayerType.ORIGINAL), spoilt)
    assert code == refused.value.code


def test_a_field_the_kind_has_not_is_not_written() -> None:
    kind = KINDS["5201"]
    body = a_body(kind, 3, rows=2)
    wrong = Body(body.fields, (body.details[0], {**body.details[1], "Colour": "red"}))
    with pytest.raises(SchemaViolation) as refused:
        write(kind, LayerType.ORIGINAL, wrong)
    assert {"field": "Colour", "row": 2} == refused.value.context


def test_the_author_is_told_line_field_what_was_seen_and_what_is_expected() -> None:
    kind = KINDS["5201"]
    octets = write(kind, LayerType.ORIGINAL, a_body(kind, 3, rows=2))
    told = SCHEMAS.explain("5201", "370100", "2026", LayerType.ORIGINAL, octets)
    assert [] == told
    wrong = octets.replace(b"<VouDate>2", b"<VouDate>x")
    [only] = SCHEMAS.explain("5201", "370100", "2026", LayerType.ORIGINAL, wrong)
    assert (1, "/Voucher/VouDate", "[0-9]{8} ≤ 8") == (only.line, only.field, only.expected)
    assert only.seen.startswith("x")


def test_the_author_is_told_every_field_that_is_missing_and_what_is_wrong_beside() -> None:
    kind = KINDS["5201"]
    body = a_body(kind, 3, rows=2)
    of = form(kind, LayerType.ORIGINAL)
    must = [
        [r.name for r in rules if r.presence is Presence.MANDATORY]
        for rules in (of.header, of.detail)
    ]
    header, row = must[0][1::2], must[1][1:]
    fields = {k: v for k, v in body.fields.items() if k not in header} | {must[0][2]: "x" * 400}
    second = {k: v for k, v in body.details[1].items() if k not in row}
    octets = write_form(of, Body(fields, (body.details[0], second)))
    told = SCHEMAS.explain("5201", "370100", "2026", LayerType.ORIGINAL, octets)
    missing = [f"/Voucher/{name}" for name in header]
    missing += [f"/Voucher/DetailList/Detail[2]/{name}" for name in row]
    assert missing == [one.field for one in told if not one.seen]
    assert [f"/Voucher/{must[0][2]}"] == [one.field for one in told if one.seen]
    assert all("≤" in one.expected for one in told)
