"""The grammar accepts what parser, canonical form and XSD accept, and nothing else."""

import os
import re
import sys
import time
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from hub.errors import Rejection
from hub.voucher import rules, xml
from hub.voucher.forms import write
from hub.voucher.grammar import BLANKS, grammar
from hub.voucher.model import Body, LayerType
from hub.voucher.schema import Compiled
from tests.support.samples import a_body, a_layer
from tests.support.sealed import schemas

SEEDS = int(os.environ.get("GRAMMAR_SEEDS", "4"))  # noqa: TID251 - more under `make fault`
PIECES = (
    b"", b"\x00", b"\x1f", b"\t", b"\n", b"\r", b"\x7f", b"\xc2\x85", b"\xe2\x80\xa8", b"\xc2\xa0",
    b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf4\x8f\xbf\xbf",
    b"&amp;", b"&lt;", b"&#65;", b"<", b">", b" ", b"-", b"0", b"00", b"9" * 20, b"\xd9\xa1",
    "中".encode() * 150, b"<A>1</A>", b"<Detail></Detail>", b"</Detail><Detail>", b"<!-- -->",
    b"<?a?>", b".", b"-0.00", b"a", b"Z", b"/", b"\\", b"_", b"]", b"^",
)  # fmt: skip
RULED = re.compile(rb"<(?:[A-Za-z]*(?:Amt|Date)|Id|StYear)>[^<]*</[A-Za-z]+>")


@cache
def pool() -> list[tuple[Compiled, bytes]]:
    found = []
    for kind in schemas().catalogue.kinds.values():
        for layer in kind.layers:
            for seed in (0, 1):
                body = a_body(kind, seed, full=bool(seed))
                if layer not in {LayerType.ORIGINAL, LayerType.DOCUMENT}:
                    body = a_layer(kind, layer, body, seed)
                found.append((schemas().compiled(kind, layer), write(kind, layer, body)))
    return found


def by_schema(compiled: Compiled, octets: bytes) -> Body | None:
    """What the slow way says."""
    try:
        root, content = xml.read(octets)
    except Rejection:
        return None
    rows = compiled.form.rows_min <= len(content.details) <= compiled.form.rows_max
    return content if rows and compiled.schema.validate(root) else None


def mutated(octets: bytes, draw: Random) -> bytes:
    """One or two changes: octets, values, elements lost, repeated or moved."""
    body = bytearray(octets)
    for _ in range(draw.choice((1, 1, 2))):
        at, way = draw.randrange(len(body)), draw.random()
        if way < 0.2 and (ruled := list(RULED.finditer(bytes(body)))):
            end = draw.choice(ruled).end() - draw.randrange(4, 18)
            body[end : end + 1] = draw.choice((b"0", b"3", b"9"))
            continue
        if way < 0.45:
            body[at : at + draw.choice((0, 0, 1, 5))] = draw.choice(PIECES)
            continue
        spans = [m.span() for m in re.finditer(rb"<[^<>/]+>[^<]*</[^<>]+>|<[^<>]+>", bytes(body))]
        if not spans:
            continue
        start, end = draw.choice(spans)
        element = bytes(body[start:end])
        value = re.match(rb"(<[^<>]+>)([^<]*)(</.*)", element, re.DOTALL)
        if way < 0.55:
            body[start:end] = draw.choice((b"", element * 2))
        elif way < 0.65 or value is None:
            body[at:at] = element
        else:
            text, piece = value[2], draw.choice(PIECES)
            more = text[-1:] * draw.choice((1, 5, 40, 300))
            digit = text[: (cut := draw.randrange(len(text) + 1))] + b"9" + text[cut + 1 :]
            other = draw.choice(
                (piece, text + piece, piece + text, text[:-1], text * 2, text + more, digit, digit)
            )
            body[start:end] = value[1] + other + value[3]
    return bytes(body)


def test_every_form_has_a_grammar_that_reads_its_samples() -> None:
    for compiled, octets in pool():
        assert compiled.grammar is not None
        good = by_schema(compiled, octets)
        assert good is not None
        read = compiled.grammar.read(octets)
        assert read is not None
        assert good == read.content


def by_rules(compiled: Compiled, body: Body) -> str:
    """What the rules say."""
    form = compiled.form
    try:
        rules.check(form.kind, form.layer, body, None, "2026")
    except Rejection as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_grammar_and_schema_agree_on_mutated_bodies(seed: int) -> None:
    """What the grammar reads is what the schema admits, and rules see enough of it."""
    draw, accepted, broken = Random(seed), 0, 0
    for _ in range(600):
        compiled, octets = draw.choice(pool())
        octets = mutated(octets, draw)
        assert compiled.grammar is not None
        read, judged = compiled.grammar.read(octets), by_schema(compiled, octets)
        if read is None:
            unread = judged is None or b"&" in octets or any(map(begins_blank, values(judged)))
            assert unread
            continue
        accepted += 1
        assert judged == read.content
        verdict = by_rules(compiled, judged)
        assert verdict == by_rules(compiled, read.ruled)
        broken += bool(verdict)
    assert accepted > 30  # mutations that stay good are among them
    assert broken  # and such as only rules refuse


def values(body: Body) -> list[str]:
    return [*body.fields.values(), *(v for row in body.details for v in row.values())]


def begins_blank(value: str) -> bool:
    return value[:1].isspace()


def test_no_blank_begins_a_text() -> None:
    blank = re.compile(f"[{BLANKS}\\x00-\\x1f]")
    spaces = [c for n in range(sys.maxunicode + 1) if (c := chr(n)).isspace()]
    assert len(spaces) > 20
    assert [] == [c for c in spaces if not blank.fullmatch(c)]


def test_a_pattern_that_is_not_plain_gets_no_grammar() -> None:
    compiled, _ = pool()[0]
    for pattern in (
        "\\d+",
        "[^a]+",
        ".+",
        "a&b",
        "\\i\\c*",
        "[a-z-[aeiou]]",
        "a*+",
        "a+?",
        "(?i)a",
        "a$|^b",
        "\\w",
    ):
        rule = replace(compiled.form.header[-1], pattern=pattern)
        assert grammar(replace(compiled.form, header=(*compiled.form.header, rule))) is None


def test_a_hostile_body_of_64_kb_costs_linear_time() -> None:
    compiled, octets = pool()[0]
    assert compiled.grammar is not None
    row = re.search(rb"<Detail>.*?</Detail>", octets)
    assert row is not None
    many = octets.replace(row[0], row[0] * (65536 // len(row[0])), 1)
    for hostile in (
        many[:-1],
        many.replace(b"</Voucher>", b"<A></Voucher>"),
        octets + b" " * 65536,
    ):
        started = time.process_time()
        assert compiled.grammar.read(hostile) is None
        assert time.process_time() - started < 0.05
