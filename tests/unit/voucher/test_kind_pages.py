"""The page of kinds is in step, and adding a kind works exactly as the how-to says."""

import re
from pathlib import Path
from shutil import copytree

import pytest

from hub.errors import Misconfigured
from hub.voucher import rules
from hub.voucher.model import LayerType
from hub.voucher.schema import Schemas
from ops import kinds_page
from schemas import catalogue_files

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_of_kinds_is_in_step_with_the_catalogue() -> None:
    written = (DOCS / "reference/kinds.md").read_text(encoding="utf-8")
    assert kinds_page.page(catalogue_files.load("docs")) == written


def test_a_kind_is_added_with_data_and_two_samples_only(tmp_path: Path) -> None:
    text = (DOCS / "how-to/add-a-voucher-kind.md").read_text(encoding="utf-8")
    kind_toml, overlay_toml = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    original, receipt = (
        sample.encode() for sample in re.findall(r"```xml\n(.*?)\n```", text, re.DOTALL)
    )
    for folder, content in (("kinds", kind_toml), ("overlays", overlay_toml)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ours.toml").write_text(
            content.replace('division = "310000"', 'division = "320000"'), encoding="utf-8"
        )
    base = copytree(catalogue_files.shipped(), tmp_path / "base")
    for path in (base / "kinds").glob("*.toml"):  # whoever tried the page has its kind already
        if "[kind.5215]" in path.read_text(encoding="utf-8"):
            path.unlink()
    schemas = Schemas(catalogue_files.load("sd-test", base, more=[tmp_path], release=2))
    kind = schemas.kind("5215", "370100", "2026")
    asked = schemas.parse("5215", "370100", "2026", LayerType.ORIGINAL, original)
    rules.check(kind, LayerType.ORIGINAL, asked, None, "2026")
    answer = schemas.parse("5215", "370100", "2026", LayerType.RECEIPT, receipt)
    rules.check(kind, LayerType.RECEIPT, answer, asked, "2026")
    assert schemas.catalogue.kind("8207", "320000", "2026") is None
    assert schemas.catalogue.kind("8207", "320000", "2025") is not None


@pytest.mark.parametrize("text", ["overlay = 3", "overlay = 'x'", "[overlay.kind.5201]\nto = []"])
def test_overlays_that_are_no_list_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "overlays").mkdir()
    (tmp_path / "overlays" / "ours.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="catalogue_unreadable") as refused:
        catalogue_files.load("sd-test", more=[tmp_path])
    assert {"where": "overlays.ours.toml"} == refused.value.context


def test_a_kind_defined_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "ours.toml").write_text('[kind.5201]\nname = "x"\n', encoding="utf-8")
    with pytest.raises(Misconfigured) as refused:
        catalogue_files.load("sd-test", more=[tmp_path])
    assert {"where": "kinds.ours.toml: 5201"} == refused.value.context
