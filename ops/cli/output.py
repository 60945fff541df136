"""The one place for stdout and exit codes: a `Report` in, a table or one JSON object out.

- stdout carries the result, stderr progress and errors; a redirected table has no colour and no
  terminal width to obey, so nothing in it is cut.
- `--json` prints exactly one object with a `schema` number and no decoration.
- An error is three lines (what, why, do) and its stable code, in English or Chinese; a traceback
  only with `--debug`.
- An instant in a table is an `At`: one spelling for people; data have it as ISO text in UTC.
- Text from outside is shown with its control characters written out: a voucher, a file name or a
  row of a CSV cannot move the cursor of whoever reads it.
"""

import errno
import json
import locale
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Final, TextIO, cast

from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text
from rich.traceback import Traceback

from hub import errors
from hub.clock import iso
from ops.advice import advice
from ops.cli.blocks import Block, Pairs, Report, Table
from ops.cli.fitting import fitted
from ops.cli.streams import discard, emptied
from ops.cli.words import heading, state
from ops.exits import Exit, exit_of
from ops.said import At, Said, counted

__all__ = [
    "SCHEMA", "At", "Block", "Exit", "Pairs", "Report", "Said", "Screen", "Table",
    "counted", "exit_of", "kept", "rendered", "visible",
]  # fmt: skip

SCHEMA: Final = 1
"""Number of the JSON form; a member is never renamed or removed under the same number."""
YES: Final = Said("yes", "是")
NO: Final = Said("no", "否")
PLAIN_WIDTH: Final = 10_000
"""Columns of a redirected table: nothing wraps, so lines can be searched and counted."""


class Screen:
    """Where a command's result and errors go; made once by `main`."""

    def __init__(self, out: TextIO, err: TextIO, *, chinese: bool | None = None) -> None:
        self.as_json = False
        self.debug = False
        self.chinese = _speaks_chinese() if chinese is None else chinese
        self._out = out
        self._err = err
        for stream in (out, err):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")

    def show(self, report: Report) -> Exit:
        """Print a report in the form asked for."""
        if self.as_json:
            self._print_json({"schema": SCHEMA, "report": report.name, **report.data})
        else:
            console = _console(self._out)
            for block in report.blocks:
                console.print(rendered(block, chinese=self.chinese, width=console.width))
            emptied(self._out)
        return report.exit

    def error(self, error: errors.HubError) -> Exit:
        """Print what happened, why, and what to do now."""
        if self.as_json:
            context = {k: v for k, v in error.context.items() if v is not None}
            more = {"kind": type(error).__name__, "context": context}
            self._print_json({"schema": SCHEMA, "error": _data(error.code, str(error), **more)})
            return exit_of(error)
        label = "错误" if self.chinese else "error"
        self._explain(label, f"{error} ({type(error).__name__})", error.code)
        if self.debug:
            self._trace(error)
        return exit_of(error)

    def usage(self, told: Said) -> Exit:
        """Print how the command line was wrong."""
        if self.as_json:
            self._print_json({"schema": SCHEMA, "error": _data("usage", told.english)})
        elif told.english:  # empty: the help has been printed instead
            label, text = ("用法", told.chinese) if self.chinese else ("usage", told.english)
            self._explain(label, text, "usage")
        return Exit.USAGE

    def bug(self, error: BaseException) -> Exit:
        """Admit a fault of ours, without the values that stood in the frames."""
        what = type(error).__name__
        if self.as_json:
            self._print_json({"schema": SCHEMA, "error": _data("bug", what)})
        else:
            self._explain("缺陷" if self.chinese else "bug", what, "bug")
        if self.debug:
            self._trace(error)
        return Exit.BUG

    def interrupted(self) -> Exit:
        """End quietly after Ctrl-C."""
        if self.as_json:
            self._print_json({"schema": SCHEMA, "error": _data("interrupted", "interrupted")})
        _console(self._err).print(Text("已中断" if self.chinese else "interrupted"))
        return Exit.INTERRUPTED

    def unwritable(self, error: OSError) -> Exit:
        """Say on stderr that stdout takes no more; when that takes nothing either, only end so."""
        self.as_json = False
        failed = errors.TargetDown("output_failed", reason=errno.errorcode.get(error.errno or 0))
        try:
            discard(self._out)
            self.error(failed)
            emptied(self._err)
        except OSError:
            discard(self._err)
        return exit_of(failed)

    def note(self, said: Said) -> None:
        """A line of progress or warning on stderr; whoever does not read it stops nothing."""
        with suppress(OSError):
            _console(self._err).print(rendered(said, chinese=self.chinese))

    def tell(self, said: Said) -> None:
        """A line of the result as it comes; none with `--json`, whose result is one object."""
        if not self.as_json:
            with suppress(OSError):  # a result that nobody can read ends no work
                _console(self._out).print(rendered(said, chinese=self.chinese))
                emptied(self._out)

    def progress_console(self) -> Console:
        """For rich progress on stderr; draws nothing when stderr is no terminal."""
        return _console(self._err)

    def _print_json(self, data: Mapping[str, object]) -> None:
        text = json.dumps(data, ensure_ascii=not _takes_everything(self._out))
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except BrokenPipeError:
            discard(self._out)

    def _explain(self, label: str, what: str, code: str) -> None:
        known = advice(code)
        why = (known.why_zh if self.chinese else known.why) if known else ""
        what_to_do = (known.do_zh if self.chinese else known.do) if known else ""
        labels = (label, "原因", "处理") if self.chinese else (label, "why", "do")
        console = _console(self._err)
        for name, text in zip(labels, (what, why, what_to_do), strict=True):
            if text:
                console.print(Text(f"{name}: {visible(text)}"))

    def _trace(self, error: BaseException) -> None:
        trace = Traceback.from_exception(type(error), error, error.__traceback__)
        _console(self._err).print(trace)


def visible(text: str) -> str:
    """The text with control and direction characters written out by their numbers."""
    return "".join(
        char if char == "\n" or unicodedata.category(char) not in _UNSEEN else f"\\u{ord(char):04x}"
        for char in text
    )


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _data(code: str, what: str, **more: object) -> dict[str, object]:
    data = {"code": code, "what": what, **more}
    if known := advice(code):
        data |= {"why": known.why, "do": known.do, "why_zh": known.why_zh, "do_zh": known.do_zh}
    return data


class _Console(Console):
    """A console that keeps the exit code when its reader (head, less) has seen enough."""

    def on_broken_pipe(self) -> None:
        discard(cast("TextIO", self.file))


def _takes_everything(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def _console(stream: TextIO) -> Console:
    terminal = stream.isatty()
    return _Console(
        file=stream,
        width=None if terminal else PLAIN_WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=not terminal,
    )


def rendered(block: Block, *, chinese: bool, width: int = PLAIN_WIDTH) -> RenderableType:
    """A block as it is printed in so many columns; a table that cannot be is shown as records."""
    if isinstance(block, str | Said):
        return Text(visible(_cell(block, chinese=chinese)))
    title = heading(block.title, chinese=chinese)
    if isinstance(block, Pairs):
        pairs = [(heading(label, chinese=chinese), value) for label, value in block.pairs]
        return _titled(title, _pairs([(n, _shown(v, "", chinese=chinese)) for n, v in pairs]))
    names = [name.removeprefix(">") for name in block.columns]
    rows = [
        [_shown(value, name, chinese=chinese) for value, name in zip(row, names, strict=True)]
        for row in block.rows
    ]
    heads = [heading(name, chinese=chinese) for name in names]
    widths = fitted([[head, *cells] for head, *cells in zip(heads, *rows, strict=True)], width)
    if widths is None:
        return _titled(title, *(_record(heads, row) for row in rows))
    table = RichTable(box=None, header_style="bold")
    for head, name, wide in zip(heads, block.columns, widths, strict=True):
        side = "right" if name.startswith(">") else "left"
        table.add_column(Text(head), justify=side, overflow="fold", width=wide)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*map(Text, row))
    return _titled(title, table)


def _titled(title: str, *parts: RenderableType) -> RenderableType:
    return Group(*([Text(title, style="bold")] if title else []), *parts)


def _pairs(pairs: Sequence[tuple[str, str]]) -> RichTable:
    table = RichTable(box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in pairs:
        table.add_row(Text(label), Text(value))
    return table


def _record(heads: Sequence[str], row: Sequence[str]) -> RichTable:
    """A row whose cells stand below each other; what is empty is left out."""
    told = [(head, cell) for head, cell in zip(heads, row, strict=True) if cell]
    return _pairs([*told, ("", "")])


def _shown(value: object, column: str, *, chinese: bool) -> str:
    return visible(state(_cell(value, chinese=chinese), column, chinese=chinese))


def kept(names: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    """A table's row as data: instants as ISO text in UTC, empty where there is none."""
    spelt = [_utc(value) if isinstance(value, At) else value for value in row]
    return dict(zip(names, spelt, strict=True))


def _utc(at: At) -> str:
    return iso(at.instant) if at.instant else ""


def _cell(value: object, *, chinese: bool) -> str:
    if isinstance(value, Said):
        return value.chinese if chinese else value.english
    if value is None:
        return "-"
    if isinstance(value, bool):
        return _cell(YES if value else NO, chinese=chinese)
    return str(value)


def _speaks_chinese() -> bool:
    language, _ = locale.getlocale(locale.LC_CTYPE)
    return bool(language and language.lower().startswith("zh"))
