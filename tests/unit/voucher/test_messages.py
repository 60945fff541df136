"""Envelope and body have one writing; everything else is refused, quickly."""

import ast
import base64
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Malformed, Rejection
from hub.voucher import open_message, write_message, xml
from hub.voucher.codec import BODY_BYTES_MAX, MESSAGE_BYTES_MAX, SEAL_BYTES_MAX
from hub.voucher.codes import CODES
from hub.voucher.model import Attachment, Body, Head, Layer, LayerType, SealBlock
from tests.support.sources import nodes

NAMES = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: name not in {"Detail", "DetailList", "Attachment", "AttachmentList", "Voucher"}
)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\t\n\r")
).filter(lambda text: "\ufffe" not in text and "\uffff" not in text)
FIELDS = st.dictionaries(NAMES, TEXTS, max_size=5)
FILES = st.builds(Attachment, TEXTS, TEXTS, st.integers(0, 10**9))
BODIES = st.builds(
    Body,
    FIELDS.filter(bool),
    st.lists(FIELDS.filter(bool), max_size=3).map(tuple),
    st.lists(FILES, max_size=2).map(tuple),
)
SEALS = st.builds(
    SealBlock, st.from_regex(r"[0-9A-Za-z_.-]{1,60}", fullmatch=True), st.binary(min_size=1)
)
UPPER = st.sampled_from([LayerType.RECEIPT, LayerType.RETURN, LayerType.RECALL])


def layers(kind: st.SearchStrategy[LayerType]) -> st.SearchStrategy[Layer]:
    return st.builds(
        Layer, kind, st.binary(min_size=1), st.lists(SEALS, max_size=3).map(tuple)
    )  # fmt: skip


STACKS = st.one_of(
    st.tuples(layers(st.just(LayerType.DOCUMENT))),
    st.tuples(layers(st.just(LayerType.ORIGINAL))),
    st.tuples(layers(st.just(LayerType.ORIGINAL)), layers(UPPER)),
)
HEADS = st.builds(
    Head,
    st.from_regex(r"[0-9A-Za-z_.-]{1,60}", fullmatch=True),
    st.from_regex(r"[0-9]{4}", fullmatch=True).filter(str.isascii),
    st.from_regex(r"[0-9A-Za-z_.-]{1,60}", fullmatch=True),
    st.from_regex(r"[0-9A-Za-z-]{1,60}", fullmatch=True),
)


@given(HEADS, STACKS)
def test_a_message_read_is_the_message_written(head: Head, stack: tuple[Layer, ...]) -> None:
    octets = write_message(head, stack)
    opened = open_message(octets)
    assert (head, stack) == (opened.head, opened.layers)


@given(HEADS, STACKS, st.data())
def test_a_message_opens_only_if_writing_it_gives_its_octets(
    head: Head, stack: tuple[Layer, ...], data: st.DataObject
) -> None:
    octets = bytearray(write_message(head, stack))
    at = data.draw(st.integers(0, len(octets)))
    octets[at : at + data.draw(st.integers(0, 6))] = data.draw(
        st.one_of(st.binary(max_size=6), st.sampled_from([b" ", b"\n", b"=", b'"', b"<!---->"]))
    )
    try:
        opened = open_message(bytes(octets))
    except Malformed:
        return
    assert bytes(octets) == write_message(opened.head, opened.layers)


@given(BODIES)
def test_a_body_read_is_the_body_written_and_a_fixed_point_of_c14n(body: Body) -> None:
    octets = xml.write(body)
    root, content = xml.read(octets)
    assert body == content
    assert xml.is_canonical(root, octets)


@given(BODIES, st.data())
def test_a_body_that_is_read_is_canonical(body: Body, data: st.DataObject) -> None:
    octets = bytearray(xml.write(body))
    at = data.draw(st.integers(0, len(octets)))
    octets[at : at + data.draw(st.integers(0, 8))] = data.draw(
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from([b"<A>1</A>", b"<A/>", b' a="1"', b"\n", b"&#65;", b"&gt;", b"</A>"]),
        )
    )
    try:
        root, content = xml.read(bytes(octets))
    except Malformed:
        return
    assert bytes(octets) == xml.write(content)
    assert xml.is_canonical(root, bytes(octets))
    assert content.fields == {
        leaf.tag: leaf.text or ""
        for leaf in root
        if leaf.tag not in {"DetailList", "AttachmentList"}
    }


@pytest.mark.parametrize(
    "octets",
    [
        b'<?xml version="1.0"?><Voucher><A>1</A></Voucher>',
        b"\xef\xbb\xbf<Voucher><A>1</A></Voucher>",
        b"<!DOCTYPE Voucher><Voucher><A>1</A></Voucher>",
        b'<!DOCTYPE Voucher [<!ENTITY a "1">]><Voucher><A>&a;</A></Voucher>',
        b"<Voucher><A>1<!-- c -->00</A></Voucher>",
        b"<Voucher><A>1<?p i?>00</A></Voucher>",
        b"<Voucher><A><![CDATA[1]]></A></Voucher>",
        b"<Voucher><A>&#49;</A></Voucher>",
        b"<Voucher><A>&quot;</A></Voucher>",
        b"<Voucher><A>></A></Voucher>",
        b"<Voucher><A>1</A> </Voucher>",
        b"<Voucher> <A>1</A></Voucher>",
        b"<Voucher><A></A><B/></Voucher>",
        b"<Voucher><A >1</A></Voucher>",
        b"<Voucher><A>1</A ></Voucher>",
        b'<Voucher><A x="1">1</A></Voucher>',
        b'<Voucher xmlns="urn:x"><A>1</A></Voucher>',
        b'<Voucher xmlns:x="y"><x:A>1</x:A></Voucher>',
        b'<Voucher xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><A>1</A></Voucher>',
        b"<Voucher><A>1</A><A>2</A></Voucher>",
        b"<Voucher><A>1<B>2</B></A></Voucher>",
        b"<Voucher><DetailList><Detail><A>1</A></Detail></DetailList><A>1</A></Voucher>",
        b"<Voucher><DetailList></DetailList></Voucher>",
        b"<Voucher><A>1</A></Voucher>\n",
        b"<Voucher><A>1</A></Voucher><Voucher></Voucher>",
        b"<MOF><A>1</A></MOF>",
        b"<Voucher><A>\x00</A></Voucher>",
        b"<Voucher><A>\xff</A></Voucher>",
        b"<Voucher><A>\r</A></Voucher>",
        "<Voucher><A>1</A></Voucher>".encode("utf-16"),
        "<Voucher><A>中</A></Voucher>".encode("gb18030"),
        b"",
        b"<",
    ],
)
def test_another_form_of_a_body_is_refused(octets: bytes) -> None:
    xml.read(b"<Voucher><A>1</A></Voucher>")
    with pytest.raises(Malformed):
        xml.read(octets)


def message(body: bytes = b"x", tail: str = "") -> bytes:
    return (
        '<MOF Version="1"><VoucherBody AdmDivCode="370100" StYear="2026" VtCode="5201"'
        f' VoucherNo="1"><Layer Type="original"><Voucher>{base64.b64encode(body).decode()}'
        f"</Voucher>{tail}</Layer></VoucherBody></MOF>"
    ).encode()


def test_variants_of_the_envelope_are_refused() -> None:
    good = message(b"abcd")
    document = b'<Layer Type="document"><Voucher>YQ==</Voucher></Layer>'
    assert b"abcd" == open_message(good).layers[0].body
    for old, new, code in (
        (b"<MOF", b"\xef\xbb\xbf<MOF", "envelope_syntax"),
        (b"<MOF", b'<?xml version="1.0"?><MOF', "envelope_syntax"),
        (b'AdmDivCode="370100" StYear="2026"', b'StYear="2026" AdmDivCode="370100"',
         "envelope_syntax"),
        (b'"original"', b"'original'", "envelope_syntax"),
        (b"<Layer", document + b"<Layer", "layer_order"),
        (b"<Layer", b" <Layer", "envelope_syntax"),
        (b"</MOF>", b"</MOF>\n", "envelope_syntax"),
        (b"</Layer>", b"</Layer><!-- -->", "envelope_syntax"),
        (b"YWJjZA==", b"YWJjZB==", "base64_form"),
        (b"YWJjZA==", b"YWJjZA", "base64_form"),
        (b"YWJjZA==", b"YWJj\nZA==", "base64_form"),
        (b"YWJjZA==", b"YWJjZA==YWJj", "base64_form"),
        (b"YWJjZA==", b"YWJ-", "base64_form"),
        (b"YWJjZA==", b"", "base64_form"),
        (b"</VoucherBody>", document + b"</VoucherBody>", "layer_order"),
    ):  # fmt: skip
        spoilt = good.replace(old, new, 1)
        assert good != spoilt
        with pytest.raises(Malformed, match=code):
            open_message(spoilt)


def test_sizes_are_refused_before_anything_is_decoded() -> None:
    for octets, code in (
        (b"x" * (MESSAGE_BYTES_MAX + 1), "message_size"),
        (message(b"x" * (BODY_BYTES_MAX + 1)), "body_size"),
        (message(tail='<Sign Position="a">' + "A" * (SEAL_BYTES_MAX * 2) + "</Sign>"), "seal_size"),
        (message(tail='<Sign Position="a">QQ==</Sign>' * 9), "seal_size"),
    ):
        with pytest.raises(Malformed, match=code):
            open_message(octets)
    with pytest.raises(Malformed, match="body_size"):
        open_message(message(b"x" * 4), body_bytes_max=3)
    assert b"xxx" == open_message(message(b"x" * 3), body_bytes_max=3).layers[0].body


def test_hostile_bodies_of_64_kb_are_refused_in_milliseconds() -> None:
    size = 64 << 10
    hostile = (
        b"<Voucher>" + b"<A>" * (size // 3),
        b"<Voucher>" + b"<A>&#49;</A>" * (size // 12) + b"</Voucher>",
        b"<Voucher" + b' a="1"' * (size // 6) + b"></Voucher>",
        b"<DetailList>" * (size // 12),
        b"<Voucher><A>" + b"&amp;" * (size // 5) + b"</B></Voucher>",
    )
    for octets in hostile:
        best = 1.0
        for _ in range(3):
            started = time.perf_counter()
            with pytest.raises(Malformed):
                xml.read(octets)
            best = min(best, time.perf_counter() - started)
        assert best < 0.05


def test_every_code_raised_here_has_an_advice() -> None:
    raised: set[str] = set()
    for path in (Path(__file__).parents[3] / "hub/voucher").rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name):
                first = node.args[0]
                if node.func.id in {
                    "Malformed", "SealBroken", "SealUntrusted", "SchemaViolation", "RuleBroken",
                    "Held", "Misconfigured", "_without", "Chain",
                }:  # fmt: skip
                    raised |= set(re.findall(r"'([a-z0-9_]{4,})'", ast.unparse(first)))
    assert len(raised) > 50
    assert set() == raised - set(CODES)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in CODES)


def test_no_refusal_tells_content() -> None:
    with pytest.raises(Rejection) as refused:
        xml.read(b"<Voucher><PayAcctNo>6222</PayAcctNo><PayAcctNo>6223</PayAcctNo></Voucher>")
    assert "622" not in str(refused.value)
