"""README and tutorial run as they stand: every hubctl line, every Python block."""

import io
import re
import shlex
from pathlib import Path

import pytest

from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the paths of the documents work."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "var").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "document", ["README.md", "docs/tutorial/first-voucher.md", "docs/how-to/import-payments.md"]
)
def test_a_document_runs_as_it_stands(document: str, checkout: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert blocks
    for language, block in blocks:
        if language == "python":
            exec(compile(block, document, "exec"), {})  # noqa: S102 - our own document
            continue
        for line in block.splitlines():
            assert line.startswith("hubctl "), line
            out, err = io.StringIO(), io.StringIO()
            ended = hubctl.run(shlex.split(line)[1:], Screen(out, err, chinese=False))
            assert Exit.DONE == ended, f"{line}\n{out.getvalue()}{err.getvalue()}"
    assert checkout.is_dir()


def test_the_readme_is_short_and_begins_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 300
    assert {"make demo", "make test"} <= {line.split("#")[0].strip() for line in lines[:24]}


def test_every_link_between_our_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in documents
        for target in re.findall(r"\]\(([^)#:\s]+)\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert [] == broken
