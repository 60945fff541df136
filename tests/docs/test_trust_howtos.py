"""The how-tos about trust run as they are written."""

import io
import re
import shlex
from pathlib import Path

import pytest

from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from ops.demo.site import Site
from tests.support.staffed import copied, staffed

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PAGES = ("onboard-a-bank", "rotate-a-key", "suspend-a-party", "release-a-catalogue")


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return staffed(tmp_path_factory.mktemp("made"))


def commands(page: str) -> list[str]:
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("hubctl ")]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_how_to_runs_in_its_order(
    page: str, made: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied(made, tmp_path / "site").root)
    lines = commands(page)
    assert lines
    for line in lines:
        out, err = io.StringIO(), io.StringIO()
        code = hubctl.run(shlex.split(line)[1:], Screen(out, err, chinese=False))
        assert Exit.DONE == code, f"{line}\n{out.getvalue()}{err.getvalue()}"
