"""Help and mistakes of the command line, for whoever reads Chinese."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from ops.cli import main as hubctl
from ops.cli.help_zh import NOUNS_ZH, VERBS_ZH
from ops.cli.help_zh_options import OPTIONS_ZH
from ops.cli.helping import option
from ops.cli.output import Exit, Screen
from ops.cli.places import NOUNS, VERBS

CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNSAID = re.compile(r"[a-z0-9./-]+( or [a-z0-9.-]+)?")
"""Names of things that are the same in both languages."""


def commands() -> Iterator[tuple[str, Any]]:
    for name in (*VERBS, *NOUNS):
        command = hubctl.branch(name)
        for verb, inner in getattr(command, "commands", {"": command}).items():
            yield f"{name} {verb}".strip(), inner


def said(*argv: str, chinese: bool = True, capsys: pytest.CaptureFixture[str]) -> str:
    """All that is printed, typer's own help with it."""
    out, err = io.StringIO(), io.StringIO()
    hubctl.run(argv, Screen(out, err, chinese=chinese))
    return out.getvalue() + err.getvalue() + capsys.readouterr().out


def test_every_command_has_its_chinese_and_nothing_else_has() -> None:
    assert dict(commands()).keys() == VERBS_ZH.keys()
    assert NOUNS.keys() == NOUNS_ZH.keys()


def test_every_option_has_its_chinese_and_nothing_else_has() -> None:
    root = typer.main.get_command(hubctl.application())
    params = [one for _, inner in commands() for one in inner.params] + [*root.params]
    texts = {one.help for one in params if one.help}
    assert [] == sorted(
        t for t in texts if not CHINESE.search(option(t)) and not UNSAID.fullmatch(t)
    )
    used = {text.partition(" (.")[0] for text in texts} | texts
    assert set() == OPTIONS_ZH.keys() - used


@pytest.mark.parametrize(
    "argv",
    [
        (), ("voucher",), ("voucher", "--help"), ("voucher", "page", "--help"),
        ("--help", "status"), ("demo", "--help"), ("packet", "export", "--help"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("switch", ["before", "behind"])
def test_help_is_all_chinese_but_for_names_and_examples(
    argv: tuple[str, ...], switch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--zh", *argv) if switch == "before" else (*argv, "--zh")
    told = said(*words, chinese=False, capsys=capsys)
    assert "用法" in told
    english = [
        line
        for line in told.splitlines()
        if re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", line) and "hubctl" not in line
    ]
    assert [] == english
    assert CHINESE.search(told)


def test_help_in_english_has_no_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    told = said("store", "verify", "--help", chinese=False, capsys=capsys)
    assert "Usage" in told
    assert not CHINESE.search(told)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ("voucher nothing", "没有命令 nothing"),
        ("voucher page a", "缺少选项 --out"),
        ("voucher page", "缺少参数 FILE"),
        ("voucher show a b", "多余的参数 b"),
        ("voucher show --nothing", "没有选项 --nothing"),
        ("demo --payments 3", "--payments 的取值无效：应不小于 10（支付凭证张数）"),
        ("demo --payments 300000", "--payments 的取值无效：应不大于 200000（支付凭证张数）"),
        ("demo --payments x", "--payments 的取值无效：应为整数（支付凭证张数）"),
        ("check --format x", "'x' 不在"),
    ],
)
def test_a_wrong_command_line_is_said_in_chinese_and_told_machines_in_english(
    argv: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(*argv.split(), capsys=capsys)
    assert told in shown
    assert shown.startswith("用法: ")
    out = io.StringIO()
    code = hubctl.run(["--json", *argv.split()], Screen(out, io.StringIO(), chinese=True))
    assert Exit.USAGE == code
    assert not CHINESE.search(json.loads(out.getvalue())["error"]["what"])


def test_an_option_without_its_value_is_said_in_chinese(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "选项 --config 须有取值" in said("status", "--config", capsys=capsys)
