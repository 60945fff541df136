"""A seal's own picture: what the ceremony draws can be drawn again; anything else is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pages.faces import Face
from adapters.pages.page import page
from adapters.pages.picture import Area, Frame, Glyphs, Ring, Strokes, drawing
from hub.voucher.model import LayerType
from keys.seal_picture import Shape, draw
from tests.support.pages import AT, a_kind, an_original

SQUARE = draw(Shape.SQUARE, "王小明").svg


@pytest.mark.parametrize(
    ("shape", "name", "purpose", "size"),
    [
        (Shape.ROUND, "示例市财政局", "国库集中支付专用章", (42, 42)),
        (Shape.ROUND, "第一代理银行股份有限公司示例市分行", "业务专用章", (42, 42)),
        (Shape.SQUARE, "欧阳文华", "", (18, 18)),
        (Shape.RECTANGLE, "中国人民银行示例市分行", "转讫", (40, 26)),
    ],
)
def test_every_drawn_seal_is_understood_whole(
    shape: Shape, name: str, purpose: str, size: tuple[int, int]
) -> None:
    made = drawing(draw(shape, name, purpose).svg)
    assert made
    assert size == (made.width, made.height)
    words = "".join(stroke.text for stroke in made.strokes if isinstance(stroke, Glyphs))
    assert name + purpose == words


def test_a_picture_is_made_of_the_strokes_it_names() -> None:
    made = drawing(draw(Shape.RECTANGLE, "甲行", "转讫").svg)
    assert made
    lines = next(stroke for stroke in made.strokes if isinstance(stroke, Strokes))
    assert (((1, 9.5), (39, 9.5)), ((1, 17), (39, 17))) == lines.lines
    round_one = drawing(draw(Shape.ROUND, "甲").svg)
    assert round_one
    assert {Ring, Area, Glyphs} == {type(stroke) for stroke in round_one.strokes}
    assert {Frame, Strokes, Glyphs} == {type(stroke) for stroke in made.strokes}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<rect", b"<image"),
        (b'width="16.8"', b'width="1e9"'),
        (b'width="16.8"', b'width="nan"'),
        (b'viewBox="0 0 18 18"', b'viewBox="0 0 9999 18"'),
        (b"<svg", b"<!DOCTYPE svg><svg"),
        (b"</svg>", b"<script>1</script></svg>"),
        (b"</svg>", b"<text x='1' y='1' font-size='1' transform='scale(9)'>a</text></svg>"),
        (b"</svg>", b"<path d='M0 0C1 1 2 2 3 3'/></svg>"),
        (b"</svg>", b"<circle cx='1' cy='1' r='1'/>" * 400 + b"</svg>"),
    ],
)
def test_what_is_not_understood_makes_the_whole_picture_unreadable(old: bytes, new: bytes) -> None:
    assert drawing(SQUARE)
    assert old in SQUARE
    assert drawing(SQUARE.replace(old, new, 1)) is None


@given(st.binary(max_size=300))
def test_any_octets_are_a_picture_or_none(octets: bytes) -> None:
    assert drawing(octets) is None


@given(st.integers(0, len(SQUARE) - 1), st.binary(min_size=1, max_size=3))
def test_a_changed_picture_is_read_or_not_and_never_raises(at: int, octets: bytes) -> None:
    made = drawing(SQUARE[:at] + octets + SQUARE[at + 1 :])
    assert made is None or len(made.strokes) > 0


def test_a_page_shows_the_seals_own_picture() -> None:
    picture = drawing(draw(Shape.ROUND, "示例市财政局", "公章").svg)
    own = Face("财政业务公章", "别的名字", "CN", AT, holds=True, picture=picture)
    named = Face("财政业务公章", "别的名字", "CN", AT, holds=True)
    pages = [page(an_original(), a_kind(), {LayerType.ORIGINAL: (f,)}, None) for f in (own, named)]
    assert pages[0] != pages[1]
