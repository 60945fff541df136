"""Copies of a page, the count of printings, and pictures of the very PDF that is printed."""

import io
from multiprocessing import get_context
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from adapters.pages.content import Verdict
from adapters.pages.page import Paper, page
from adapters.pages.preview import png
from hub.clock import Instant
from hub.errors import TargetDown
from hub.voucher.model import LayerType
from ops.prints import Prints
from tests.support.pages import AT, a_kind, a_row, an_original, finance_faces
from tests.support.printers import LAYER, counted

COPIES = ("第一联 签发方", "第二联 代理银行")


def drawn(rows: int = 1, paper: Paper | None = None) -> bytes:
    voucher = an_original([a_row(n) for n in range(1, rows + 1)])
    faces = {LayerType.ORIGINAL: finance_faces()}
    verdict = Verdict("TOTAL_PASSED", None, AT)
    return page(voucher, a_kind(), faces, verdict, "测试 TEST", paper or Paper())


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [sheet.get_textpage().get_text_range() for sheet in document]


def test_each_copy_is_whole_and_bears_its_name_on_every_sheet() -> None:
    one, two = (len(texts(drawn(rows))) for rows in (1, 60))
    assert 1 == one < two
    sheets = texts(drawn(60, Paper(COPIES)))
    assert 2 * two == len(sheets)
    for n, sheet in enumerate(sheets):
        assert COPIES[n // two] in sheet
        assert COPIES[1 - n // two] not in sheet
        assert f"第 {n % two + 1} 页" in sheet


def test_a_printed_page_says_how_often_and_a_preview_says_nothing() -> None:
    assert "第 3 次打印" in texts(drawn(1, Paper(print_no=3)))[0]
    assert "次打印" not in texts(drawn())[0]


def test_printings_are_counted_a_layer_each_and_stay_counted(tmp_path: Path) -> None:
    prints = Prints(tmp_path / "prints")
    assert [1, 2, 3] == [prints.count(LAYER, Instant(AT + n), 2) for n in range(3)]
    assert 1 == prints.count(LAYER + "x", AT, 1)
    assert 4 == Prints(tmp_path / "prints").count(LAYER, AT, 1)
    [path, _] = sorted((tmp_path / "prints").iterdir(), key=lambda p: -p.stat().st_size)
    path.write_text(path.read_text(encoding="ascii") + "2026-half a li", encoding="ascii")
    assert 5 == prints.count(LAYER, AT, 1)


def test_a_printing_that_cannot_be_counted_is_none(tmp_path: Path) -> None:
    (tmp_path / "prints").write_text("no folder")
    with pytest.raises(TargetDown, match="file_unwritable"):
        Prints(tmp_path / "prints").count(LAYER, AT, 1)


def test_two_printers_never_get_the_same_number(tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        numbers = pool.map(counted, [tmp_path / "prints"] * 12)
    assert list(range(1, 13)) == sorted(numbers)


def test_a_picture_is_made_of_every_sheet_and_shows_the_seals_in_red() -> None:
    pictures = png(drawn(60), 72)
    assert len(texts(drawn(60))) == len(pictures)
    first = Image.open(io.BytesIO(pictures[0])).convert("RGB")
    assert (595, 842) == pytest.approx(first.size, abs=1)
    octets = first.tobytes()
    dots = list(zip(octets[::3], octets[1::3], octets[2::3], strict=True))
    red = sum(1 for r, g, b in dots if r > 150 and g < 90 and b < 90)
    black = sum(1 for dot in dots if max(dot) < 90)
    assert red > 500
    assert black > 2000
