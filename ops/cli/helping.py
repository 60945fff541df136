"""A command's help and the mistakes of a command line, said to whoever reads Chinese.

The commands themselves stay as they are made; only the text that is about to be shown is put in
the place of the English one. What has no Chinese is shown in English, never left out.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from ops.cli.help_zh import NOUNS_ZH, PROGRAM_ZH, VERBS_ZH
from ops.cli.help_zh_options import OPTIONS_ZH

HELP: Final = "--help"
HELP_ZH: Final = "显示本说明并退出。"
MISTAKES: Final = tuple(
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"Missing command\.?", "缺少命令"),
        (r"No such command '(.*?)'\.?(?: Did you mean (.*?)\?)?", r"没有命令 \1"),
        (r"No such option: (\S+)(.*)", r"没有选项 \1"),
        (r"Missing option '(.*?)'\.?.*", r"缺少选项 \1"),
        (r"Missing argument '(.*?)'\.?.*", r"缺少参数 \1"),
        (r"Missing parameter: (.*)", r"缺少 \1"),
        (r"Option '(.*?)' requires (?:an|\d+) arguments?\.?", r"选项 \1 须有取值"),
        (r"Option '(.*?)' does not take a value\.?", r"选项 \1 不带取值"),
        (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", r"多余的参数 \1"),
        (r"Invalid value for '(.*?)': (.*)", r"\1 的取值无效：\2"),
        (r"Invalid value: (.*)", r"取值无效：\1"),
    )
)
"""What typer says of a wrong command line, whole."""
VALUES: Final = (
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"应不小于 \1"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"应不大于 \1"),
    (re.compile(r"Input should be a valid integer\b.*?(?=$| \()"), "应为整数"),
    (re.compile(r"Input should be a valid number\b.*?(?=$| \()"), "应为数字"),
    (re.compile(r"Input should be (.*?) or (\S+)"), r"应为 \1 或 \2 之一"),
    (re.compile(r"Value error, embedded null byte"), "含有空字符"),
    (re.compile(r"Value error, (\S+) is not one of (.*?)\.(?=$| \()"), r"\1 不在 \2 之中"),
    (re.compile(r"\bone of "), "应为其中之一："),
    (re.compile(r"name ids, or give --all"), "请给出标识，或加 --all"),
    (re.compile(r"name vouchers, or give --file"), "请给出凭证，或用 --file 指明清单"),
)


def mistake(said: str, meaning: str) -> str:
    """A wrong command line in Chinese, with what the option or argument means."""
    told = said
    for pattern, chinese in MISTAKES:
        if pattern.fullmatch(said):
            told = pattern.sub(chinese, said, count=1)
            break
    for value, chinese in VALUES:
        told = value.sub(chinese, told)
    return f"{told}（{option(meaning).removesuffix('。')}）" if meaning else told


def option(text: str) -> str:
    """What an option says; the endings that a file may bear stay at its end."""
    says, bracket, endings = text.partition(" (.")
    if bracket and says in OPTIONS_ZH:
        return f"{OPTIONS_ZH[says]}（.{endings.removesuffix(').').replace(' or ', '、')}）。"
    return OPTIONS_ZH.get(text, text)


def verb(name: str, text: str) -> str:
    """What a command says, its examples behind it."""
    examples = [part for part in text.split("\n\n") if part.startswith("Example:")]
    told = VERBS_ZH.get(name)
    if told is None:
        return text
    return "\n\n".join([*told, *(part.replace("Example:", "示例：", 1) for part in examples)])


def dress_branch(command: Any, words: Sequence[str]) -> None:  # noqa: ANN401 - as below
    """Put a noun, or a verb of it whose help is asked for, into Chinese.

    `words`: the command line behind `hubctl`.
    """
    listed = getattr(command, "commands", None)
    if listed is None:
        if HELP in words:
            dress(command, words[:1])
        return
    dress(command, words[:1])
    if HELP in words and len(words) > 1 and words[1] in listed:
        dress(listed[words[1]], words[:2])


def dress(command: Any, words: Sequence[str]) -> None:  # noqa: ANN401 - a command of typer's own
    """Put Chinese in the place of what a command's help is about to say.

    `words`: its name behind `hubctl`; none for `hubctl` itself.
    """
    name = " ".join(words)
    listed = getattr(command, "commands", {})
    if not words:
        command.help = PROGRAM_ZH
    elif listed:
        command.help = NOUNS_ZH.get(name, command.help)
    else:
        command.help = verb(name, command.help or "")
    for inner, one in listed.items():
        one.rich_help_panel = "命令"
        own = f"{name} {inner}".strip()
        one.short_help = NOUNS_ZH.get(own) or verb(own, "").partition("\n")[0] or one.short_help
    for one in command.params:
        _dress_parameter(one)
    usage = command.get_usage
    command.get_usage = lambda context: usage(context).replace("Usage:", "用法:", 1)
    asked = command.get_help_option

    def helping(context: Any) -> Any:  # noqa: ANN401 - typer's own
        found = asked(context)
        if found is not None:
            found.help, found.rich_help_panel = HELP_ZH, "选项"
        return found

    command.get_help_option = helping


def _dress_parameter(one: Any) -> None:  # noqa: ANN401 - a parameter of typer's own
    told = [option(one.help or "")]
    if one.required:
        told.append("【必填】")
    elif one.default not in {None, "", False, ()} and one.show_default:
        told.append(f"【默认 {one.default}】")
    one.help = "".join(told)
    one.required = one.show_default = False
    one.rich_help_panel = "选项" if one.param_type_name == "option" else "参数"
