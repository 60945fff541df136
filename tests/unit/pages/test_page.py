"""The page itself: sheets, page breaks, seals where they can be seen, the same octets again."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.pages.bands import HEIGHT, WIDTH, wrapped
from adapters.pages.content import Verdict, content
from adapters.pages.faces import Outline
from adapters.pages.fonts import HAN, LATIN, fonts
from adapters.pages.layout import BOTTOM, pages
from adapters.pages.page import page
from adapters.pages.shapes import Imprint, Page, Words
from hub.money import capitals
from hub.voucher.model import LayerType
from tests.support.pages import (
    AT,
    a_face,
    a_kind,
    a_row,
    an_original,
    bank_faces,
    finance_faces,
)

FACES = {LayerType.ORIGINAL: finance_faces()}
PASSED = Verdict("TOTAL_PASSED", None, AT)


def sheets(rows: int = 0, **changes: str) -> list[Page]:
    voucher = an_original([a_row(n) for n in range(1, rows + 1)], **changes)
    return pages(content(voucher, a_kind(), FACES, PASSED, "测试 TEST"), fonts().measure)


def texts(sheet: Page) -> list[str]:
    return [shape.text for shape in sheet.shapes if isinstance(shape, Words)]


@pytest.mark.parametrize("rows", [0, 1, 2, 20, 27, 28, 29, 30, 60, 500])
def test_every_row_stands_once_and_nothing_leaves_the_sheet(rows: int) -> None:
    made = sheets(rows)
    seen = [t for sheet in made for t in texts(sheet) if t.startswith("示例供应商第")]
    assert [f"示例供应商第{n}有限公司" for n in range(1, rows + 1)] == seen
    for shape in itertools.chain.from_iterable(sheet.shapes for sheet in made):
        assert 0 < shape.x < WIDTH
        assert 0 < shape.y < HEIGHT


def test_the_seals_of_a_long_voucher_stand_on_its_first_sheet() -> None:
    made = sheets(500)
    assert len(made) > 5
    where = [n for n, sheet in enumerate(made) for s in sheet.shapes if isinstance(s, Imprint)]
    assert [0, 0, 0] == where
    assert all(s.y < BOTTOM for s in made[0].shapes if isinstance(s, Imprint))


def test_every_sheet_bears_its_number_and_the_column_names() -> None:
    made = sheets(120)
    for number, sheet in enumerate(made, 1):
        assert f"第 {number} 页　共 {len(made)} 页" in texts(sheet)
        assert "收款人全称" in texts(sheet)
        assert "测试 TEST" == sheet.mark


def test_totals_stand_after_the_last_row_only() -> None:
    assert [False, False, True] == ["合计" in texts(sheet) for sheet in sheets(120)]


def test_a_name_of_300_characters_is_wrapped_and_kept_whole() -> None:
    name = "".join(chr(0x4E00 + n) for n in range(300))
    joined = "".join(texts(sheets(PayeeAcctName=name)[0]))
    assert name in joined


@given(st.text("甲乙丙， abc 12.50（）", max_size=200))
@settings(max_examples=30, deadline=None)
def test_wrapping_loses_no_character(text: str) -> None:
    lines = wrapped(text, 8.5, 120, fonts().measure)
    assert "".join(text.split()) == "".join("".join(lines).split())


def test_the_same_voucher_gives_the_same_octets() -> None:
    made = [page(an_original([a_row(1)]), a_kind(), FACES, PASSED) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].startswith(b"%PDF-")


def test_both_fonts_are_embedded() -> None:
    octets = page(an_original(), a_kind(), FACES, PASSED)
    assert octets.count(b"/FontFile2") >= 2


def test_every_gb2312_character_and_every_capital_can_be_drawn() -> None:
    known = fonts()
    codes = set()
    for row, cell in itertools.product(range(0xB0, 0xF8), range(0xA1, 0xFF)):
        try:
            codes.add(ord(bytes((row, cell)).decode("gb2312")))
        except UnicodeDecodeError:
            continue
    assert 6763 == len(codes)
    assert set() == codes - known.han
    wanted = capitals(-123456789012345678) + capitals(10000000000001) + "¥￥№—…“”（）《》、。·"
    assert set() == {ord(c) for c in wanted} - known.han - known.latin


def test_a_character_no_font_draws_is_written_by_its_number() -> None:
    assert [(HAN, "甲"), (LATIN, "[U+20BB7]")] == list(fonts().runs("甲\U00020bb7"))


@pytest.mark.parametrize(
    ("position", "name", "outline", "owner", "purpose"),
    [
        ("财政经办签章", "王小明", Outline.SQUARE, "王小明", ""),
        ("财政业务公章", "示例市财政局公章", Outline.ROUND, "示例市财政局", "公章"),
        ("银行业务专用章", "第一银行业务专用章", Outline.ROUND, "第一银行", "业务专用章"),
        ("人民银行转讫章", "人民银行某市分行转讫", Outline.RECTANGLE, "人民银行某市分行", "转讫"),
    ],
)  # fmt: skip
def test_a_seal_looks_like_its_kind(
    position: str, name: str, outline: Outline, owner: str, purpose: str
) -> None:
    face = a_face(position, name)
    assert (outline, owner, purpose) == (face.outline, face.owner, face.purpose)


def test_every_outline_can_be_drawn_also_crossed_out() -> None:
    faces = (a_face("人民银行转讫章", "甲行转讫"), a_face("x", "李"), *bank_faces())
    broken = tuple(a_face(f.position, f.name, holds=False) for f in faces)
    octets = page(an_original(), a_kind(), {LayerType.ORIGINAL: faces + broken}, None)
    assert octets.startswith(b"%PDF-")
