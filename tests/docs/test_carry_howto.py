"""The how-to about carried packets runs as it is written: out, in, answered, closed."""

import re
import shlex
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest

from ops.cli.output import Exit
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.import_wiring import importer
from ops.payments_import.rows import parse
from tests.support.hubctl import run
from tests.support.payments import as_csv, rows
from tests.support.staffed import staffed

PAGE = Path(__file__).parents[2] / "docs/how-to/carry-packets.md"


def commands() -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("hubctl ")]


def test_the_how_to_carries_and_closes_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = staffed(tmp_path)
    with importer(site.config(BUREAU_NODE)) as bureau:
        bureau.send(bureau.look(parse(as_csv(rows(5, seed=3)))))
    monkeypatch.chdir(site.root)
    medium = site.root / "medium"
    medium.mkdir()
    lines = commands()
    assert 8 == len(lines)
    said = [run(*shlex.split(line)[1:], expect=Exit.DONE) for line in lines]
    exported, taken, closed = said[3], said[5], said[6]
    assert exported["count"] == taken["count"] == closed["closed"] > 5
    assert "li.si wang.wu" == exported["by"]
    with closing(site.store(BUREAU_NODE)) as store, store.read() as tx:
        assert 0 == tx.open_hops(HUB_NODE)
    page = pypdfium2.PdfDocument(medium / "to-hub.evx.handover.pdf")
    assert 1 == len(page)
    text = page[0].get_textpage().get_text_bounded()
    page.close()
    for word in ("电子凭证交接单", exported["number"], "li.si", "交出人（签字）"):
        assert word in text
    assert exported["sha256"] in text.replace("\r\n", "").replace("\n", "")
    stranger = ("packet", "import", medium / "answer.evx", "--by", "nobody")
    code = run(*stranger, "--config", site.config(BUREAU_NODE), expect=Exit.INVALID)
    assert "operator_unknown" == code["error"]["code"]
