"""Base data by command: published at a bureau, shown, and checked at once."""

from pathlib import Path

import pytest

from hub.errors import RuleBroken
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.import_wiring import importer
from ops.payments_import.rows import parse
from tests.support.hubctl import run
from tests.support.payments import as_csv, rows
from tests.support.staffed import copied, staffed

DIVISION = "990100"
CODES = "code,name,parent,enabled\n205,教育支出,,\n20502,普通教育,205,\n2050204,高中教育,20502,0\n"


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return staffed(tmp_path_factory.mktemp("basedata"))


@pytest.fixture(name="site")
def _site(made: Site, tmp_path: Path) -> Site:
    return copied(made, tmp_path / "site")


def published(site: Site, folder: Path, expect: Exit = Exit.DONE, **more: str) -> dict[str, object]:
    file = folder / "codes.csv"
    file.write_text(more.pop("text", CODES), encoding="utf-8")
    given = {"division": DIVISION, "category": "EXPFUNC", "version": "1", **more}
    options = [text for name, value in given.items() for text in (f"--{name}", value)]
    config = ("--config", site.config(BUREAU_NODE))
    return run("basedata", "import", file, *options, *config, expect=expect)


def test_an_edition_is_published_once_shown_and_checked_at_once(site: Site, tmp_path: Path) -> None:
    first = published(site, tmp_path)
    assert (1, 1) == (first["packs"], first["posted"])
    assert 0 == published(site, tmp_path)["posted"]
    bureau = ("--config", site.config(BUREAU_NODE))
    (edition,) = run("basedata", "list", *bureau)["editions"]
    assert ("EXPFUNC", 1, "1/1", "in_force") == tuple(
        edition[key] for key in ("category", "version", "packs", "state")
    )
    what = ("--division", DIVISION, "--category", "EXPFUNC")
    shown = run("basedata", "show", *what, "--code", "2050204", *bureau)["codes"]
    assert [("2050204", "20502", True, False)] == [
        (row["code"], row["parent"], row["leaf"], row["open"]) for row in shown
    ]
    with importer(site.config(BUREAU_NODE)) as node, pytest.raises(RuleBroken, match="base_code_"):
        node.send(node.look(parse(as_csv(rows(6, seed=5)))))


def test_what_cannot_be_published_is_named(site: Site, tmp_path: Path) -> None:
    for more, code, end in (
        ({"category": "NONE"}, "base_category_unknown", Exit.INVALID),
        ({"text": "code\n1\n"}, "base_file_columns", Exit.INVALID),
        ({"division": "330000"}, "import_not_a_bureau", Exit.MISCONFIGURED),
    ):
        told = published(site, tmp_path, end, **more)
        assert code == told["error"]["code"]  # type: ignore[index]
    missing = run(
        "basedata", "show", "--division", DIVISION, "--category", "EXPFUNC", "--config",
        site.config(HUB_NODE), expect=Exit.NOT_FOUND,
    )  # fmt: skip
    assert "base_missing" == missing["error"]["code"]
