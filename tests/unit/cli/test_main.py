"""The command line: every end of a command is an exit code, every command explains itself."""

import inspect
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from hub.errors import Misconfigured, StoreDown, TargetDown
from ops.cli import main as hubctl
from ops.cli import version
from ops.cli.files import write
from ops.cli.options import instant_of
from ops.cli.output import Exit, Report, Screen
from ops.cli.places import NOUNS, VERBS
from ops.clock import SystemClock
from ops.look_wiring import day_of


def run(*argv: str) -> tuple[Exit, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = hubctl.run(argv, Screen(out, err, chinese=False))
    return code, out.getvalue(), err.getvalue()


def verbs() -> Iterator[tuple[str, object]]:
    for name in (*VERBS, *NOUNS):
        command = hubctl.branch(name)
        for verb, inner in getattr(command, "commands", {"": command}).items():
            yield f"{name} {verb}".strip(), inner.callback


def test_a_report_is_shown_and_its_exit_code_is_the_commands() -> None:
    code, out, err = run("version", "--json")
    assert (Exit.DONE, "") == (code, err)
    assert {"schema", "report", "version"} == json.loads(out).keys()


def test_switches_of_every_command_may_stand_before_the_noun_as_well() -> None:
    assert run("version", "--json") == run("--json", "version")
    code, out, _ = run("--zh", "--json", "payments", "check", "there-is-no-such-file.csv")
    assert (Exit.NOT_FOUND, "file_missing") == (code, json.loads(out)["error"]["code"])


@pytest.mark.parametrize("name", [*VERBS, *NOUNS])
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    listed = typer.main.get_command(hubctl.application())
    assert isinstance(listed, TyperGroup)
    itself = hubctl.branch(name)
    says = {**VERBS, **NOUNS}[name].says
    assert (name, says) == (itself.name, inspect.cleandoc(itself.help).split("\n\n")[0])
    assert itself.get_short_help_str(200) == listed.commands[name].get_short_help_str(200)


def test_no_module_of_a_noun_is_forgotten() -> None:
    groups = [
        group
        for path in Path(hubctl.__file__).parent.glob("*.py")
        for group in vars(import_module(f"ops.cli.{path.stem}")).values()
        if isinstance(group, typer.Typer)
    ]
    assert {*NOUNS} == {group.info.name for group in groups}


@pytest.mark.parametrize(
    ("argv", "own"),
    [(("--help",), None), (("--zh", "--help"), None), (("version",), "version"), ((), None)],
)
def test_what_tells_of_commands_reads_none_of_what_nodes_are_made_of(
    argv: tuple[str, ...], own: str | None
) -> None:
    """A person waits for it; what is slow to read is not needed."""
    asked = "import io, sys; from ops.cli import main; from ops.cli.output import Screen; "
    ran = f"{asked}main.run({argv}, Screen(io.StringIO(), sys.stderr)); print('read', *sys.modules)"
    said = subprocess.run([sys.executable, "-c", ran], capture_output=True, text=True, check=True)
    read = {*said.stdout.split("read", 1)[1].split()}
    assert set() == {"sqlalchemy", "lxml", "pika", "alembic", "ops.wiring"} & read
    modules = {place.module for place in (*VERBS.values(), *NOUNS.values())}
    assert ({own} - {None}) == {name for name in modules if f"ops.cli.{name}" in read}


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("nonsense",), Exit.USAGE),
        (("payments", "check"), Exit.USAGE),
        (("payments", "check", "x.csv", "--nonsense"), Exit.USAGE),
        (("payments", "check", "there-is-no-such-file.csv"), Exit.NOT_FOUND),
        (("payments", "check", "/"), Exit.MISCONFIGURED),
    ],
)
def test_a_wrong_command_line_ends_with_its_code_and_one_object(
    argv: tuple[str, ...], code: Exit
) -> None:
    assert code == run(*argv)[0]
    with_json = run(*argv, "--json")
    assert code == with_json[0]
    assert {"schema", "error"} == json.loads(with_json[1]).keys()


@pytest.mark.parametrize("option", ["--payee", "--division"])
def test_words_of_another_encoding_are_told_apart_from_a_fault_of_the_program(option: str) -> None:
    typed = "云中".encode("gb18030").decode("utf-8", "surrogateescape")
    code, out, _ = run("voucher", "find", option, typed, "--json")
    error = json.loads(out)["error"]
    assert (Exit.MISCONFIGURED, "text_encoding") == (code, error["code"])
    assert {"option": option.removeprefix("--")} == error["context"]


def test_a_files_name_may_be_of_any_encoding(tmp_path: Path) -> None:
    name = tmp_path / "凭证.xml".encode("gb18030").decode("utf-8", "surrogateescape")
    name.write_bytes(b"no message")
    code, out, _ = run("voucher", "show", str(name), "--json")
    assert (Exit.INVALID, "envelope_syntax") == (code, json.loads(out)["error"]["code"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreDown("store_away"), Exit.UNAVAILABLE),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
        (ZeroDivisionError(), Exit.BUG),
    ],
)
def test_whatever_a_command_raises_there_is_no_traceback(
    error: BaseException, code: Exit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Report:
        raise error

    monkeypatch.setattr(version, "version", broken)
    ended, out, err = run("version")
    assert code == ended
    assert "Traceback" not in out + err
    with_json = run("version", "--json")
    assert code == with_json[0]
    assert {"schema", "error"} == json.loads(with_json[1]).keys()


def test_every_command_has_a_help_with_an_example() -> None:
    listed = dict(verbs())
    assert listed
    silent = [
        name
        for name, callback in listed.items()
        if "Example: hubctl" not in (inspect.getdoc(callback) or "")
    ]
    assert [] == silent


def test_every_command_takes_json_and_debug() -> None:
    for name, callback in verbs():
        assert {"as_json", "debug"} <= inspect.signature(callback).parameters.keys(), name  # type: ignore[arg-type]


def test_only_output_touches_stdout_and_exit_codes() -> None:
    root = Path(hubctl.__file__).parent
    words = ("sys.stdout", "typer.echo", "typer.Exit(", "sys.exit", "SystemExit", "print(")
    found = [
        f"{path.name}: {word}"
        for path in root.glob("*.py")
        for word in words
        if path.name not in {"output.py", "main.py", "streams.py"} and word in path.read_text()
    ]
    assert [] == found


def test_locals_never_show() -> None:
    app = hubctl.application()
    assert isinstance(app, typer.Typer)
    assert (False, False) == (app.pretty_exceptions_enable, app.pretty_exceptions_show_locals)


def test_a_day_or_an_instant_that_cannot_be_is_refused_by_its_code() -> None:
    clock = SystemClock()
    for day in ("20261399", "20260230", "2026013", "2026011x"):
        with pytest.raises(Misconfigured) as refused:
            day_of(day, clock)
        assert "day_format" == refused.value.code
    assert "20240229" == day_of("20240229", clock)
    for text in ("1901-01-01T00:00:00Z", "2026-11-21", "2026-11-21T08:00:00", "soon"):
        with pytest.raises(Misconfigured) as refused:
            instant_of(text)
        assert "instant_format" == refused.value.code


def test_what_is_no_plain_file_is_never_replaced_by_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, tmp_path, tmp_path / "gone" / "out.pdf", tmp_path / ("n" * 255)):
        with pytest.raises(TargetDown) as refused:
            write(target, b"octets")
        assert "file_unwritable" == refused.value.code
    assert pipe.is_fifo()
    assert [pipe] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_no_fault_of_the_program(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_bytes(b"")
    screen = Screen(io.StringIO(), io.StringIO(), chinese=False)
    assert Exit.UNAVAILABLE == hubctl.run(["demo", "--keep", str(taken / "x")], screen)
    assert Exit.UNAVAILABLE == hubctl.run(["demo", "--keep", str(taken)], screen)
