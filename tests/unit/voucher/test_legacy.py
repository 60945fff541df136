"""The older GBK envelope: read as it stands, compared on normalised copies, written or refused."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import HubError, Malformed, SchemaViolation
from hub.voucher import legacy, rules
from hub.voucher.merge import merge
from hub.voucher.model import Body, Head, LayerType
from tests.support.samples import a_body, a_layer
from tests.support.sealed import schemas

HEAD = Head("370100", "2026", "5201", "2026000000001")
KIND = schemas().kind("5201", "370100", "2026")


def order(**changes: str) -> Body:
    body = a_body(KIND, 4, rows=2)
    number = HEAD.number
    fields = {**body.fields, "VoucherNo": number, **changes}
    return Body(fields, tuple({**row, "VoucherBillNo": number} for row in body.details))


def envelope(inner: str, encoding: str = "GBK", codec: str = "gbk", **parts: str) -> bytes:
    """An envelope as an older system writes it: declared, indented, with empty elements."""
    said = {"root": "MOF", "count": "1", "flag": "0", "reason": "", "number": HEAD.number} | parts
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    packed = base64.encodebytes(f"{declared}{inner}".encode(codec)).decode()
    return (
        f"{declared}<{said['root']}>\n <VoucherCount>{said['count']}</VoucherCount>\n"
        f' <VoucherBody AdmDivCode="370100" StYear="2026" VtCode="5201"'
        f' VoucherNo="{said["number"]}">\n  <VoucherFlag>{said["flag"]}</VoucherFlag>\n'
        f"  <Return_Reason>{said['reason']}</Return_Reason>\n  <Attach/>\n"
        f"  <Voucher>{packed}</Voucher>\n </VoucherBody>\n</{said['root']}>\n"
    ).encode(codec)


INNER = (
    "<Voucher>\n <Id> 1 </Id><VoucherNo>2026000000001</VoucherNo><Hold1></Hold1>\n"
    "<PaySummaryName>设备购置  首付款（ＡＢ）</PaySummaryName>\n"
    "<DetailList>\n<Detail><Id>1-1</Id><Remark/></Detail>\n</DetailList></Voucher>"
)


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("GBK", "gbk"), ("gb2312", "gb18030"), ("GB18030", "gb18030"), ("UTF-8", "utf-8")],
)
@pytest.mark.parametrize("root", ["MOF", "Root"])
def test_an_older_envelope_is_read_as_it_stands(encoding: str, codec: str, root: str) -> None:
    [found] = legacy.read(envelope(INNER, encoding, codec, root=root))
    assert (HEAD, "0", "") == (found.head, found.flag, found.return_reason)
    assert {
        "Id": "1", "VoucherNo": HEAD.number, "PaySummaryName": "设备购置  首付款（ＡＢ）",
    } == found.body.fields  # fmt: skip
    assert ({"Id": "1-1"},) == found.body.details


def test_the_label_gb2312_may_hold_more_than_gb2312() -> None:
    [found] = legacy.read(envelope(INNER.replace("设备", "镕𠀀"), "GB2312", "gb18030"))
    assert found.body.fields["PaySummaryName"].startswith("镕𠀀")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(
            'version="1.0" encoding="GBK"', "version = '1.0' encoding = 'gbk' "
        ),
        lambda text: text.replace('encoding="GBK"', 'encoding="GBK" standalone="yes"'),
        lambda text: text.replace('encoding="GBK"', 'encoding="cp936"'),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n" + text,
        lambda text: text.replace('AdmDivCode="370100"', "AdmDivCode = '370100'"),
        lambda text: text.replace(
            'AdmDivCode="370100" StYear="2026"', 'StYear="2026" AdmDivCode="370100"'
        ),
        lambda text: text.replace("<MOF>", '<MOF xmlns="urn:voucher" xmlns:x="urn:x">'),
        lambda text: text.replace("<MOF>", '<m:MOF xmlns:m="urn:voucher">').replace(
            "</MOF>", "</m:MOF>"
        ),
        lambda text: text.replace("<Attach/>", "<Attach></Attach>"),
        lambda text: text.replace("<Attach/>", "<Attach />"),
    ],
)
def test_what_xml_allows_to_be_written_otherwise_is_read_the_same(
    change: Callable[[str], str],
) -> None:
    text = envelope(INNER).decode("gbk")
    assert text != change(text)
    assert legacy.read(text.encode("gbk")) == legacy.read(change(text).encode("gbk"))


@pytest.mark.parametrize("inner", ['<Voucher xmlns="urn:v">', '<v:Voucher xmlns:v="urn:v">'])
def test_a_namespace_of_the_inner_document_says_nothing(inner: str) -> None:
    end = "</v:Voucher>" if inner.startswith("<v") else "</Voucher>"
    text = INNER.replace("<Voucher>", inner).replace("</Voucher>", end)
    assert legacy.read(envelope(INNER)) == legacy.read(envelope(text))
    twice = text.replace("<Hold1></Hold1>", '<x:Id xmlns:x="urn:other">2</x:Id>')
    assert "legacy_form" == refused(envelope(twice)).code


def test_a_byte_order_mark_before_utf_8_is_no_character() -> None:
    text = envelope(INNER, "UTF-8", "utf-8")
    assert legacy.read(text) == legacy.read(b"\xef\xbb\xbf" + text)


@pytest.mark.parametrize("width", [19, 64, 76, 4000])
def test_base64_lines_of_any_length_hold_the_same_voucher(width: int) -> None:
    text = envelope(INNER).decode("gbk")
    start, end = text.index("<Voucher>") + 9, text.index("</Voucher>")
    packed = "".join(text[start:end].split())
    lines = "\r\n\t".join(packed[at : at + width] for at in range(0, len(packed), width))
    assert legacy.read(text.encode("gbk")) == legacy.read(
        f"{text[:start]}\r\n{lines}\n{text[end:]}".encode("gbk")
    )


def refused(octets: bytes) -> HubError:
    with pytest.raises(Malformed) as caught:
        legacy.read(octets)
    return caught.value


def test_what_is_no_older_envelope_is_refused_by_code() -> None:
    good = envelope(INNER)
    at = good.index(b"<MOF>")
    assert "legacy_encoding" == refused(good[:at] + b"\xff" + good[at:]).code
    assert "legacy_encoding" == refused(envelope(INNER, "latin-1")).code
    assert "legacy_count" == refused(envelope(INNER, count="2")).code
    assert "legacy_form" == refused(envelope(INNER, root="CFX")).code
    assert "legacy_form" == refused(envelope(INNER, flag="2")).code
    assert "legacy_form" == refused(envelope(INNER.replace("Voucher>", "Other>"))).code
    assert "legacy_form" == refused(envelope(INNER.replace("<Hold1></Hold1>", "<Id>2</Id>"))).code
    assert "legacy_form" == refused(good.replace(b"<Voucher>", b"<Voucher>!")).code
    wrong = refused(envelope(INNER, number="2026000000002"))
    assert ("legacy_identity", {"field": "VoucherNo"}) == (wrong.code, wrong.context)
    assert "xml_forbidden" == refused(envelope(f"<!DOCTYPE a>{INNER}")).code
    assert "legacy_too_large" == refused(b" " * (legacy.BYTES_MAX + 1)).code


def test_an_envelope_with_two_vouchers_gives_both_in_its_order() -> None:
    first = legacy.write(HEAD, order(), flag="0").decode("gbk")
    start, end = first.index("<VoucherBody "), first.index("</MOF>")
    other = replace(HEAD, number="2026000000002")
    second = legacy.write(other, order(VoucherNo=other.number), flag="1").decode("gbk")
    both = f"{first[:end]}{second[second.index('<VoucherBody ') : second.index('</MOF>')]}</MOF>"
    both = both.replace("<VoucherCount>1<", "<VoucherCount>2<")
    one, two = legacy.read(both.encode("gbk"))
    assert (HEAD, "0", other, "1") == (one.head, one.flag, two.head, two.flag)
    assert [one] == list(legacy.read(first.encode("gbk")))
    assert [two] == list(legacy.read(second.encode("gbk")))
    wrong = both[: both.index("<VoucherBody ", start + 1)] + "</MOF>"
    assert "legacy_count" == refused(wrong.encode("gbk")).code


def test_an_original_becomes_a_native_body_that_passes_schema_and_rules() -> None:
    written = legacy.write(HEAD, order(), flag="0")
    assert written.startswith(b'<?xml version="1.0" encoding="GBK"?><MOF>')
    [found] = legacy.read(written)
    layer, body = legacy.native(found, KIND, written)
    assert LayerType.ORIGINAL is layer
    assert order().fields == {"VoucherFlag": "0", **body.fields}
    assert order().details == body.details
    [attached] = body.attachments
    assert (hashlib.sha256(written).hexdigest(), len(written)) == (attached.digest, attached.length)
    octets = schemas().write("5201", "370100", "2026", layer, body)
    parsed = schemas().parse("5201", "370100", "2026", layer, octets)
    rules.check(KIND, layer, parsed, None, "2026")


def test_a_receipt_is_split_from_the_voucher_it_came_with() -> None:
    asked = order()
    answer = a_layer(KIND, LayerType.RECEIPT, asked)
    written = legacy.write(HEAD, merge(asked, answer, KIND), flag="1")
    [found] = legacy.read(written)
    layer, body = legacy.native(found, KIND, written)
    assert LayerType.RECEIPT is layer
    assert answer.fields == {"VoucherFlag": "1", **body.fields}
    assert answer.details == body.details
    assert [] == legacy.differing(found.body, asked, KIND)


def test_a_receipt_is_compared_on_a_normalised_copy() -> None:
    asked = order(PaySummaryName="设备购置 首付款(AB)12")
    told = order(PaySummaryName="设备购置　首付款（ＡＢ）１２")
    assert [] == legacy.differing(told, asked, KIND)
    other = Body(
        {**told.fields, "PayAmt": "9.99"},
        ({**told.details[0], "Id": "none"}, {**told.details[1], "PayeeAcctName": "别人"}),
    )
    assert [("PayAmt", 0), ("Id", 1), ("PayeeAcctName", 2)] == legacy.differing(other, asked, KIND)


def test_a_returned_voucher_becomes_a_return_with_its_reason() -> None:
    written = legacy.write(HEAD, order(), flag="1", return_reason="收款人账号 有误")
    [found] = legacy.read(written)
    layer, body = legacy.native(found, KIND, written)
    assert LayerType.RETURN is layer
    assert "收款人账号 有误" == body.fields["Return_Reason"]
    octets = schemas().write("5201", "370100", "2026", layer, body)
    assert schemas().parse("5201", "370100", "2026", layer, octets).attachments


@pytest.mark.parametrize("character", ["𠮷", "🀄", "é́"[1], "ẞ", "\u2028"])
def test_a_character_gbk_cannot_hold_is_refused_with_its_place(character: str) -> None:
    header = order(PaySummaryName=f"购置{character}设备")
    with pytest.raises(SchemaViolation) as caught:
        legacy.write(HEAD, header, flag="0")
    place = {k: v for k, v in caught.value.context.items() if v is not None}
    assert ("legacy_character", {"field": "PaySummaryName", "at": 3}) == (caught.value.code, place)
    body = order()
    row = Body(body.fields, (body.details[0], {**body.details[1], "Remark": character}))
    with pytest.raises(SchemaViolation) as caught:
        legacy.write(HEAD, row, flag="0")
    assert {"field": "Remark", "row": 2, "at": 1} == caught.value.context
    with pytest.raises(SchemaViolation):
        legacy.write(HEAD, body, flag="1", return_reason=character)


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("  <Attach/>", "<Voucher>PFZvdWNoZXIvPg==</Voucher>"),
        ("  <Attach/>", "<VoucherFlag>1</VoucherFlag>"),
        ("  <Attach/>", "<Return_Reason>again</Return_Reason>"),
        ("  <Attach/>", "<VoucherBody/>"),
        ("  <Attach/>", "4553.69"),
        (" <VoucherCount>", "<VoucherCount>1</VoucherCount>"),
        (" <VoucherCount>", "<Batch><VoucherBody/></Batch>"),
        (" <VoucherCount>", "4553.69"),
    ],
)
def test_an_envelope_that_could_be_read_in_two_ways_is_refused(place: str, more: str) -> None:
    """Another reader takes the second flag, or the voucher that stands deeper: nobody may guess."""
    good = envelope(INNER).decode("gbk")
    assert legacy.read(good.encode("gbk"))
    assert "legacy_form" == refused(good.replace(place, more + place, 1).encode("gbk")).code


@pytest.mark.parametrize("place", ["<Id>", "<DetailList>", "<Detail>", "</Detail>", "</Voucher>"])
def test_text_that_belongs_to_no_field_is_refused_and_never_dropped(place: str) -> None:
    assert legacy.read(envelope(INNER))
    spoilt = INNER.replace(place, f"4553.69{place}", 1)
    assert "legacy_form" == refused(envelope(spoilt)).code


def place_of(octets: bytes) -> tuple[str | int | None, str | int | None]:
    """Field and row that a refusal names."""
    refusal = refused(octets)
    assert "legacy_form" == refusal.code
    return refusal.context.get("field"), refusal.context.get("row")


@pytest.mark.parametrize(
    ("mark", "instead", "field", "row"),
    [
        ("<Hold1></Hold1>", "<Id>2</Id>", "Id", None),
        ("<Hold1></Hold1>", "<Hold1><Part/></Hold1>", "Hold1", None),
        ("</DetailList>", "<Detail><Id>9</Id><Id>9</Id></Detail></DetailList>", "Id", 2),
        ("</DetailList>", "<Row/></DetailList>", "Row", 2),
        ("</DetailList>", "</DetailList><DetailList/>", "DetailList", None),
        ("</DetailList>", "<Detail>4553.69</Detail></DetailList>", "Detail", 2),
        ("<Hold1></Hold1>", "<张三>1</张三><张三>2</张三>", None, None),
    ],
)
def test_what_is_wrong_inside_a_voucher_is_named_by_field_and_row(
    mark: str, instead: str, field: str | None, row: int | None
) -> None:
    assert mark in INNER
    assert (field, row) == place_of(envelope(INNER.replace(mark, instead)))


def test_what_is_wrong_around_a_voucher_is_named_by_field() -> None:
    assert ("VoucherFlag", None) == place_of(envelope(INNER, flag="2"))
    good = envelope(INNER).decode("gbk")
    twice = good.replace("<Attach/>", "<Attach/><Voucher>PFZvdWNoZXIvPg==</Voucher>")
    assert ("Voucher", None) == place_of(twice.encode("gbk"))
    no_base64 = good.replace("<Voucher>", "<Voucher>*")
    assert ("Voucher", None) == place_of(no_base64.encode("gbk"))


def test_an_attach_is_a_text_and_what_stands_in_elements_inside_is_not_dropped() -> None:
    good = envelope(INNER).decode("gbk")
    (read,) = legacy.read(good.replace("<Attach/>", "<Attach>附件 2 张</Attach>").encode("gbk"))
    assert "附件 2 张" == read.attach
    inside = good.replace("<Attach/>", "<Attach><File>a.pdf</File></Attach>")
    assert ("Attach", None) == place_of(inside.encode("gbk"))


def test_an_octet_that_is_no_character_is_named_by_field_row_and_position() -> None:
    def spoilt(mark: str, text: str = INNER) -> Malformed:
        inner = text.replace(mark, f"{mark}~", 1).encode("gbk").replace(b"~", b"\xff")
        text = envelope("~~").decode("gbk")
        start, end = text.index("<Voucher>") + 9, text.index("</Voucher>")
        packed = base64.b64encode(b'<?xml version="1.0" encoding="GBK"?>' + inner).decode()
        refusal = refused((text[:start] + packed + text[end:]).encode("gbk"))
        assert isinstance(refusal, Malformed)
        return refusal

    seen = [spoilt(mark) for mark in ("设备购", "<Detail><Id>1")]
    assert {"legacy_encoding"} == {refusal.code for refusal in seen}
    assert {"field": "PaySummaryName", "row": None, "at": 4} == seen[0].context
    assert {"field": "Id", "row": 1, "at": 2} == seen[1].context
    behind = INNER.replace("</DetailList>", "</DetailList><Hold2>x</Hold2>")
    assert behind != INNER
    assert {"field": "Hold2", "row": None, "at": 2} == spoilt("<Hold2>x", behind).context
    outer = envelope(INNER, reason="退").replace("退".encode("gbk"), b"\xff")
    assert {"field": "Return_Reason", "row": None, "at": 1} == refused(outer).context


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff"),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(TEXT)
def test_what_is_written_comes_back_or_was_refused(text: str) -> None:
    body = order(PaySummaryName=f"用{text}途")
    try:
        written = legacy.write(HEAD, body, flag="0")
    except SchemaViolation:
        assert any(c.encode("gb18030")[1:2] < b"\x40" or not c.isprintable() for c in text)
        return
    [found] = legacy.read(written)
    assert {"VoucherFlag": "0", **found.body.fields} == body.fields


@settings(deadline=None)
@given(st.data())
def test_octets_changed_anywhere_are_read_or_refused_and_never_crash(data: st.DataObject) -> None:
    octets = bytearray(legacy.write(HEAD, order(), flag="0"))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    try:
        legacy.read(bytes(octets))
    except Malformed:
        return
