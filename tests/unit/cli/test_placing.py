"""What a command is to write is looked at before it does any work."""

import inspect
import io
import json
import os
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path
from typing import get_args

import pytest
from typer.models import OptionInfo

from hub.errors import HubError
from ops.cli import main as hubctl
from ops.cli import version
from ops.cli.output import Exit, Report, Screen
from ops.cli.places import NOUNS, VERBS
from ops.cli.placing import file_place, folder_place

WRITTEN = frozenset({"--out", "--picture", "--answer", "--write-act", "--scratch", "--keep"})
"""Options that name what a command writes; `--to` as well, where it is a path."""


def refused(path: Path, *endings: str) -> str:
    with pytest.raises(HubError) as error:
        file_place(path, *endings) if endings else folder_place(path)
    return error.value.code


def options() -> Iterator[tuple[str, object]]:
    """Every option that takes a path, and what looks at it."""
    for name in (*VERBS, *NOUNS):
        command = hubctl.branch(name)
        for verb, inner in getattr(command, "commands", {"": command}).items():
            for one in inspect.signature(inner.callback).parameters.values():
                kind, *infos = get_args(one.annotation) or (None,)
                mine = [info for info in infos if isinstance(info, OptionInfo)]
                for info in mine if kind is Path or Path in get_args(kind) else []:
                    for word in info.param_decls or (f"--{one.name.replace('_', '-')}",):
                        yield f"{name} {verb} {word}", info.callback


def test_every_option_that_names_what_is_written_looks_at_it_first() -> None:
    found = [
        (name, look) for name, look in options() if name.rpartition(" ")[2] in {*WRITTEN, "--to"}
    ]
    assert {name.rpartition(" ")[2] for name, _ in found} == {*WRITTEN, "--to"}
    assert [] == [name for name, look in found if look is None]


def test_a_name_that_ends_like_another_form_is_refused(tmp_path: Path) -> None:
    for name in ("a.png", "a.PDF", "a.tar", "hub.toml"):
        assert "file_ending" == refused(tmp_path / name, ".json")
    for name in ("a.json", "a.JSON", "a", "a.v1", "2026.11.22"):
        assert tmp_path / name == file_place(tmp_path / name, ".json")


def test_a_folder_a_device_and_a_name_that_cannot_be_are_no_place_for_a_file(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    told = {
        name: refused(tmp_path / name, ".json")
        for name in ("", "no/a.json", "file/a.json", "pipe", "dangling", "n" * 300)
    }
    assert {
        "": "file_is_folder", "no/a.json": "folder_missing", "file/a.json": "file_unwritable",
        "pipe": "file_unwritable", "dangling": "file_unwritable", "n" * 300: "file_unwritable",
    } == told  # fmt: skip
    assert "file_is_folder" == refused(Path(), ".json")
    assert tmp_path / "file" == file_place(tmp_path / "file", ".json")


def test_a_new_folder_is_made_with_those_above_it_but_never_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert tmp_path / "a/b/c" == folder_place(tmp_path / "a/b/c")
    assert tmp_path == folder_place(tmp_path)
    for name in ("file", "file/a"):
        assert "not_a_folder" == refused(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_takes_nothing_is_no_place(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "file_unwritable" == refused(tmp_path / "a.json", ".json")
    assert "file_unwritable" == refused(tmp_path / "new")


def test_what_the_machine_refuses_in_the_midst_of_a_command_is_no_fault_of_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full() -> Report:
        raise OSError(ENOSPC, os.strerror(ENOSPC), "var/x")

    full.__doc__ = inspect.getdoc(version.version)
    monkeypatch.setattr(version, "version", full)
    out = io.StringIO()
    code = hubctl.run(["version", "--json"], Screen(out, io.StringIO(), chinese=False))
    error = json.loads(out.getvalue())["error"]
    assert Exit.UNAVAILABLE == code
    assert ("machine_refused", {"reason": "ENOSPC", "file": "var/x"}) == (
        error["code"], error["context"],
    )  # fmt: skip


@pytest.mark.parametrize("record", ["", ".", "/"])
def test_a_record_beside_a_folder_without_a_name_is_refused(record: str) -> None:
    out = io.StringIO()
    words = ["packet", "import", "a.evx", "--by", "li.si", "--record", record, "--json"]
    assert Exit.MISCONFIGURED == hubctl.run(words, Screen(out, out, chinese=False))
    assert "file_is_folder" == json.loads(out.getvalue())["error"]["code"]
