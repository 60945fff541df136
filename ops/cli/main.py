"""`hubctl`: noun, verb, one Report. Joins the nouns and turns every end into an exit code."""

import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import typer

from hub.errors import HubError
from ops.cli.command import verb
from ops.cli.output import Exit, Report, Screen
from ops.cli.streams import standard

EVERYWHERE: Final = frozenset({"--json", "--zh", "--debug"})
MODULES: Final[Mapping[str, str]] = {
    "voucher": "voucher_outside",  # with the verbs of all its modules
    "seal": "seal",
    "payments": "payments",
    "backup": "backup",
    "archive": "archive",
    "breaks": "breaks",
    "drill": "drill",
    "resync": "resync",
    "alarm": "alarm",
    "channel": "channels",
    "deadletter": "deadletter",
    "parked": "parked",
    "party": "party",
    "keys": "trust_next",
    "trust": "trust_next",
    "operator": "trust_next",
    "catalogue": "catalogue",
    "basedata": "basedata",
    "route": "route",
    "lease": "nodes",
    "clearing": "nodes",
    "store": "nodes",
}
"""Where each noun is; only the one that is asked for is read."""
VERBS: Final[Mapping[str, str]] = {
    "run": "run",
    "demo": "demo",
    "status": "nodes",
    "check": "nodes",
}
"""Where the verbs without a noun are."""


def nouns(only: Collection[str] = MODULES.keys()) -> list[typer.Typer]:
    """The groups of these nouns, in the order of the reference."""
    found: list[typer.Typer] = []
    for name in dict.fromkeys(MODULES[noun] for noun in MODULES if noun in only):
        module = import_module(f"ops.cli.{name}")
        groups = getattr(module, "NOUNS", None) or (module.app,)
        found += [group for group in groups if group.info.name in only]
    return found


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The command tree; given words, only the branch they ask for, if there is one."""
    app = typer.Typer(
        name="hubctl",
        help="Electronic payment vouchers: seal, exchange, settle, reconcile.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,  # locals can hold keys
    )
    verb(app, "version")(show_version)
    asked = {*words[:1]} & {"version", *VERBS, *MODULES}
    if asked:
        app.callback()(_nothing)  # stays a tree, however small
    for name, module in VERBS.items():
        if not asked or name in asked:
            verb(app, name)(getattr(import_module(f"ops.cli.{module}"), name))
    for group in nouns(asked or MODULES.keys()):
        app.add_typer(group)
    return app


def _nothing() -> None:
    pass


def run(argv: Sequence[str], screen: Screen) -> Exit:
    """Run one command line; every way it can end is an exit code."""
    try:
        return _run(argv, screen)
    except OSError as error:  # a command's own has become its error: this is the screen's
        return screen.unwritable(error)


def _run(argv: Sequence[str], screen: Screen) -> Exit:
    screen.as_json, screen.debug = "--json" in argv, "--debug" in argv
    screen.chinese |= "--zh" in argv
    try:
        words = _ordered(argv)
        app = application(words)
        result = app(words, standalone_mode=False, obj=screen, prog_name="hubctl")
    except (KeyboardInterrupt, typer.Abort):
        return screen.interrupted()
    except HubError as error:
        return screen.error(error)
    except typer.TyperException as error:
        return screen.usage(_described(error))
    except Exception as error:  # noqa: BLE001 - the top of the process: a bug gets its exit code
        return screen.bug(error)
    if isinstance(result, Report):
        return screen.show(result)
    return screen.interrupted() if result == Exit.INTERRUPTED else Exit(result or 0)


def _ordered(argv: Sequence[str]) -> list[str]:
    """Switches of every command may stand before the noun as well: they go behind the verb."""
    first = next((n for n, word in enumerate(argv) if word not in EVERYWHERE), 0)
    return [*argv[first:], *argv[:first]] if first else list(argv)


def main() -> None:
    """Entry point of `hubctl`. A termination ends a command as Ctrl-C does: it cleans up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    raise SystemExit(int(run(sys.argv[1:], Screen(*standard()))))


def show_version() -> Report:
    """Show the version of this program.

    Example: hubctl version
    """
    try:
        number = version("voucher-exchange-hub")
    except PackageNotFoundError:
        number = "0 (not installed: run from a checkout)"
    return Report("version", {"version": number}, [f"hubctl {number}"])


def _described(error: Exception) -> str:
    describe = getattr(error, "format_message", None)  # typer's own errors know their option
    return describe() if describe else str(error)
